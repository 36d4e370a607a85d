// Package httpapi reads from servers that have an HTTP API, such as a
// blackbox_exporter or a Prometheus. It never looks at an endpoint: its requests are
// tried again, which would hide a look.
//
// [New] checks where the server is and how to ask it, and sends nothing. [Server.Open]
// makes a [Line], the connections to it. Each answer is bounded in octets and each try
// in time. Redirects are not followed, since credentials would go along. No error has
// a credential in it.
package httpapi

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

// Config is where a server is and how to ask it.
type Config struct {
	// What is how people call the server, "blackbox_exporter"; Argument is how they
	// call its URL, "url".
	What, Argument string
	// URL is http://host:port or https://host:port, with a path or without. It has no
	// credentials and no query. Example is one for messages.
	URL, Example string

	BearerToken        string            // sent as Authorization: Bearer; empty: none
	Username, Password string            // for basic authentication; empty: none
	Headers            map[string]string // sent with every request
	// Reserved names a header that the caller sets itself, and Why says what for.
	Reserved, Why string

	CAPEM         string // authorities that the server's certificate is verified with; empty: the system's
	ClientCertPEM string // of the client, with ClientKeyPEM; empty: none
	ClientKeyPEM  string

	// MaxAnswer is how many octets of an answer are read; one that is longer is an
	// error.
	MaxAnswer int64
	// Idle is how many connections wait for the next request.
	Idle int
	// Dial connects to the server; nil: from this machine, through the proxy of the
	// environment if it names one.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Guard has the operator's rules of where the server may be.
	Guard guard.Policy
}

// Server is an API that can be asked. It is safe for concurrent use.
type Server struct {
	// URL is where the server is.
	URL *url.URL
	// Header has what each request is sent with. It is not to be changed.
	Header http.Header

	config Config
	shown  string      // the URL for people
	host   string      // the Host header; empty: that of the URL
	tls    *tls.Config // nil without TLS

	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	proxied bool // through the proxy that the environment names
}

// New makes a server of its configuration. Nothing is sent. The error names the
// argument that is wrong, and quotes its value unless that is a secret or may have
// one in it.
func New(c Config) (*Server, error) {
	at, err := c.parseURL()
	if err != nil {
		return nil, err
	}
	s := &Server{
		URL:    at,
		Header: http.Header{"User-Agent": {"portcheck"}},
		config: c,
		shown:  strings.TrimSuffix(at.String(), "/"),
	}
	for _, check := range []func() error{s.setWay, s.setCredentials, s.setHeaders, s.setTLS} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// String tells people what the server is: "blackbox_exporter https://host:9115".
// There is no credential in it.
func (s *Server) String() string { return s.config.What + " " + s.shown }

// Below is the URL of path, such as "/api/v1/targets", below that of the server.
func (s *Server) Below(path string) *url.URL {
	u := *s.URL
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/")+path, ""
	return &u
}
