package httpapi

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// parseURL reads where the server is.
func (c Config) parseURL() (*url.URL, error) {
	text := c.URL
	u, err := url.Parse(text)
	switch {
	case err == nil && u.User != nil, err != nil && strings.Contains(text, "@"):
		return nil, fmt.Errorf("%s has a user name or a password in it. Expected them in username and password", c.Argument)
	case err == nil && (u.RawQuery != "" || u.ForceQuery || u.Fragment != ""):
		return nil, fmt.Errorf("%s has a query or a fragment. Expected a URL, such as %q", c.Argument, c.Example)
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.Opaque != "":
		return nil, fmt.Errorf("%s is %s. Expected a URL, such as %q", c.Argument, endpoint.Quote(text), c.Example)
	}
	return u, nil
}

// setWay takes in how the server is reached, if the operator's rules let it be: from
// this machine, through another place, or through the proxy that the environment
// names. Either of the two resolves its name itself. The proxy is as much the
// operator's as the rules are, and is not held to them.
func (s *Server) setWay() error {
	c := s.config
	host, err := endpoint.ParseHost(s.URL.Hostname())
	if err != nil {
		return fmt.Errorf("%s is %s, and its host is wrong: %w. Expected a URL, such as %q", c.Argument, endpoint.Quote(s.shown), err, c.Example)
	}
	decide := c.Guard.Elsewhere
	s.dial = c.Dial
	if c.Dial == nil {
		proxy, _ := http.ProxyFromEnvironment(&http.Request{URL: s.URL}) // what is wrong with it is said when it is used
		if s.proxied = proxy != nil; s.proxied {
			s.dial = (&net.Dialer{}).DialContext
		} else {
			s.dial, decide = c.Guard.Dial, c.Guard.Host
		}
	}
	if err := decide(host); err != nil {
		return fmt.Errorf("%s is refused: %w", c.Argument, err)
	}
	return nil
}

// setCredentials takes in the credentials.
func (s *Server) setCredentials() error {
	c := s.config
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
		s.Header.Set("Authorization", "Bearer "+c.BearerToken)
	case c.Username != "":
		pair := base64.StdEncoding.EncodeToString([]byte(c.Username + ":" + c.Password))
		s.Header.Set("Authorization", "Basic "+pair)
	}
	return nil
}

// setHeaders takes in the headers. What they say may be a secret.
func (s *Server) setHeaders() error {
	c := s.config
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		value := c.Headers[name]
		switch canonical := http.CanonicalHeaderKey(name); {
		case !httpguts.ValidHeaderFieldName(name):
			return fmt.Errorf("headers has %s. Expected names of HTTP headers", endpoint.Quote(name))
		case !httpguts.ValidHeaderFieldValue(value):
			return fmt.Errorf("the value of %s in headers has a character that HTTP does not allow, such as the end of a line", endpoint.Quote(name))
		case c.Reserved != "" && canonical == http.CanonicalHeaderKey(c.Reserved):
			return fmt.Errorf("headers has %s, which %s. Expected other headers", endpoint.Quote(name), c.Why)
		case canonical == "Host":
			s.host = value
		case canonical == "Authorization" && s.Header.Get(canonical) != "":
			return fmt.Errorf("headers has %s beside bearer_token or username. Expected one of them", endpoint.Quote(name))
		default:
			s.Header.Set(name, value)
		}
	}
	return nil
}

// setTLS takes in how the server is trusted and how it is to trust us.
func (s *Server) setTLS() error {
	c := s.config
	if s.URL.Scheme == "http" {
		for _, text := range []struct{ name, pem string }{{"ca_pem", c.CAPEM}, {"client_cert_pem", c.ClientCertPEM}, {"client_key_pem", c.ClientKeyPEM}} {
			if text.pem != "" {
				return fmt.Errorf("%s is set, and %s is %s. Expected https://", text.name, c.Argument, endpoint.Quote(s.shown))
			}
		}
		return nil
	}
	s.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAPEM != "" {
		s.tls.RootCAs = x509.NewCertPool()
		if !s.tls.RootCAs.AppendCertsFromPEM([]byte(c.CAPEM)) {
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
	s.tls.Certificates = []tls.Certificate{pair}
	return nil
}
