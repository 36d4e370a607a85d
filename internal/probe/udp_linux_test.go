package probe_test

import (
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

func lookUDP(t *testing.T, addr netip.AddrPort, timeout time.Duration) look.Result {
	t.Helper()
	return probe.Prober{}.Look(t.Context(), look.Target{Scheme: endpoint.UDP, Addr: addr}, timeout)
}

// TestFirewallUDP is TestFirewall for UDP.
func TestFirewallUDP(t *testing.T) {
	tests := []struct {
		rule   porttest.Rule
		v4, v6 string // the sender is left out: it is whoever has the rule
		atHost string // what the port is if the rule is the host's own, if that differs
	}{
		{porttest.Accept, "open udp-response", "open udp-response", ""},
		{porttest.Drop, "open|filtered no-response", "open|filtered no-response", ""},
		{porttest.RejectPort, "filtered port-unreach 3/3", "filtered port-unreach 1/4", "closed"},
		{porttest.RejectAdmin, "filtered admin-prohibited 3/13", "filtered admin-prohibited 1/1", ""},
		{porttest.RejectHost, "filtered host-unreach 3/1", "filtered host-unreach 1/3", ""},
		{porttest.RejectNet, "filtered net-unreach 3/0", "filtered no-route 1/0", ""},
		{porttest.RejectProto, "filtered proto-unreach 3/2", "", ""},
		{porttest.RejectNetProhibited, "filtered net-prohibited 3/9", "", ""},
		{porttest.RejectHostProhibited, "filtered host-prohibited 3/10", "", ""},
		{porttest.RejectPolicy, "", "filtered admin-prohibited 1/5", ""},
		{porttest.RejectRoute, "", "filtered reject-route 1/6", ""},
	}
	lab := porttest.NewLab(t)
	for p, place := range []porttest.Place{porttest.Router, porttest.Host} {
		for i, tt := range tests {
			for _, family := range []struct {
				addr, router netip.Addr
				want         string
			}{{porttest.ServerAddr(1), porttest.RouterAddr, tt.v4}, {porttest.ServerAddr6(1), porttest.RouterAddr6, tt.v6}} {
				if family.want == "" {
					continue
				}
				addr := netip.AddrPortFrom(family.addr, uint16(1000*(p+1)+i))
				server := lab.ListenUDP(addr, porttest.Echo)
				lab.Set(place, addr, tt.rule)
				timeout := 10 * time.Second
				if tt.rule == porttest.Drop {
					timeout = 300 * time.Millisecond
				}
				r := lookUDP(t, addr, timeout)
				want := family.want
				if place == porttest.Host && tt.atHost != "" {
					want = strings.Replace(want, "filtered", tt.atHost, 1)
				}
				if strings.Contains(want, "/") {
					sender := family.router
					if place == porttest.Host {
						sender = family.addr
					}
					want += " from " + sender.String()
				}
				if said(r) != want {
					t.Errorf("%s at the %s, %s: %s, want %s", tt.rule, place, addr, said(r), want)
				}
				if r.Local.Addr() != porttest.ProberAddr && r.Local.Addr() != porttest.ProberAddr6 || r.Local.Port() == 0 {
					t.Errorf("%s at the %s, %s: came from %s", tt.rule, place, addr, r.Local)
				}
				if err := server.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func TestHostDownAndNoRouteUDP(t *testing.T) {
	lab := porttest.NewLab(t)
	tests := []struct {
		addr netip.Addr
		want string
	}{
		{porttest.ServerAddr(1), "closed port-unreach 3/3 from " + porttest.ServerAddr(1).String()},
		{porttest.ServerAddr6(1), "closed port-unreach 1/4 from " + porttest.ServerAddr6(1).String()},
		{porttest.DownAddr, "filtered host-unreach 3/1 from " + porttest.RouterAddr.String()},
		{porttest.DownAddr6, "filtered host-unreach 1/3 from " + porttest.RouterAddr6.String()},
		{netip.MustParseAddr("192.0.2.99"), "filtered host-unreach 3/1 from " + porttest.ProberAddr.String()},
	}
	var wg sync.WaitGroup
	for _, tt := range tests {
		wg.Go(func() {
			if r := lookUDP(t, netip.AddrPortFrom(tt.addr, 53), 10*time.Second); said(r) != tt.want {
				t.Errorf("%s: %s, want %s", tt.addr, said(r), tt.want)
			}
		})
	}
	wg.Wait()
	lab.Unroute()
	for _, addr := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr6(1)} {
		if r := lookUDP(t, netip.AddrPortFrom(addr, 53), 10*time.Second); said(r) != "unknown no-route" {
			t.Errorf("without a route: %s", said(r))
		}
	}
}

// TestSynProxy: a handshake with a SYN proxy is told from one with a service.
func TestSynProxy(t *testing.T) {
	lab := porttest.NewLab(t)
	live, dropped, closed := netip.AddrPortFrom(porttest.ServerAddr(1), 80), netip.AddrPortFrom(porttest.ServerAddr(1), 81), netip.AddrPortFrom(porttest.ServerAddr(1), 82)
	lab.Listen(live, porttest.Silent)
	lab.Listen(dropped, porttest.Silent)
	for _, addr := range []netip.AddrPort{live, dropped, closed} {
		if err := lab.SynProxy(addr); err != nil {
			t.Fatal(err)
		}
	}
	lab.Set(porttest.Host, dropped, porttest.Drop)
	for addr, want := range map[netip.AddrPort]string{
		live:    "open syn-ack",
		dropped: "unresponsive zero-window",
		closed:  "unresponsive zero-window",
	} {
		timeout := 10 * time.Second
		if addr == dropped {
			timeout = 300 * time.Millisecond
		}
		if r := lookAtTCP(t, addr, timeout); said(r) != want {
			t.Errorf("%s: %s, want %s", addr, said(r), want)
		}
	}
}

// TestMTUBlackHole: a service whose large packets are lost is told from one that
// says nothing.
func TestMTUBlackHole(t *testing.T) {
	lab := porttest.NewLab(t)
	lab.SetAll(porttest.Router, porttest.ProberAddr, "meta length > 1300 drop")
	for behaviour, want := range map[porttest.Behaviour]string{
		porttest.Page:   "unresponsive mtu-black-hole",
		porttest.Silent: "unresponsive no-greeting",
	} {
		addr := lab.Listen(netip.AddrPortFrom(porttest.ServerAddr(1), 0), behaviour).Addr()
		r := probe.Prober{}.Look(t.Context(), look.Target{Scheme: endpoint.TLS, Addr: addr, Host: "198.51.100.1"}, 2*time.Second)
		if said(r) != want {
			t.Errorf("%s: %s, want %s", behaviour, said(r), want)
		}
	}
}

// TestSmallMTU: that a datagram does not fit a link says nothing of the port.
func TestSmallMTU(t *testing.T) {
	lab := porttest.NewLab(t)
	lab.SetMTU(1100)
	for _, server := range []netip.Addr{porttest.ServerAddr(1)} {
		addr := netip.AddrPortFrom(server, 443) // 1,200 octets are sent
		lab.ListenUDP(addr, porttest.Echo)
		if r := lookUDP(t, addr, 10*time.Second); said(r) != "open udp-response" {
			t.Errorf("%s: %s", addr, said(r))
		}
	}
}
