package service_test

import (
	"io"
	"net"
	"net/netip"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// greets is a server that says the same to everybody at once, and goes when the
// client does.
func greets(t *testing.T, greeting string) netip.AddrPort {
	t.Helper()
	return serveEach(t, says(greeting), nil)
}

// TestWrongPort: what speaks in place of a service is named where its first
// words leave no doubt.
func TestWrongPort(t *testing.T) {
	tests := []struct {
		scheme   endpoint.Scheme
		greeting string
		speaks   endpoint.Scheme
		detail   string
	}{
		{endpoint.HTTPS, "SSH-2.0-OpenSSH_9.2\r\n", endpoint.SSH, `SSH-2.0-OpenSSH_9.2\r\n`},
		{endpoint.HTTP, "SSH-2.0-OpenSSH_9.2\r\n", endpoint.SSH, `SSH-2.0-OpenSSH_9.2\r\n`},
		{endpoint.HTTPS, "HTTP/1.1 400 Bad Request\r\n\r\n", endpoint.HTTP, `HTTP/1.1 400 Bad Request\r\n\r\n`},
		{endpoint.HTTP, "\x15\x03\x01\x00\x02\x02\x46\r\n", endpoint.HTTPS, `\x15\x03\x01\x00\x02\x02F\r\n`},
		{endpoint.IMAPS, "* OK [CAPABILITY IMAP4rev1] ready\r\n", endpoint.IMAP, `* OK [CAPABILITY IMAP4rev1] ready\r\n`},
		{endpoint.POP3S, "+OK ready\r\n", endpoint.POP3, `+OK ready\r\n`},
		{endpoint.SMTPS, "220 mx.example.com ESMTP\r\n", endpoint.SMTP, `220 mx.example.com ESMTP\r\n`},
		{endpoint.HTTP, "@RSYNCD: 31.0\n", endpoint.Rsync, `@RSYNCD: 31.0\n`},
		{endpoint.HTTP, "RFB 003.008\n", endpoint.VNC, `RFB 003.008\n`},
		{endpoint.HTTPS, "220 ready when you are\r\n", "", `220 ready when you are\r\n`},
		{endpoint.TLS, "\x1b[2J\x00\xff\r\n", "", `\x1b[2J\x00\xff\r\n`},
	}
	for _, tt := range tests {
		r := probe.Prober{}.Look(t.Context(), look.Target{Scheme: tt.scheme, Addr: greets(t, tt.greeting), Host: "localhost"}, timeout)
		if r.State != look.Unresponsive || r.Reason != look.WrongProtocol || r.Speaks != tt.speaks || r.Detail != tt.detail {
			t.Errorf("%s, greeted with %q: %s %s %s, speaks %q, want %q", tt.scheme, tt.greeting, r.State, r.Reason, r.Detail, r.Speaks, tt.speaks)
		}
	}
}

// TestBrokenSubmission: a server for submission greets as one for SMTP. What it
// does not get done is no reason to declare it as SMTP, which it would pass as.
func TestBrokenSubmission(t *testing.T) {
	for _, said := range []string{"220 mx ESMTP\r\n", "220 mx ESMTP\r\n250-mx\r\n250 STARTTLS\r\n220 go ahead\r\n"} {
		addr := serveEach(t, func(conn net.Conn) {
			_, _ = io.WriteString(conn, said)
			_ = conn.(*net.TCPConn).CloseWrite()
			hold(conn)
		}, nil)
		if r := lookAtPlain(t, endpoint.Submission, addr); r.Reason != look.ClosedEarly || r.Speaks != "" {
			t.Errorf("told %q: %s %q, speaks %q", said, r.Reason, r.Detail, r.Speaks)
		}
	}
}
