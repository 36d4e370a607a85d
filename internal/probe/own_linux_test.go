package probe_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// resent has time for a SYN to be sent again (Linux: after 1.03 s).
const resent = 1500 * time.Millisecond

// TestOwnFirewall: what this machine's own packet filter does is no state of the
// port, and what a router does is.
func TestOwnFirewall(t *testing.T) {
	lab := porttest.NewLab(t)
	rules := []porttest.Rule{porttest.Drop, porttest.RejectAdmin, porttest.RejectPort, porttest.RejectHost, porttest.RejectNet}
	for i, rule := range rules {
		for _, host := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr6(1)} {
			ours, theirs := netip.AddrPortFrom(host, uint16(1000+i)), netip.AddrPortFrom(host, uint16(2000+i))
			lab.Set(porttest.Prober, ours, rule)
			lab.Set(porttest.Router, theirs, rule)
			for _, scheme := range []endpoint.Scheme{endpoint.TCP, endpoint.UDP} {
				r := probe.Prober{}.Look(t.Context(), look.Target{Scheme: scheme, Addr: ours}, resent)
				if r.State != look.Unknown || r.Reason != look.PermDenied {
					t.Errorf("%s of our own, %s: %s", rule, scheme, said(r))
				}
				if r := (probe.Prober{}).Look(t.Context(), look.Target{Scheme: scheme, Addr: theirs}, resent); r.State == look.Unknown {
					t.Errorf("%s at the router, %s: %s", rule, scheme, said(r))
				}
			}
		}
	}
}

// TestOwnFirewallOnTheLink: a neighbour is told from a gateway, and this machine as
// a target from this machine as a prober.
func TestOwnFirewallOnTheLink(t *testing.T) {
	lab := porttest.NewLab(t)
	for i, tt := range []struct {
		host netip.Addr
		rule porttest.Rule
		want string
	}{
		{porttest.RouterAddr, porttest.RejectHost, "unknown perm-denied 3/1 from 192.0.2.1"},
		{porttest.RouterAddr6, porttest.RejectHost, "unknown perm-denied 1/3 from 2001:db8:1::1"},
		{porttest.RouterAddr, porttest.Drop, "unknown perm-denied"},
		{porttest.ProberAddr, porttest.RejectAdmin, "filtered admin-prohibited 3/13 from 192.0.2.1"},
		{porttest.ProberAddr6, porttest.RejectAdmin, "filtered admin-prohibited 1/1 from 2001:db8:1::1"},
	} {
		at := netip.AddrPortFrom(tt.host, uint16(1000+i))
		if r := lookAtTCP(t, at, resent); said(r) != "closed conn-refused" {
			t.Errorf("%s: %s", at, said(r)) // and now the neighbour is known
		}
		lab.Set(porttest.Prober, at, tt.rule)
		if r := lookAtTCP(t, at, resent); said(r) != tt.want {
			t.Errorf("%s at %s: %s, want %s", tt.rule, at, said(r), tt.want)
		}
	}
}

// TestGatewayDown: where the gateway does not answer, nothing is known of what is
// behind it, whether that is waited for or not. A neighbour that does not answer is
// down, if the cable is in.
func TestGatewayDown(t *testing.T) {
	for name, tt := range map[string]struct {
		lose        func(*porttest.Lab)
		short, long string // what is said of a neighbour
	}{
		"down":      {(*porttest.Lab).LoseGateway, "filtered no-response", "filtered host-unreach 3/1 from 192.0.2.1"},
		"unplugged": {(*porttest.Lab).Unplug, "unknown gateway-unreach", "unknown gateway-unreach 3/1 from 192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			lab := porttest.NewLab(t)
			tt.lose(lab)
			var wg sync.WaitGroup
			for _, host := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr6(1)} {
				for _, timeout := range []time.Duration{300 * time.Millisecond, 10 * time.Second} {
					for _, scheme := range []endpoint.Scheme{endpoint.TCP, endpoint.UDP} {
						wg.Go(func() {
							at := look.Target{Scheme: scheme, Addr: netip.AddrPortFrom(host, 80)}
							if r := (probe.Prober{}).Look(t.Context(), at, timeout); r.State != look.Unknown || r.Reason != look.GatewayUnreach {
								t.Errorf("%s %s within %s: %s", scheme, at.Addr, timeout, said(r))
							}
						})
					}
				}
			}
			for timeout, want := range map[time.Duration]string{300 * time.Millisecond: tt.short, 10 * time.Second: tt.long} {
				wg.Go(func() {
					if r := lookAtTCP(t, netip.MustParseAddrPort("192.0.2.99:80"), timeout); said(r) != want {
						t.Errorf("a neighbour that is down, within %s: %s", timeout, said(r))
					}
				})
			}
			wg.Wait()
		})
	}
}

// TestGatewayOfSource: where rules route by the source, the gateway of another source
// is no fault.
func TestGatewayOfSource(t *testing.T) {
	lab := porttest.NewLab(t)
	source, dead := netip.MustParseAddr("192.0.2.77"), netip.MustParseAddr("192.0.2.253")
	lab.IP(porttest.Prober, fmt.Sprintf(`address add %s/32 dev lo
rule add from %s lookup 100
route add default via %s table 100
route replace default via %s
`, source, source, porttest.RouterAddr, dead))
	at := netip.AddrPortFrom(porttest.ServerAddr(1), 1000)
	lab.Set(porttest.Router, at, porttest.Drop)
	if r := lookAtTCP(t, at, resent); r.Reason != look.GatewayUnreach {
		t.Errorf("by the dead gateway: %s", said(r))
	}
	for _, scheme := range []endpoint.Scheme{endpoint.TCP, endpoint.UDP} {
		for _, abort := range []bool{false, true} {
			target := look.Target{Scheme: scheme, Addr: at, Abort: abort}
			if r := (probe.Prober{Source: source}).Look(t.Context(), target, resent); r.Reason != look.NoResponse {
				t.Errorf("%s, abort %t: %s", scheme, abort, said(r))
			}
		}
	}
}

// TestBroadcast: the broadcast address of a network of this machine is no host's, and
// nothing is sent there.
func TestBroadcast(t *testing.T) {
	porttest.NewLab(t)
	for _, addr := range []string{"192.0.2.255", "127.255.255.255"} {
		for _, scheme := range []endpoint.Scheme{endpoint.TCP, endpoint.UDP, endpoint.DNS} {
			at := netip.AddrPortFrom(netip.MustParseAddr(addr), 53)
			r := probe.Prober{}.Look(t.Context(), look.Target{Scheme: scheme, Addr: at}, resent)
			if said(r) != "unknown no-host-address" {
				t.Errorf("%s %s: %s", scheme, addr, said(r))
			}
		}
	}
}
