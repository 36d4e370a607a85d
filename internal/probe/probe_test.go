package probe_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

func TestMain(m *testing.M) {
	code := porttest.Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func lookAtTCP(t *testing.T, addr netip.AddrPort, timeout time.Duration) look.Result {
	t.Helper()
	return probe.Prober{}.Look(t.Context(), look.Target{Scheme: endpoint.TCP, Addr: addr}, timeout)
}

// said is the state, the reason and the ICMP error of a result.
func said(r look.Result) string {
	s := fmt.Sprintf("%s %s", r.State, r.Reason)
	if r.ICMP != nil {
		s += fmt.Sprintf(" %d/%d from %s", r.ICMP.Type, r.ICMP.Code, r.ICMP.From)
	}
	return s
}

func TestLoopback(t *testing.T) {
	open := porttest.Listen(t, porttest.AcceptClose)
	six, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer six.Close()
	tests := []struct {
		name string
		addr netip.AddrPort
		want string
	}{
		{"open", open.Addr(), "open syn-ack"},
		{"open, IPv6", six.Addr().(*net.TCPAddr).AddrPort(), "open syn-ack"},
		{"reset after the handshake", porttest.Listen(t, porttest.Reset).Addr(), "open syn-ack"},
		{"closed", porttest.ClosedPort(t), "closed conn-refused"},
		{"closed, IPv6", netip.MustParseAddrPort("[::1]:1"), "closed conn-refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := lookAtTCP(t, tt.addr, 10*time.Second)
			if said(r) != tt.want {
				t.Errorf("%s, want %s", said(r), tt.want)
			}
			if r.Remote != tt.addr || r.Start.IsZero() || r.RTT <= 0 {
				t.Errorf("evidence: %+v", r)
			}
			if r.State == look.Open && (r.Local.Addr() != tt.addr.Addr() || r.Local.Port() == 0) {
				t.Errorf("from %s", r.Local)
			}
		})
	}
}

// TestNothingIsSent: a plain tcp look connects and closes politely, no byte
// more; an aborted one resets.
func TestNothingIsSent(t *testing.T) {
	for _, abort := range []bool{false, true} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := listener.Addr().(*net.TCPAddr).AddrPort()
		r := probe.Prober{}.Look(t.Context(), look.Target{Scheme: endpoint.TCP, Addr: addr, Abort: abort}, 10*time.Second)
		if r.State != look.Open {
			t.Fatal(said(r))
		}
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(make([]byte, 1))
		if want := map[bool]string{false: "EOF", true: "connection reset by peer"}[abort]; n != 0 || err == nil || unwrapped(err) != want {
			t.Errorf("abort %v: read %d bytes, %v, want %s", abort, n, err, want)
		}
		_ = conn.Close()
		_ = listener.Close()
	}
}

func unwrapped(err error) string {
	for {
		inner, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err.Error()
		}
		err = inner.Unwrap()
	}
}

func TestSource(t *testing.T) {
	addr := porttest.Listen(t, porttest.AcceptClose).Addr()
	to := look.Target{Scheme: endpoint.TCP, Addr: addr}
	echo := look.Target{Scheme: endpoint.UDP, Addr: porttest.ListenUDP(t, porttest.Echo).Addr()}
	if r := (probe.Prober{Source: netip.MustParseAddr("127.0.0.9")}).Look(t.Context(), echo, 10*time.Second); said(r) != "open udp-response" || r.Local.Addr().String() != "127.0.0.9" {
		t.Errorf("UDP: %s from %s", said(r), r.Local)
	}
	if r := (probe.Prober{Source: netip.MustParseAddr("203.0.113.1")}).Look(t.Context(), echo, 10*time.Second); said(r) != "unknown bad-source-address" {
		t.Errorf("UDP: %s", said(r))
	}
	for source, want := range map[string]string{"127.0.0.9": "open syn-ack", "203.0.113.1": "unknown bad-source-address", "::1": "open syn-ack"} {
		r := probe.Prober{Source: netip.MustParseAddr(source)}.Look(t.Context(), to, 10*time.Second)
		if said(r) != want {
			t.Errorf("from %s: %s, want %s", source, said(r), want)
		}
		if source == "127.0.0.9" && r.Local.Addr().String() != source {
			t.Errorf("came from %s", r.Local)
		}
	}
}

func TestCancelled(t *testing.T) {
	lab := porttest.NewLab(t)
	addr := netip.AddrPortFrom(porttest.ServerAddr(1), 80)
	lab.Set(porttest.Router, addr, porttest.Drop)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	// The look would last an hour.
	for _, scheme := range endpoint.Schemes() {
		if r := (probe.Prober{}).Look(ctx, look.Target{Scheme: scheme, Addr: addr}, time.Hour); said(r) != "unknown cancelled" {
			t.Error(said(r))
		}
	}
	if r := (probe.Prober{}).Look(ctx, look.Target{Scheme: endpoint.TCP, Addr: addr}, time.Hour); said(r) != "unknown cancelled" {
		t.Error("after it was cancelled:", said(r))
	}
}

func TestLoopbackUDP(t *testing.T) {
	muted := porttest.ListenUDP(t, porttest.Mute)
	tests := []struct {
		name    string
		addr    netip.AddrPort
		timeout time.Duration
		want    string
	}{
		{"answers", porttest.ListenUDP(t, porttest.Echo).Addr(), 10 * time.Second, "open udp-response"},
		{"answers the third datagram", porttest.ListenUDP(t, porttest.AnswerNth(3)).Addr(), time.Minute, "open udp-response"},
		{"is silent", muted.Addr(), 3 * time.Second, "open|filtered no-response"},
		{"is closed", netip.MustParseAddrPort("127.0.0.1:1"), 10 * time.Second, "closed port-unreach 3/3 from 127.0.0.1"},
		{"is closed, IPv6", netip.MustParseAddrPort("[::1]:1"), 10 * time.Second, "closed port-unreach 1/4 from ::1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := probe.Prober{}.Look(t.Context(), look.Target{Scheme: endpoint.UDP, Addr: tt.addr}, tt.timeout)
			if said(r) != tt.want {
				t.Errorf("%s, want %s", said(r), tt.want)
			}
			if r.Remote != tt.addr || r.Local.Addr() != tt.addr.Addr() || r.Local.Port() == 0 {
				t.Errorf("evidence: %+v", r)
			}
		})
	}
	// At 0, 0.5 and 1.5 of the 3 seconds: a busy machine has time for the third.
	if n := muted.Received(); n != 3 {
		t.Errorf("%d datagrams, want 3", n)
	}
}
