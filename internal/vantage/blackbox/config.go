package blackbox

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// timeoutHeader is how a client says how long it waits, in seconds.
const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

const expectedURL = `Expected the exporter's URL, such as "https://blackbox.example.com:9115"`

// New makes a place of an exporter. Nothing is sent. The error names the argument
// that is wrong, and quotes its value unless that is a secret or may have one in it.
func New(c Config) (*Exporter, error) {
	probe, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	e := &Exporter{
		name:         c.Name,
		shown:        strings.TrimSuffix(probe.String(), "/"),
		probe:        probe,
		header:       http.Header{"User-Agent": {"portcheck"}},
		resolveThere: c.ResolveThere,
		dial:         c.Dial,
	}
	if strings.Trim(probe.Path, "/") == "" {
		e.probe = probe.ResolveReference(&url.URL{Path: "/probe"})
	}
	e.config = e.probe.ResolveReference(&url.URL{Path: "config"})
	for _, check := range []func(Config) error{e.setCredentials, e.setHeaders, e.setTLS, e.setModules} {
		if err := check(c); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// parseURL reads where the exporter is.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err == nil && u.User != nil, err != nil && strings.Contains(text, "@"):
		return nil, errors.New("url has a user name or a password in it. Expected them in username and password")
	case err == nil && (u.RawQuery != "" || u.ForceQuery || u.Fragment != ""):
		return nil, errors.New("url has a query or a fragment. " + expectedURL)
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.Opaque != "":
		return nil, fmt.Errorf("url is %s. %s", endpoint.Quote(text), expectedURL)
	}
	return u, nil
}

// setCredentials takes in the credentials.
func (e *Exporter) setCredentials(c Config) error {
	for _, secret := range []struct{ name, value string }{{"bearer_token", c.BearerToken}, {"username", c.Username}, {"password", c.Password}} {
		if !httpguts.ValidHeaderFieldValue(secret.value) {
			return fmt.Errorf("%s has a character that HTTP does not allow, such as the end of a line", secret.name)
		}
	}
	switch {
	case c.BearerToken != "" && c.Username != "":
		return errors.New("bearer_token and username are both set. Expected one of them")
	case c.Username == "" && c.Password != "":
		return errors.New("password is set and username is not")
	case strings.Contains(c.Username, ":"):
		return fmt.Errorf("username is %s. Expected one without a colon", endpoint.Quote(c.Username))
	case c.BearerToken != "":
		e.header.Set("Authorization", "Bearer "+c.BearerToken)
	case c.Username != "":
		pair := base64.StdEncoding.EncodeToString([]byte(c.Username + ":" + c.Password))
		e.header.Set("Authorization", "Basic "+pair)
	}
	return nil
}

// setHeaders takes in the headers. What they say may be a secret.
func (e *Exporter) setHeaders(c Config) error {
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		value := c.Headers[name]
		switch canonical := http.CanonicalHeaderKey(name); {
		case !httpguts.ValidHeaderFieldName(name):
			return fmt.Errorf("headers has %s. Expected names of HTTP headers", endpoint.Quote(name))
		case !httpguts.ValidHeaderFieldValue(value):
			return fmt.Errorf("the value of %s in headers has a character that HTTP does not allow, such as the end of a line", endpoint.Quote(name))
		case canonical == timeoutHeader:
			return fmt.Errorf("headers has %s, which says how long a look may last. Expected other headers", endpoint.Quote(name))
		case canonical == "Host":
			e.host = value
		case canonical == "Authorization" && e.header.Get(canonical) != "":
			return fmt.Errorf("headers has %s beside bearer_token or username. Expected one of them", endpoint.Quote(name))
		default:
			e.header.Set(name, value)
		}
	}
	return nil
}

// setTLS takes in how the exporter is trusted and how it is to trust us.
func (e *Exporter) setTLS(c Config) error {
	if e.probe.Scheme == "http" {
		for _, text := range []struct{ name, pem string }{{"ca_pem", c.CAPEM}, {"client_cert_pem", c.ClientCertPEM}, {"client_key_pem", c.ClientKeyPEM}} {
			if text.pem != "" {
				return fmt.Errorf("%s is set, and url is %s. Expected https://", text.name, endpoint.Quote(e.shown))
			}
		}
		return nil
	}
	e.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAPEM != "" {
		e.tls.RootCAs = x509.NewCertPool()
		if !e.tls.RootCAs.AppendCertsFromPEM([]byte(c.CAPEM)) {
			return errors.New("ca_pem has no certificate. Expected one or more in PEM, -----BEGIN CERTIFICATE-----")
		}
	}
	if (c.ClientCertPEM == "") != (c.ClientKeyPEM == "") {
		return errors.New("one of client_cert_pem and client_key_pem is set. Expected both or neither")
	}
	if c.ClientCertPEM == "" {
		return nil
	}
	pair, err := tls.X509KeyPair([]byte(c.ClientCertPEM), []byte(c.ClientKeyPEM))
	if err != nil { // which has no text of the key, but an unknown one might
		return errors.New("client_cert_pem and client_key_pem are no certificate and its private key in PEM")
	}
	e.tls.Certificates = []tls.Certificate{pair}
	return nil
}

// setModules takes in the modules that are named.
func (e *Exporter) setModules(c Config) error {
	e.modules = make(map[endpoint.Scheme]string, len(c.Modules))
	for _, name := range slices.Sorted(maps.Keys(c.Modules)) {
		scheme, module := endpoint.Scheme(name), c.Modules[name]
		switch {
		case scheme == endpoint.UDP:
			return errors.New(`modules has "udp". Expected a service, since blackbox_exporter has no prober for plain UDP`)
		case !slices.Contains(endpoint.Schemes(), scheme):
			return fmt.Errorf("modules has %s. Expected schemes, such as tcp, https or smtp", endpoint.Quote(name))
		case module == "":
			return fmt.Errorf("the module for %s in modules is empty. Expected the name of one in the exporter's configuration", endpoint.Quote(name))
		}
		e.modules[scheme] = module
	}
	return nil
}
