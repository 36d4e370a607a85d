package service_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// site answers with what its path says, and keeps what it was asked.
type site struct {
	*httptest.Server
	asked chan string
	pool  *x509.CertPool
}

func newSite(t *testing.T, scheme endpoint.Scheme, protocols ...string) *site {
	t.Helper()
	s := &site{asked: make(chan string, 100)}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked <- fmt.Sprintf("%s %s %s Host: %s User-Agent: %s", r.Method, r.URL, r.Proto, r.Host, r.UserAgent())
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/fine", http.StatusFound)
		case "/hinted":
			w.WriteHeader(http.StatusEarlyHints)
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		case "/endless":
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/headers":
			for i := range 100 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
			}
		}
	}))
	if scheme == endpoint.HTTP {
		s.Start()
	} else {
		now := time.Now()
		ca := porttest.NewCA(t)
		s.pool = ca.Pool
		s.TLS = &tls.Config{Certificates: []tls.Certificate{ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")}, NextProtos: protocols}
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	return s
}

func (s *site) look(t *testing.T, scheme endpoint.Scheme, ask look.HTTP) string {
	t.Helper()
	addr := s.Listener.Addr().(*net.TCPAddr).AddrPort()
	r := probe.Prober{}.Look(t.Context(), look.Target{Scheme: scheme, Addr: addr, Host: "localhost", TLS: &look.TLS{Roots: s.pool}, HTTP: &ask}, timeout)
	return strings.TrimSpace(string(r.State) + " " + string(r.Reason) + " " + r.Detail)
}

func TestHTTP(t *testing.T) {
	ok := []look.StatusRange{{First: 200, Last: 200}}
	tests := []struct {
		ask          look.HTTP
		want1, want2 string // over HTTP/1.1 and HTTP/2
		asked        string
	}{
		{look.HTTP{}, "open service-response", "", "GET / PROTO Host: ADDRESS User-Agent: portcheck"},
		{look.HTTP{Path: "/a?b=c%20d", Method: "OPTIONS", Host: "www.example.com"}, "open service-response", "", "OPTIONS /a?b=c%20d PROTO Host: www.example.com User-Agent: portcheck"},
		{look.HTTP{Path: "/moved"}, "open service-response", "", "GET /moved PROTO Host: ADDRESS User-Agent: portcheck"},
		{look.HTTP{Path: "/moved", Status: ok}, "unresponsive status-302 PROTO 302 Found", "", "GET /moved PROTO Host: ADDRESS User-Agent: portcheck"},
		{look.HTTP{Path: "/hinted", Status: ok}, "open service-response", "", "GET /hinted PROTO Host: ADDRESS User-Agent: portcheck"},
		{look.HTTP{Path: "/broken"}, "unresponsive status-500 PROTO 500 Internal Server Error", "", "GET /broken PROTO Host: ADDRESS User-Agent: portcheck"},
		{look.HTTP{Path: "/broken", Method: "HEAD"}, "unresponsive status-500 PROTO 500 Internal Server Error", "", "HEAD /broken PROTO Host: ADDRESS User-Agent: portcheck"},
		{look.HTTP{Path: "/endless"}, "open service-response", "", "GET /endless PROTO Host: ADDRESS User-Agent: portcheck"},
		{look.HTTP{Path: "/abort"}, "unresponsive closed-early", "unresponsive closed-early stream error: stream ID 1; INTERNAL_ERROR; received from peer", "GET /abort PROTO Host: ADDRESS User-Agent: portcheck"},
		{look.HTTP{Path: "/headers"}, "unresponsive header-too-large HTTP/1.1 200 OK\\r\\nX-0: " + strings.Repeat("x", 53) + "...", "unresponsive header-too-large an answer of more than 64 KiB", "GET /headers PROTO Host: ADDRESS User-Agent: portcheck"},
	}
	for _, way := range []struct {
		scheme    endpoint.Scheme
		protocols []string
		proto     string
	}{{endpoint.HTTP, nil, "HTTP/1.1"}, {endpoint.HTTPS, []string{"http/1.1"}, "HTTP/1.1"}, {endpoint.HTTPS, []string{"h2", "http/1.1"}, "HTTP/2.0"}} {
		s := newSite(t, way.scheme, way.protocols...)
		_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
		fill := strings.NewReplacer("PROTO", way.proto, "ADDRESS", "localhost:"+port)
		for _, tt := range tests {
			want := tt.want1
			if way.proto == "HTTP/2.0" && tt.want2 != "" {
				want = tt.want2
			}
			if diff := cmp.Diff(fill.Replace(want), s.look(t, way.scheme, tt.ask)); diff != "" {
				t.Errorf("%s %s %+v (-want +got)\n%s", way.scheme, way.proto, tt.ask, diff)
			}
			if diff := cmp.Diff(fill.Replace(tt.asked), <-s.asked); diff != "" {
				t.Errorf("%s %s %+v was asked (-want +got)\n%s", way.scheme, way.proto, tt.ask, diff)
			}
			if n := len(s.asked); n > 0 {
				t.Errorf("%s %s %+v was asked %d times more", way.scheme, way.proto, tt.ask, n)
			}
		}
	}
}

// TestHTTPOnTLSPort: servers answer plain HTTP on a port for HTTPS with 400 in words
// of their own. One that answers 400 and has no TLS speaks HTTP.
func TestHTTPOnTLSPort(t *testing.T) {
	ca := porttest.NewCA(t)
	now := time.Now()
	config := &tls.Config{Certificates: []tls.Certificate{ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")}}
	// both answers plain HTTP with text, and a ClientHello with secure.
	both := func(text string, secure func(net.Conn)) func(net.Conn) {
		return func(conn net.Conn) {
			in := bufio.NewReader(conn)
			if first, err := in.Peek(1); err == nil && first[0] == 0x16 {
				secure(peeked{conn, in})
				return
			}
			_, _ = http.ReadRequest(in)
			_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"+text)
		}
	}
	shakes := func(conn net.Conn) { _ = tls.Server(conn, config).Handshake() }
	alerts := func(conn net.Conn) { _, _ = io.WriteString(conn, "\x15\x03\x03\x00\x02\x02\x28") }
	minds := func(conn net.Conn) { _, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n") }
	const tomcat = "Bad Request\r\nThis combination of host and port requires TLS.\r\n"
	const isTLS = "unresponsive wrong-protocol refuses what comes in clear, and answers TLS"
	only200 := []look.StatusRange{{First: 200, Last: 200}}
	only400 := []look.StatusRange{{First: 400, Last: 400}}
	for _, tt := range []struct {
		name   string
		do     func(net.Conn)
		status []look.StatusRange
		want   string
		speaks endpoint.Scheme
	}{
		{"Tomcat", both(tomcat, shakes), nil, isTLS, endpoint.HTTPS},
		{"Tomcat, for whom 400 would do", both(tomcat, shakes), only400, isTLS, endpoint.HTTPS},
		{"Tomcat, for whom 400 would not do", both(tomcat, shakes), only200, isTLS, endpoint.HTTPS},
		{"no words", both("", shakes), nil, isTLS, endpoint.HTTPS},
		{"TLS that refuses us", both("", alerts), nil, isTLS, endpoint.HTTPS},
		{"no TLS", both(tomcat, minds), nil, "open service-response ", ""},
		{"no TLS, and silence", both(tomcat, func(net.Conn) {}), nil, "open service-response ", ""},
		{"no TLS, and 400 will not do", both("", minds), only200, "unresponsive status-400 HTTP/1.1 400 Bad Request", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := look.Target{Scheme: endpoint.HTTP, Addr: serveEach(t, tt.do, nil), Host: "localhost", HTTP: &look.HTTP{Status: tt.status}}
			r := probe.Prober{}.Look(t.Context(), at, timeout)
			if got := string(r.State) + " " + string(r.Reason) + " " + r.Detail; got != tt.want || r.Speaks != tt.speaks {
				t.Errorf("%s, speaks %q, want %s, %q", got, r.Speaks, tt.want, tt.speaks)
			}
		})
	}
	// Go's own words.
	s := newSite(t, endpoint.HTTPS)
	if got := s.look(t, endpoint.HTTP, look.HTTP{}); got != isTLS {
		t.Errorf("net/http: %s", got)
	}
}

// peeked is a connection whose first bytes are in a reader.
type peeked struct {
	net.Conn
	in *bufio.Reader
}

func (p peeked) Read(b []byte) (int, error) { return p.in.Read(b) }

// TestAuthority: a host is asked for by the name that it is declared with, and
// over TLS by the one that the handshake asks for.
func TestAuthority(t *testing.T) {
	for scheme, name := range map[endpoint.Scheme]string{endpoint.HTTP: "", endpoint.HTTPS: "www.example.com"} {
		s := newSite(t, scheme)
		addr := s.Listener.Addr().(*net.TCPAddr).AddrPort()
		for host, want := range map[endpoint.Host]string{"localhost": "localhost", "2001:db8::1": "[2001:db8::1]", "192.0.2.1": "192.0.2.1"} {
			for _, serverName := range []string{"", "www.example.com"} {
				at := look.Target{Scheme: scheme, Addr: addr, Host: host, TLS: &look.TLS{Verify: look.VerifyNever, ServerName: serverName}}
				probe.Prober{}.Look(t.Context(), at, timeout)
				expected := want
				if serverName == name && name != "" {
					expected = name
				}
				expected = fmt.Sprintf("GET / HTTP/1.1 Host: %s:%d User-Agent: portcheck", expected, addr.Port())
				if diff := cmp.Diff(expected, <-s.asked); diff != "" {
					t.Errorf("%s (-want +got)\n%s", scheme, diff)
				}
			}
		}
	}
}

// TestHTTP11Required: a server may agree on HTTP/2 and then want HTTP/1.1 for
// what it is asked. What it says there counts.
func TestHTTP11Required(t *testing.T) {
	ca := porttest.NewCA(t)
	now := time.Now()
	for name, refuse := range map[string]func(*http2.Framer, uint32){
		"stream":     func(f *http2.Framer, id uint32) { _ = f.WriteRSTStream(id, http2.ErrCodeHTTP11Required) },
		"connection": func(f *http2.Framer, _ uint32) { _ = f.WriteGoAway(0, http2.ErrCodeHTTP11Required, nil) },
	} {
		for answer, want := range map[string]string{
			"HTTP/1.1 403 Forbidden\r\n\r\n":           "open service-response ",
			"HTTP/1.1 503 Service Unavailable\r\n\r\n": "unresponsive status-503 HTTP/1.1 503 Service Unavailable",
			"": "unresponsive closed-early ",
		} {
			addr := serveEach(t, func(conn net.Conn) {
				if conn.(*tls.Conn).ConnectionState().NegotiatedProtocol != "h2" {
					_, _ = http.ReadRequest(bufio.NewReader(conn))
					_, _ = io.WriteString(conn, answer)
					return
				}
				_, _ = io.ReadFull(conn, make([]byte, len(http2.ClientPreface)))
				framer := http2.NewFramer(conn, conn)
				_ = framer.WriteSettings()
				for {
					frame, err := framer.ReadFrame()
					if err != nil {
						return
					}
					if headers, ok := frame.(*http2.HeadersFrame); ok {
						refuse(framer, headers.StreamID)
					}
				}
			}, &tls.Config{
				Certificates: []tls.Certificate{ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")},
				NextProtos:   []string{"h2", "http/1.1"},
			})
			r := lookAt(t, endpoint.HTTPS, addr, ca)
			if got := string(r.State) + " " + string(r.Reason) + " " + r.Detail; got != want {
				t.Errorf("%s refused, then %q: %s, want %s", name, answer, got, want)
			}
		}
	}
}
