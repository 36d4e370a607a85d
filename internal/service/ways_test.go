package service_test

import (
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/service"
)

// once serves one connection and refuses all others while it does.
func once(t *testing.T, serve func(net.Conn)) *net.TCPAddr {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		_ = listener.Close()
		if err == nil {
			serve(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return listener.Addr().(*net.TCPAddr)
}

// TestOneConnection: a look that may take a second connection has seen enough by the
// first one, if the server takes no more.
func TestOneConnection(t *testing.T) {
	now := time.Now()
	ca := porttest.NewCA(t)
	shakes := func(config *tls.Config) func(net.Conn) {
		config.Certificates = []tls.Certificate{ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")}
		return func(conn net.Conn) { _ = tls.Server(conn, config).Handshake() }
	}
	says := func(answer string) func(net.Conn) {
		return func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 1<<16))
			_, _ = io.WriteString(conn, answer)
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn) // what is left unread would reset it
		}
	}
	const bad = "HTTP/1.0 400 Bad Request\r\n\r\n"
	for _, tt := range []struct {
		name  string
		at    look.Target
		serve func(net.Conn)
		want  string
	}{
		{"400", look.Target{Scheme: endpoint.HTTP}, says(bad), "open service-response"},
		{"400, not wanted", look.Target{Scheme: endpoint.HTTP, HTTP: &look.HTTP{Status: []look.StatusRange{{First: 200, Last: 200}}}}, says(bad), "unresponsive status-400 HTTP/1.0 400 Bad Request"},
		{"TLS without a back end", look.Target{Scheme: endpoint.TLS}, shakes(&tls.Config{}), "unresponsive closed-early"},
		{"no cipher in common", look.Target{Scheme: endpoint.TLS}, says("\x15\x03\x03\x00\x02\x02\x28"), "unresponsive tls-handshake-failure alert: handshake failure"},
		{"strict, or dead", look.Target{Scheme: endpoint.MSSQL}, func(net.Conn) {}, "unresponsive closed-early"},
		{"SERVFAIL", look.Target{Scheme: endpoint.DNSTCP}, func(conn net.Conn) {
			query := make([]byte, 1024)
			n, _ := conn.Read(query)
			query[4] |= 0x80 // an answer
			query[5] |= 2    // a failure of the server's
			_, _ = conn.Write(query[:n])
		}, "unresponsive unavailable SERVFAIL"},
	} {
		at := once(t, tt.serve)
		tt.at.Addr, tt.at.TLS = at.AddrPort(), &look.TLS{Roots: ca.Pool}
		if got := lookAsked(t, tt.at); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestOneDatagram: a resolver that fails has said so, if nothing comes back to the
// question that would show whether it minded the lack of recursion.
func TestOneDatagram(t *testing.T) {
	query, answered := service.Datagram(look.Target{Scheme: endpoint.DNS, Host: "localhost"}, 0)
	query[2] |= 0x80 // an answer
	query[3] |= 2    // a failure of the server's
	var r look.Result
	if next := answered(query, &r); !next || r.State != look.Unresponsive || r.Reason != look.Unavailable || r.Detail != "SERVFAIL" {
		t.Errorf("%v: %s %s %s", next, r.State, r.Reason, r.Detail)
	}
}

// TestFurtherWays: what a connection that could not be made leaves in force.
func TestFurtherWays(t *testing.T) {
	well, dead := look.Result{State: look.Open, Reason: look.ServiceResponse}, look.Result{State: look.Unresponsive, Reason: look.ClosedEarly, Detail: "first"}
	for _, tt := range []struct {
		name        string
		first, then look.Result
		want        look.Result
	}{
		{"refused", well, look.Result{State: look.Closed, Reason: look.ConnRefused}, well},
		{"dropped", dead, look.Result{State: look.Filtered, Reason: look.NoResponse}, dead},
		{"not told", well, look.Result{State: look.ClosedFiltered, Reason: look.NotTold}, well},
		{"made", well, look.Result{State: look.Unresponsive, Reason: look.WrongProtocol}, look.Result{State: look.Unresponsive, Reason: look.WrongProtocol}},
		{"made, and well", dead, well, well},
		{"our fault", dead, look.Result{State: look.Unknown, Reason: look.NoDescriptor}, look.Result{State: look.Unknown, Reason: look.NoDescriptor}},
		{"our fault, but well", well, look.Result{State: look.Unknown, Reason: look.NoDescriptor}, well},
		{"cancelled", well, look.Result{State: look.Unknown, Reason: look.Cancelled}, look.Result{State: look.Unknown, Reason: look.Cancelled}},
	} {
		var r look.Result
		service.InWays(&r, func(way int) bool {
			if way == 0 {
				r = tt.first
				return true
			}
			r.Set(tt.then.State, tt.then.Reason)
			return false
		})
		if r != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, r, tt.want)
		}
	}
}
