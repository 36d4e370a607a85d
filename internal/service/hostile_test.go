package service_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// hostility is what a server does with a connection, and what a look may make
// of it. The server closes the connection when the function returns.
type hostility struct {
	name    string
	do      func(conn net.Conn)
	reasons []look.Reason
	waits   bool // it may take the look all its time
}

// hold reads until the client goes.
func hold(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// says sends something and then holds.
func says(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, text)
		hold(conn)
	}
}

// repeats sends something again and again until the client goes.
func repeats(text string) func(net.Conn) {
	return func(conn net.Conn) {
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
		}
	}
}

// resets makes the connection end with a reset.
func resets(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

var (
	wrong    = []look.Reason{look.WrongProtocol}
	waiting  = []look.Reason{look.NoGreeting, look.Incomplete, look.WrongProtocol}
	anything = []look.Reason{look.ClosedEarly, look.WrongProtocol, look.TLSAlert, look.Unavailable}
)

var hostilities = []hostility{
	{"silent", hold, waiting, true},
	{"endless", repeats(strings.Repeat("\x00", 1<<16)), wrong, false},
	{"endless line", repeats(strings.Repeat("A", 1<<16)), wrong, false},
	{"endless lines", repeats(strings.Repeat("A\r\n", 1<<14)), wrong, false},
	{"slow", func(conn net.Conn) {
		for ticker := time.NewTicker(20 * time.Millisecond); ; <-ticker.C {
			if _, err := conn.Write([]byte("2")); err != nil {
				return
			}
		}
	}, waiting, true},
	{"garbage", says(func() string {
		random := rand.NewChaCha8([32]byte{})
		b := make([]byte, 4096)
		_, _ = random.Read(b)
		return string(b)
	}()), waiting, true},
	{"escapes", repeats("\x1b]0;owned\a\x1b[2J\x9b\r\n"), wrong, false},
	{"huge TLS records", repeats("\x16\x03\x03\x40\x00" + strings.Repeat("\x00", 1<<14)), wrong, false},
	{"huge handshake message", repeats("\x16\x03\x03\x00\x04\x02\xff\xff\xff"), wrong, false},
	{"endless headers", func(conn net.Conn) {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		repeats("X: y\r\n")(conn)
	}, []look.Reason{look.WrongProtocol, look.HeaderTooLarge}, false},
	{"endless 100", repeats("HTTP/1.1 100 Continue\r\n\r\n"), wrong, false},
	{"close", func(net.Conn) {}, []look.Reason{look.ClosedEarly}, false},
	{"reset", resets, []look.Reason{look.ClosedEarly}, false},
	{"close after the first bytes", func(conn net.Conn) { _, _ = io.CopyN(io.Discard, conn, 1) }, append(anything, look.NoGreeting), true}, // which some wait for too
	{"reset after half an answer", func(conn net.Conn) {
		_, _ = io.WriteString(conn, "22")
		resets(conn)
	}, anything, false},
}

// serveEach is a server that treats everybody alike, one after another, over TLS
// if there is a config.
func serveEach(t *testing.T, do func(net.Conn), config *tls.Config) netip.AddrPort {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if config != nil {
				conn = tls.Server(conn, config)
				_ = conn.(*tls.Conn).Handshake()
			}
			do(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return listener.Addr().(*net.TCPAddr).AddrPort()
}

// TestHostileServers: whatever a server does, a look at any service ends, and
// says so in words that can be shown.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	ca := porttest.NewCA(t)
	now := time.Now()
	secure := &tls.Config{Certificates: []tls.Certificate{ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")}, NextProtos: []string{"h2", "http/1.1", "tds/8.0", "xmpp-client"}}
	for _, info := range endpoint.Infos() {
		if !info.Scheme.Service() || info.Transport == endpoint.UDP {
			continue
		}
		for _, h := range hostilities {
			for layer, config := range map[string]*tls.Config{"": nil, " over TLS": secure} {
				if config != nil && !overTLS(info) {
					continue
				}
				t.Run(string(info.Scheme)+" "+h.name+layer, func(t *testing.T) {
					t.Parallel()
					addr := serveEach(t, h.do, config)
					at := look.Target{Scheme: info.Scheme, Addr: addr, Host: "localhost", TLS: &look.TLS{Roots: ca.Pool}}
					most := timeout
					if h.waits {
						most = 300 * time.Millisecond
					}
					r := probe.Prober{}.Look(t.Context(), at, most)
					if r.State != look.Unresponsive || !slices.Contains(h.reasons, r.Reason) && r.Speaks == "" {
						t.Errorf("%s %s %q, want one of %v", r.State, r.Reason, r.Detail, h.reasons)
					}
					showable(t, r)
				})
			}
		}
	}
}

// overTLS tells whether a scheme says nothing before a handshake and something
// after it.
func overTLS(info endpoint.SchemeInfo) bool {
	inClear := []endpoint.Scheme{endpoint.Postgres, endpoint.Submission, endpoint.MySQLS, endpoint.NATSS}
	return info.Certificate && info.Scheme != endpoint.TLS && !slices.Contains(inClear, info.Scheme)
}

// showable fails the test if what came could do something to a terminal.
func showable(t *testing.T, r look.Result) {
	t.Helper()
	if len(r.Detail) > 80 || strings.ContainsFunc(r.Detail, func(c rune) bool { return c < ' ' || c > '~' }) {
		t.Errorf("%q cannot be shown", r.Detail)
	}
}

// TestHostileDatagrams: what answers over UDP and does not speak.
func TestHostileDatagrams(t *testing.T) {
	for _, info := range endpoint.Infos() {
		if !info.Scheme.Service() || info.Transport != endpoint.UDP {
			continue
		}
		for name, answer := range map[string][]byte{"nothing": {}, "escapes": []byte("\x1b[2J\a"), "long": bytes.Repeat([]byte("A"), 60_000), "echo": nil} {
			conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				query := make([]byte, 2048)
				n, from, err := conn.ReadFromUDPAddrPort(query)
				if answer == nil {
					answer = query[:n]
				}
				if err == nil {
					_, _ = conn.WriteToUDPAddrPort(answer, from)
				}
			}()
			r := lookAtPlain(t, info.Scheme, conn.LocalAddr().(*net.UDPAddr).AddrPort())
			if r.State != look.Unresponsive || r.Reason != look.WrongProtocol {
				t.Errorf("%s, %s: %s %s %q", info.Scheme, name, r.State, r.Reason, r.Detail)
			}
			showable(t, r)
			_ = conn.Close()
			<-done
		}
	}
}

// TestCutAnswers: an answer that was cut is none.
func TestCutAnswers(t *testing.T) {
	answers := map[endpoint.Scheme]string{
		endpoint.SMTP: "220 mx ESMTP\r\n", endpoint.FTP: "220-a\r\n220 b\r\n", endpoint.IMAP: "* OK IMAP4\r\n", endpoint.POP3: "+OK\r\n",
		endpoint.NATS: "INFO {}\r\n", endpoint.Memcached: "VERSION 1\r\n", endpoint.Redis: "+PONG\r\n", endpoint.SSH: "SSH-2.0-x\r\n",
		endpoint.HTTP: "HTTP/1.1 200 OK\r\n\r\n", endpoint.RDP: "\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00", endpoint.Postgres: "N",
	}
	for _, tt := range cannedTests {
		if strings.HasPrefix(tt.want, "open") && tt.scheme != endpoint.Postgres && answers[tt.scheme] == "" {
			answers[tt.scheme] = tt.server.answer
		}
	}
	for scheme, answer := range answers {
		if r := lookAtPlain(t, scheme, greets(t, answer)); r.State != look.Open {
			t.Errorf("%s, whole: %s %s %q", scheme, r.State, r.Reason, r.Detail)
		}
		for n := range len(answer) {
			addr := serveEach(t, func(conn net.Conn) {
				_, _ = io.WriteString(conn, answer[:n])
				if tcp, ok := conn.(*net.TCPConn); ok {
					_ = tcp.CloseWrite()
				}
				hold(conn)
			}, nil)
			if r := lookAtPlain(t, scheme, addr); r.State != look.Unresponsive || r.Reason != look.ClosedEarly && r.Reason != look.WrongProtocol {
				t.Errorf("%s, %d of %d bytes: %s %s %q", scheme, n, len(answer), r.State, r.Reason, r.Detail)
			}
		}
	}
}

// TestEcho: a server that says what it hears speaks no protocol.
func TestEcho(t *testing.T) {
	for _, info := range endpoint.Infos() {
		if !info.Scheme.Service() || info.Transport == endpoint.UDP {
			continue
		}
		addr := serveEach(t, func(conn net.Conn) { _, _ = io.Copy(conn, conn) }, nil)
		at := look.Target{Scheme: info.Scheme, Addr: addr, Host: "localhost"}
		if r := (probe.Prober{}).Look(t.Context(), at, 300*time.Millisecond); r.State != look.Unresponsive {
			t.Errorf("%s: %s %s %q", info.Scheme, r.State, r.Reason, r.Detail)
		}
	}
}
