package service_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestSecureForms: the TLS forms of schemes whose servers Debian does not have, or not
// in a version that has them.
func TestSecureForms(t *testing.T) {
	t.Parallel()
	ca, other := porttest.NewCA(t), porttest.NewCA(t)
	now := time.Now()
	config := &tls.Config{
		Certificates: []tls.Certificate{ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")},
		NextProtos:   []string{"tds/8.0"},
	}
	// over answers what comes over TLS; a client that does not begin with TLS is left.
	over := func(answer string, greets bool) func(net.Conn) {
		return func(conn net.Conn) {
			in := bufio.NewReader(conn)
			if first, err := in.Peek(1); err != nil || first[0] != 0x16 {
				return
			}
			secure := tls.Server(peeked{conn, in}, config)
			if !greets {
				_, _ = secure.Read(make([]byte, 1024))
			}
			_, _ = io.WriteString(secure, answer)
			hold(secure)
		}
	}
	kafka := over(kafkaAnswer("port", "\x00\x00\x00\x00\x00\x00"), false)
	mongodb := over(mongodbAnswer(mongodbOK), false)
	mssql := over(mssqlAnswer, false)
	nats := over("INFO {\"tls_required\":true}\r\n", true)
	for _, tt := range []struct {
		scheme endpoint.Scheme
		do     func(net.Conn)
		ca     *porttest.CA
		want   string
	}{
		{endpoint.Kafkas, kafka, ca, "open service-response"},
		{endpoint.Kafkas, kafka, other, "unresponsive tls-unknown-authority"},
		{endpoint.Kafkas, over("", true), ca, "unresponsive no-greeting"},
		{endpoint.MongoDBS, mongodb, ca, "open service-response"},
		{endpoint.MongoDBS, mongodb, other, "unresponsive tls-unknown-authority"},
		{endpoint.MSSQLS, mssql, ca, "open service-response"},
		{endpoint.MSSQLS, mssql, other, "unresponsive tls-unknown-authority"},
		{endpoint.MSSQL, mssql, other, "open service-response"}, // it looks at no certificate
		{endpoint.MSSQL, func(net.Conn) {}, nil, "unresponsive closed-early"},
		{endpoint.NATSS, nats, ca, "open service-response"},
		{endpoint.NATSS, nats, other, "unresponsive tls-unknown-authority"},
		{endpoint.NATS, nats, other, "open service-response"},
		{endpoint.NATS, over("-ERR 'x'\r\n", true), ca, "unresponsive wrong-protocol"},
	} {
		t.Run(string(tt.scheme)+" "+tt.want, func(t *testing.T) {
			t.Parallel()
			r := lookAt(t, tt.scheme, serveEach(t, tt.do, nil), tt.ca)
			if got := string(r.State) + " " + string(r.Reason); got != tt.want {
				t.Errorf("%s %q, want %s", got, r.Detail, tt.want)
			}
		})
	}
}

// TestTLSOverHTTP2: a server that has nothing but HTTP/2, such as one of gRPC, ends
// handshakes that do not offer it. A balancer without its back end ends them all.
func TestTLSOverHTTP2(t *testing.T) {
	ca := porttest.NewCA(t)
	cert := ca.Certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "localhost")
	config := func(protocols ...string) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: protocols}
	}
	sees(t, []seen{
		{endpoint.TLS, serveGRPC(t, credentials.NewTLS(config()), func(*grpc.Server) {}), ca, "open service-response", ""},
		{endpoint.TLS, serveEach(t, func(net.Conn) {}, config("h2")), ca, "unresponsive closed-early", ""},
		{endpoint.TLS, serveEach(t, func(net.Conn) {}, config("mqtt")), ca, "unresponsive closed-early", ""},
	})
}

// TestLateNATS: a server that greets late is no server that wants TLS first.
func TestLateNATS(t *testing.T) {
	t.Parallel()
	late := serveEach(t, func(conn net.Conn) {
		// After it the other side asks for TLS.
		_ = conn.SetReadDeadline(time.Now().Add(1500 * time.Millisecond))
		_, _ = conn.Read(make([]byte, 1))
		_ = conn.SetReadDeadline(time.Time{})
		_, _ = io.WriteString(conn, "INFO {\"server_id\":\"x\"}\r\n")
		hold(conn)
	}, nil)
	sees(t, []seen{{endpoint.NATS, late, nil, "open service-response", ""}, {endpoint.NATSS, late, nil, "unresponsive no-starttls", ""}})
}
