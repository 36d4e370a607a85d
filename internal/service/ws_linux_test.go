package service_test

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestWebSocket: real servers go over to WebSocket and see it closed as it should be.
func TestWebSocket(t *testing.T) {
	ca := porttest.NewCA(t)
	nats := func(tls string) *porttest.Running {
		return porttest.Daemon{
			Command: "nats-server -c DIR/nats.conf",
			Files: files(t, ca, map[string]string{"nats.conf": `host: "127.0.0.1"
port: PORT2
debug: true
websocket {
  host: "127.0.0.1"
  port: PORT
  ` + tls + `
}
`}),
			Ready: "Server is ready",
		}.Start(t)
	}
	plain, secure := nats("no_tls: true"), nats(`tls { cert_file: "DIR/cert.pem", key_file: "DIR/key.pem" }`)
	speaks(t, endpoint.WS, plain.Addr, nil)
	speaks(t, endpoint.WSS, secure.Addr, ca)
	for _, server := range []*porttest.Running{plain, secure} {
		log := logged(t, server, "Server is ready", "Client connection closed: Client Closed", 1)
		only(t, log, `\[(INF|DBG)\]`)
	}
	sees(t, []seen{
		{endpoint.WS, secure.Addr, nil, "unresponsive wrong-protocol", endpoint.WSS},
		{endpoint.WSS, plain.Addr, ca, "unresponsive wrong-protocol", endpoint.HTTP},
		{endpoint.WSS, secure.Addr, porttest.NewCA(t), "unresponsive tls-unknown-authority", ""},
	})
}

// TestWebSocketAnswers: what a server may answer in place of the right one.
func TestWebSocketAnswers(t *testing.T) {
	const agrees = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	for answer, want := range map[string]string{
		agrees + "\r\n": "unresponsive wrong-protocol ",
		agrees + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n": "unresponsive wrong-protocol ", // of another key
		"HTTP/1.1 200 OK\r\n\r\n":                                           "unresponsive status-200 HTTP/1.1 200 OK",
		"HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n":                         "unresponsive status-301 ",
		"HTTP/1.1 400 Bad Request\r\n\r\n":                                  "unresponsive status-400 ",
		"HTTP/1.1 404 Not Found\r\n\r\n":                                    "unresponsive status-404 ",
		"HTTP/1.1 502 Bad Gateway\r\n\r\n":                                  "unresponsive status-502 ",
		"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\n\r\n": "open service-response",
		"HTTP/1.1 426 Upgrade Required\r\n\r\n":                             "unresponsive status-426 ",
		"HTTP/1.1 401 Unauthorized\r\n\r\n":                                 "open service-response",
		"HTTP/1.1 403 Forbidden\r\n\r\n":                                    "open service-response",
	} {
		addr := serveEach(t, func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, answer)
		}, nil)
		if got := lookAsked(t, look.Target{Scheme: endpoint.WS, Addr: addr}); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s, want %s", answer, got, want)
		}
		if !strings.Contains(answer, " 404 ") {
			continue
		}
		asked := look.Target{Scheme: endpoint.WS, Addr: addr, HTTP: &look.HTTP{Status: []look.StatusRange{{First: 404, Last: 404}}}}
		if got := lookAsked(t, asked); got != "open service-response" {
			t.Errorf("404, which was asked for: %s", got)
		}
	}
}
