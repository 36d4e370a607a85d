package service

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestPatience: a greeting that says that more comes is waited for as long again. So
// Postfix's postscreen greets clients that it does not know, for 6 seconds by
// default (postscreen_greet_wait).
func TestPatience(t *testing.T) {
	const timeout = 5 * time.Second
	tests := []struct {
		name  string
		first string
		after time.Duration
		want  look.Reason
		takes time.Duration
		then  string
	}{
		{"postscreen", "220-mx.example.com ESMTP\r\n", 6 * time.Second, look.ServiceResponse, 6 * time.Second, "220 mx.example.com ESMTP\r\n"},
		{"too late", "220-mx.example.com ESMTP\r\n", time.Minute, look.Incomplete, 2 * timeout, ""},
		{"no promise", "2", 6 * time.Second, look.Incomplete, timeout, "20 mx.example.com ESMTP\r\n"},
		{"silent", "", 6 * time.Second, look.NoGreeting, timeout, "220 mx.example.com ESMTP\r\n"},
	}
	for _, tt := range tests {
		for _, scheme := range []endpoint.Scheme{endpoint.SMTP, endpoint.Submission} {
			if scheme == endpoint.Submission && tt.want == look.ServiceResponse {
				continue // it goes on
			}
			synctest.Test(t, func(t *testing.T) {
				client, server := net.Pipe()
				done := make(chan struct{})
				go func() {
					defer close(done)
					defer func() { _ = server.Close() }()
					_, _ = io.WriteString(server, tt.first)
					time.Sleep(tt.after) // on the clock of synctest
					_, _ = io.WriteString(server, tt.then)
					if line, _ := bufio.NewReader(server).ReadString('\n'); line == "QUIT\r\n" {
						_, _ = io.WriteString(server, "221 bye\r\n")
					}
				}()
				r := look.Result{Start: time.Now()}
				at := look.Target{Scheme: scheme, Addr: netip.MustParseAddrPort("127.0.0.1:25"), Host: "localhost"}
				Converse(t.Context(), client, at, 0, r.Start.Add(timeout), &r)
				if took := time.Since(r.Start); r.Reason != tt.want || took != tt.takes {
					t.Errorf("%s, %s: %s %q after %s, want %s after %s", scheme, tt.name, r.Reason, r.Detail, took, tt.want, tt.takes)
				}
				<-done
			})
		}
	}
}

// TestFarewellAnswered: nothing says that we go, TLS's close_notify among it, before
// the answer to a QUIT is there.
func TestFarewellAnswered(t *testing.T) {
	for scheme, greeting := range map[endpoint.Scheme]string{
		endpoint.SMTP: "220 mx ESMTP\r\n", endpoint.FTP: "220 ready\r\n", endpoint.POP3: "+OK\r\n", endpoint.IMAP: "* OK\r\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			pipe, server := net.Pipe()
			client := &halfClosed{Conn: pipe}
			answered := make(chan bool, 1)
			go func() {
				_, _ = io.WriteString(server, greeting)
				_, _ = bufio.NewReader(server).ReadString('\n')
				time.Sleep(lingering / 2) // on the clock of synctest
				answered <- !client.closed
				_, _ = io.WriteString(server, "221 bye\r\n")
				_ = server.Close()
			}()
			r := look.Result{Start: time.Now()}
			at := look.Target{Scheme: scheme, Addr: netip.MustParseAddrPort("127.0.0.1:25"), Host: "localhost"}
			Converse(t.Context(), client, at, 0, r.Start.Add(time.Minute), &r)
			if !<-answered || r.State != look.Open {
				t.Errorf("%s: left before the answer; %s %s", scheme, r.State, r.Reason)
			}
		})
	}
}

// halfClosed notices that one side was closed.
type halfClosed struct {
	net.Conn
	closed bool
}

func (h *halfClosed) CloseWrite() error {
	h.closed = true
	return nil
}

// TestSilence: a server that says nothing is silent for as long as the look may take,
// whatever a library makes of it.
func TestSilence(t *testing.T) {
	for scheme := range services {
		if scheme.Transport() == endpoint.UDP {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			client, server := net.Pipe()
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = io.Copy(io.Discard, server)
			}()
			r := look.Result{Start: time.Now()}
			at := look.Target{Scheme: scheme, Addr: netip.MustParseAddrPort("192.0.2.1:443"), Host: "localhost"}
			Converse(t.Context(), client, at, 0, r.Start.Add(time.Minute), &r)
			if r.State != look.Unresponsive || r.Reason != look.NoGreeting {
				t.Errorf("%s: %s %s %q after %s", scheme, r.State, r.Reason, r.Detail, time.Since(r.Start))
			}
			_ = server.Close()
			<-done
		})
	}
}
