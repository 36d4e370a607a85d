package prometheus

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/httpapi"
	"github.com/portcheck/terraform-provider-portcheck/internal/vantage/blackbox"
)

// Target is one target that is probed.
type Target struct {
	Job     string
	Module  string // of the exporter
	Address string // a URL, HOST:PORT or a host: what the module takes

	usual bool // the exporter is asked by the path of blackbox_exporter
}

// Schemes are the schemes of modules, by the name of the module.
type Schemes map[string]endpoint.Scheme

// ParseSchemes reads the schemes of modules as a user has written them. The error
// quotes the wrong one and says what was expected.
func ParseSchemes(written map[string]string) (Schemes, error) {
	schemes := Schemes{}
	for module, name := range written {
		if !slices.Contains(endpoint.Schemes(), endpoint.Scheme(name)) {
			return nil, fmt.Errorf("module %s has the scheme %s. Expected a scheme, such as \"tcp\", \"https\" or \"smtp\"", endpoint.Quote(module), endpoint.Quote(name))
		}
		schemes[module] = endpoint.Scheme(name)
	}
	return schemes, nil
}

// Why says why a target is no endpoint.
type Why string

// The reasons why a target is no endpoint.
const (
	UnknownModule Why = "the module is not known. Name its scheme in schemes"
	LooksAtNoPort Why = "the module looks at no port"
	NoEndpoint    Why = "that is not an address with a port"
	// Foreign is of an exporter that is none for ports, as far as can be known, such
	// as one for SNMP: nothing is missed.
	Foreign Why = "another kind of exporter"
)

// Endpoint is what the target's module looks at. The scheme is that of the module in
// schemes or, without one there, that of the URL or of the exporter's own module of
// that name. why is empty if there is one.
func (t Target) Endpoint(schemes Schemes) (e endpoint.Endpoint, why Why) {
	u, isURL := t.url()
	scheme, named := schemes[t.Module]
	switch shipped, ok := blackbox.SchemeOf(t.Module); {
	case named:
	case isURL:
		scheme = endpoint.Scheme(u.Scheme)
	case ok && shipped == blackbox.NoPort:
		return e, LooksAtNoPort
	case ok:
		scheme = shipped
	case t.usual:
		return e, UnknownModule
	default:
		return e, Foreign
	}
	host, port, err := t.hostPort(u, scheme)
	if err != nil {
		return e, NoEndpoint
	}
	return endpoint.Endpoint{Scheme: scheme, Host: host, Port: port}, ""
}

// url is the target as a URL of HTTP, if it is one.
func (t Target) url() (*url.URL, bool) {
	u, err := url.Parse(t.Address)
	return u, err == nil && (u.Scheme == string(endpoint.HTTP) || u.Scheme == string(endpoint.HTTPS)) && u.Host != ""
}

// hostPort are host and port of the target; without a port it is that of the URL's
// scheme, or else where services of scheme usually are.
func (t Target) hostPort(u *url.URL, scheme endpoint.Scheme) (endpoint.Host, uint16, error) {
	name, number, usual := t.Address, "", scheme.Port()
	if _, isURL := t.url(); isURL {
		name, number, usual = u.Hostname(), u.Port(), endpoint.Scheme(u.Scheme).Port()
	} else if host, port, err := net.SplitHostPort(t.Address); err == nil {
		name, number = host, port
	}
	host, err := endpoint.ParseHost(name)
	if err == nil {
		err = endpoint.CheckHost(host)
	}
	if err != nil {
		return "", 0, err
	}
	if strings.HasSuffix(name, ".") {
		host += "."
	}
	if number == "" && usual != 0 {
		return host, usual, nil
	}
	port, err := strconv.ParseUint(number, 10, 16)
	if err != nil || port == 0 {
		return "", 0, errors.New("there is no port")
	}
	return host, uint16(port), nil
}

// Shown is the target for people, without credentials and what else may be secret.
func (t Target) Shown() string {
	text := t.Address
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		text = text[:i]
	}
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		text = text[i+1:]
	}
	return httpapi.Printable(text)
}
