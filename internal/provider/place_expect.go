package provider

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/option"
)

// errEmpty is the expectation that an empty argument does not meet.
var errEmpty = errors.New("a value, or null to leave the argument out")

// expectName accepts the names that can end a key, but for that of this machine.
func expectName(text string) error {
	if !endpoint.IsPlace(text) {
		return errors.New("a name of at most 100 letters, digits, \"-\", \"_\" and \".\"")
	}
	if text == endpoint.Local {
		return errors.New("another name: \"local\" is this machine")
	}
	return nil
}

func expectResolve(text string) error {
	_, err := oneOf(text, resolveHere, resolveThere)
	return err
}

func expectHost(text string) error {
	host, err := endpoint.ParseHost(text)
	if err == nil {
		err = endpoint.CheckHost(host)
	}
	if err != nil {
		return fmt.Errorf("a host name or an address, such as \"bastion.example.com\", but %w", err)
	}
	return nil
}

func expectPort(text string) error {
	_, err := integer(text, 1, 65535)
	return err
}

func expectTimeout(text string) error {
	_, err := duration(text, time.Second, 10*time.Minute)
	return err
}

func expectAddress(text string) error {
	host, port, err := net.SplitHostPort(text)
	if err == nil {
		if wrong := expectHost(host); wrong != nil {
			return wrong
		}
	}
	if n, wrong := strconv.ParseUint(port, 10, 16); err != nil || wrong != nil || n == 0 {
		return errors.New("HOST:PORT, such as \"proxy.example.com:1080\" or \"[2001:db8::1]:1080\"")
	}
	return nil
}

// expectURL returns what expects a URL; example is one for messages.
func expectURL(example string) func(text string) error {
	return func(text string) error {
		u, err := url.Parse(text)
		switch {
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "":
			return fmt.Errorf("a URL, such as %q", example)
		case u.User != nil:
			return errors.New("a URL without credentials, which have arguments of their own")
		}
		return expectHost(u.Hostname())
	}
}

func expectProxyURL(text string) error {
	const example = "http://proxy.example.com:3128"
	if err := expectURL(example)(text); err != nil {
		return err
	}
	if u, err := url.Parse(text); err != nil || u.RawQuery != "" || u.Path != "" && u.Path != "/" {
		return fmt.Errorf("a URL of scheme, host and port alone, such as %q", example)
	}
	return nil
}

func expectCAPEM(text string) error {
	if _, err := option.Authorities([]byte(text)); err != nil {
		return fmt.Errorf(`certificates in PEM, such as file("ca.pem") gives, but it %w`, err)
	}
	return nil
}

// wrongKeys finds an empty key or value of an argument that is a map. It shows no
// value: that of a header may be secret.
func wrongKeys(values map[string]string) (text string, expected error) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if key == "" || values[key] == "" {
			return fmt.Sprintf("empty at %s", endpoint.Quote(key)), errors.New("a map whose keys and values are not empty")
		}
	}
	return "", nil
}

// listed writes names for a message: a, b and c.
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
