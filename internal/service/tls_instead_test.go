package service_test

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// TestTLSInstead: a server that wants TLS first, and closes without a word where that
// does not come, is told from one that just closes.
func TestTLSInstead(t *testing.T) {
	now := time.Now()
	config := &tls.Config{Certificates: []tls.Certificate{porttest.NewCA(t).Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")}}
	secure := serveEach(t, func(net.Conn) {}, config)
	closing := serveEach(t, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1<<16)) }, nil)
	for _, scheme := range []endpoint.Scheme{
		endpoint.AMQP, endpoint.Cassandra, endpoint.GRPC, endpoint.HTTP, endpoint.Kafka, endpoint.LDAP, endpoint.MongoDB,
		endpoint.MQTT, endpoint.Redis, endpoint.SIP, endpoint.WS, endpoint.XMPP,
	} {
		for _, tt := range []struct {
			at   look.Target
			want look.Result
		}{
			{look.Target{Addr: secure}, look.Result{Reason: look.WrongProtocol, Speaks: scheme + "s"}},
			{look.Target{Addr: closing}, look.Result{Reason: look.ClosedEarly}},
		} {
			tt.at.Scheme, tt.at.Host = scheme, "localhost"
			if r := (probe.Prober{}).Look(t.Context(), tt.at, timeout); r.State != look.Unresponsive || r.Reason != tt.want.Reason || r.Speaks != tt.want.Speaks {
				t.Errorf("%s: %s %s, speaks %q, %s; want %s, speaks %q", scheme, r.State, r.Reason, r.Speaks, r.Detail, tt.want.Reason, tt.want.Speaks)
			}
		}
	}
}

// TestWebSocketOnTLSPort: a 400 that is no WebSocket server's may be one to who begins
// without TLS.
func TestWebSocketOnTLSPort(t *testing.T) {
	s := newSite(t, endpoint.HTTPS)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if got := s.look(t, endpoint.WS, look.HTTP{}); got != "unresponsive wrong-protocol refuses what comes in clear, and answers TLS" {
		t.Error(got)
	}
	plain := greets(t, "HTTP/1.1 400 Bad Request\r\n\r\n")
	if got := lookAsked(t, look.Target{Scheme: endpoint.WS, Addr: plain}); got != "unresponsive status-400 HTTP/1.1 400 Bad Request" {
		t.Error(got)
	}
}

// TestTurnedAwayOnce: a service that greets first, and closes before that, has heard
// nothing that it could mind. It is not asked again: an access list may count.
func TestTurnedAwayOnce(t *testing.T) {
	for _, scheme := range []endpoint.Scheme{endpoint.FTP, endpoint.IMAP, endpoint.POP3, endpoint.SMTP, endpoint.SSH} {
		var conns atomic.Int32
		server := serveEach(t, func(net.Conn) { conns.Add(1) }, nil)
		r := probe.Prober{}.Look(t.Context(), look.Target{Scheme: scheme, Host: "localhost", Addr: server}, timeout)
		if n := conns.Load(); n != 1 || r.Reason != look.ClosedEarly {
			t.Errorf("%s: %s %s over %d connections, want closed-early over one", scheme, r.State, r.Reason, n)
		}
	}
}
