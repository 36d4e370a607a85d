package probe

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestIdle: a sweep of loopback uses one socket again while ports refuse, no other
// look gets it, and it sees what is open all the same.
func TestIdle(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		open, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Skip(err)
		}
		defer open.Close()
		gone, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Fatal(err)
		}
		closed := gone.Addr().(*net.TCPAddr).AddrPort()
		gone.Close()
		p, err := Prober{}.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ipv6 := closed.Addr().Is6()
		kept := func() (n int) {
			for i := range p.idle.sockets[ipv6] {
				if p.idle.sockets[ipv6][i].Load() != 0 {
					n++
				}
			}
			return n
		}
		look := func(ctx context.Context, at netip.AddrPort, abort bool) look.Result {
			return p.Look(ctx, look.Target{Scheme: endpoint.TCP, Addr: at, Abort: abort}, 10*time.Second)
		}
		if r := look(t.Context(), closed, false); r.State != "closed" || r.Local.Port() == 0 || kept() != 0 {
			t.Errorf("a port that may be reported is %s, from %s; %d sockets kept", r.State, r.Local, kept())
		}
		for range 100 {
			if r := look(t.Context(), closed, true); r.State != "closed" || r.Reason != "conn-refused" {
				t.Fatalf("%s: %s %s", host, r.State, r.Reason)
			}
		}
		if kept() != 1 {
			t.Fatalf("%d sockets kept after looks one after another", kept())
		}
		from := func() netip.AddrPort { return localAddr(slotted(p.idle.sockets[ipv6][0].Load()).fd) }
		if slotted(p.idle.sockets[ipv6][0].Load()).own {
			t.Errorf("%s: the socket has a port of its own after a few looks", host)
		}
		for range sweeping {
			look(t.Context(), closed, true)
		}
		own := from()
		if r := look(t.Context(), closed, true); r.State != "closed" || !own.Addr().IsLoopback() || from() != own {
			t.Errorf("%s: the socket does not keep its port, %s", host, own)
		}
		if r := look(t.Context(), own, true); r.State != "closed" || r.Reason != "conn-refused" || kept() != 0 {
			t.Errorf("%s: the port that looks come from is %s %s; %d sockets kept", host, r.State, r.Reason, kept())
		}
		look(t.Context(), closed, true)
		if r := look(t.Context(), open.Addr().(*net.TCPAddr).AddrPort(), true); r.State != "open" || !r.Local.IsValid() || kept() != 0 {
			t.Errorf("open port: %s from %s, %d sockets kept", r.State, r.Local, kept())
		}
		look(t.Context(), closed, true)
		if err := p.Close(); err != nil || kept() != 0 {
			t.Errorf("%v, %d sockets kept", err, kept())
		}
		if r := look(t.Context(), closed, true); r.State != "closed" || kept() != 0 {
			t.Errorf("after the end %s, %d sockets kept", r.State, kept())
		}
	}
}

// TestIdleIsBounded: no more sockets are kept than are in use at once.
func TestIdleIsBounded(t *testing.T) {
	i := newIdle()
	defer i.close()
	for n := range maxIdle + 2 {
		s, _ := Prober{}.open(look.Target{Addr: netip.MustParseAddrPort("127.0.0.1:1"), Abort: true})
		i.keep(&s, false)
		if full := n >= maxIdle; full != (s.fd >= 0) {
			t.Errorf("socket %d is kept: %t", n, s.fd < 0)
		}
		s.close()
	}
}
