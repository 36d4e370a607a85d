package tunnel

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

// HTTPProxyConfig is how to reach an HTTP proxy that knows CONNECT (RFC 9110
// section 9.3.6).
type HTTPProxyConfig struct {
	Name string // how it is called in `from`
	URL  string // "http://proxy.example.com:3128"; with https the proxy's certificate is verified
	// Username and Password are for basic authentication (RFC 7617).
	Username, Password string
	ResolveThere       bool   // names are resolved by the proxy
	Via                Dialer // nil: this machine
	// Guard has the operator's rules of where the proxy may be.
	Guard guard.Policy
}

// HTTPProxy is a proxy to look from. Its methods are safe for concurrent use.
type HTTPProxy struct{ proxy }

// NewHTTPProxy reads a configuration. It sends nothing. Its error begins with the
// name of the argument that is wrong, and has nothing of the password.
func NewHTTPProxy(c HTTPProxyConfig) (*HTTPProxy, error) {
	u, address, err := parseProxyURL(c.URL)
	if err != nil {
		return nil, err
	}
	if c.Username == "" && c.Password != "" || strings.Contains(c.Username, ":") {
		return nil, errors.New("username is missing, or has a colon (RFC 7617 section 2)")
	}
	kind := httpConnect{}
	if c.Username != "" {
		kind.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Password))
	}
	if u.Scheme == "https" {
		kind.tls = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	}
	via, err := hop("url", address, c.Via, c.Guard)
	if err != nil {
		return nil, err
	}
	return &HTTPProxy{proxy{name: c.Name, address: address, resolveThere: c.ResolveThere, via: via, kind: kind}}, nil
}

// parseProxyURL reads the URL of a proxy, and gives its host:port too.
func parseProxyURL(text string) (u *url.URL, address string, err error) {
	const expected = `Expected a scheme, a host and a port, such as "http://proxy.example.com:3128"`
	u, err = url.Parse(text)
	switch {
	case text == "":
		return nil, "", errors.New("url is missing. " + expected)
	case err == nil && u.User != nil, err != nil && strings.Contains(text, "@"): // which is not for messages
		return nil, "", errors.New("url has credentials in it. Expected them as username and password")
	case err != nil, u.Scheme != "http" && u.Scheme != "https", strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.Fragment != "":
		return nil, "", fmt.Errorf("url is %s. %s", endpoint.Quote(text), expected)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	address = net.JoinHostPort(u.Hostname(), port)
	return u, address, checkAddress("url", address)
}

// Name is how the place is called in `from`.
func (h *HTTPProxy) Name() string { return h.name }

// Sees is true for all schemes over TCP.
func (*HTTPProxy) Sees(scheme endpoint.Scheme) bool { return sees(scheme) }

// String says what the place is, for people.
func (h *HTTPProxy) String() string { return "http proxy " + h.address }

// Open shows that the proxy accepts connections. Whether it accepts the credentials
// shows once it is asked to connect.
func (h *HTTPProxy) Open(ctx context.Context) (*View, error) { return h.open(ctx, h) }

// Dial connects to address from the proxy.
func (h *HTTPProxy) Dial(ctx context.Context, address string) (net.Conn, error) {
	return dialOnce(ctx, h, address)
}

// httpConnect is the protocol.
type httpConnect struct {
	authorization string      // the header's value; empty: none
	tls           *tls.Config // nil: none
}

func (h httpConnect) greet(ctx context.Context, conn net.Conn) (net.Conn, error) {
	if h.tls == nil {
		return conn, nil
	}
	secure := tls.Client(conn, h.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return &secured{Conn: secure, raw: conn}, nil
}

// secured is a TLS connection that closes without a farewell, which may wait for
// the other side to read.
type secured struct {
	*tls.Conn
	raw net.Conn
}

func (s *secured) Close() error { return s.raw.Close() }

func (h httpConnect) connect(conn net.Conn, address string) (net.Conn, error) {
	request := "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n"
	if h.authorization != "" {
		request += "Proxy-Authorization: " + h.authorization + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		return nil, err
	}
	rest, err := readConnectReply(conn)
	if err != nil {
		return nil, err
	}
	return &begun{Conn: conn, rest: rest}, nil
}

// silence does not tell who is silent, the proxy or the target.
func (httpConnect) silence() refusal { return refusal{notTold, "no reply from the proxy in time"} }

// prove asks the proxy for its options (RFC 9110 section 9.3.7), which is about no
// target, and names no host: a server has to answer that itself, with 400 (RFC 9112
// section 3.2), and looks no name up. Any answer will do.
func (httpConnect) prove() func(net.Conn) error {
	return func(conn net.Conn) error {
		if _, err := io.WriteString(conn, "OPTIONS * HTTP/1.1\r\nMax-Forwards: 0\r\nConnection: close\r\n\r\n"); err != nil {
			return err
		}
		// As of a reply to HEAD, the body is not read.
		reply, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, maxConnectReply)), &http.Request{Method: http.MethodHead})
		if err != nil {
			return err
		}
		return reply.Body.Close()
	}
}

// maxConnectReply bounds the header of a reply.
const maxConnectReply = 16 << 10

// readConnectReply reads the header of a reply to CONNECT. What it has read beyond
// that is of the connection, and is returned.
func readConnectReply(from io.Reader) (rest []byte, err error) {
	limited := &io.LimitedReader{R: from, N: maxConnectReply}
	in := bufio.NewReader(limited)
	reply, err := http.ReadResponse(in, &http.Request{Method: http.MethodConnect})
	if err != nil {
		if limited.N > 0 && isEnd(err) {
			return nil, err
		}
		return nil, brokenUnlessLate(err)
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.StatusCode/100 != 2 {
		_, phrase, _ := strings.Cut(reply.Status, " ")
		return nil, fromHTTP(reply.StatusCode, phrase)
	}
	rest, err = in.Peek(in.Buffered())
	return rest, err
}

// brokenUnlessLate is a refusal if err is about what came, and err if it is of the
// connection.
func brokenUnlessLate(err error) error {
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, net.ErrClosed) {
		return err
	}
	return broken("the proxy does not speak HTTP: %v", err)
}

// begun is a connection of which something has been read already.
type begun struct {
	net.Conn
	rest []byte
}

func (b *begun) Read(p []byte) (int, error) {
	if len(b.rest) > 0 {
		n := copy(p, b.rest)
		b.rest = b.rest[n:]
		return n, nil
	}
	return b.Conn.Read(p)
}

// CloseWrite says that nothing more comes from here, if the connection can say so.
func (b *begun) CloseWrite() error { return closeWrite(b.Conn) }
