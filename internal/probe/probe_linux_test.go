package probe_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// TestFirewall holds every look to the table of what the network does: a real
// rule on a real router, and on the host itself.
func TestFirewall(t *testing.T) {
	tests := []struct {
		rule   porttest.Rule
		v4, v6 string // the sender is left out: it is whoever has the rule
	}{
		{porttest.Accept, "open syn-ack", "open syn-ack"},
		{porttest.RejectReset, "closed conn-refused", "closed conn-refused"},
		{porttest.Drop, "filtered no-response", "filtered no-response"},
		{porttest.RejectPort, "filtered port-unreach 3/3", "filtered port-unreach 1/4"},
		{porttest.RejectAdmin, "filtered admin-prohibited 3/13", "filtered admin-prohibited 1/1"},
		{porttest.RejectHost, "filtered host-unreach 3/1", "filtered host-unreach 1/3"},
		{porttest.RejectNet, "filtered net-unreach 3/0", "filtered no-route 1/0"},
		{porttest.RejectProto, "filtered proto-unreach 3/2", ""},
		{porttest.RejectNetProhibited, "filtered net-prohibited 3/9", ""},
		{porttest.RejectHostProhibited, "filtered host-prohibited 3/10", ""},
		{porttest.RejectPolicy, "", "filtered admin-prohibited 1/5"},
		{porttest.RejectRoute, "", "filtered reject-route 1/6"},
	}
	lab := porttest.NewLab(t)
	for _, place := range []porttest.Place{porttest.Router, porttest.Host} {
		for i, tt := range tests {
			for _, family := range []struct {
				addr, router netip.Addr
				want         string
			}{{porttest.ServerAddr(1), porttest.RouterAddr, tt.v4}, {porttest.ServerAddr6(1), porttest.RouterAddr6, tt.v6}} {
				if family.want == "" {
					continue
				}
				addr := netip.AddrPortFrom(family.addr, uint16(1000+i))
				if place == porttest.Host {
					addr = netip.AddrPortFrom(family.addr, uint16(2000+i))
				}
				server := lab.Listen(addr, porttest.AcceptClose)
				lab.Set(place, addr, tt.rule)
				timeout := 10 * time.Second
				if tt.rule == porttest.Drop {
					timeout = 300 * time.Millisecond
				}
				r := lookAtTCP(t, addr, timeout)
				want := family.want
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

func TestHostDownAndNoRoute(t *testing.T) {
	lab := porttest.NewLab(t)
	onLink := netip.MustParseAddr("192.0.2.99")
	tests := []struct {
		addr netip.Addr
		want string
	}{
		{porttest.DownAddr, "filtered host-unreach 3/1 from " + porttest.RouterAddr.String()},
		{porttest.DownAddr6, "filtered host-unreach 1/3 from " + porttest.RouterAddr6.String()},
		{onLink, "filtered host-unreach 3/1 from " + porttest.ProberAddr.String()},
	}
	var wg sync.WaitGroup
	for _, tt := range tests {
		wg.Go(func() {
			if r := lookAtTCP(t, netip.AddrPortFrom(tt.addr, 80), 10*time.Second); said(r) != tt.want {
				t.Errorf("%s: %s, want %s", tt.addr, said(r), tt.want)
			}
		})
	}
	wg.Wait()
	lab.Unroute()
	for _, addr := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr6(1)} {
		if r := lookAtTCP(t, netip.AddrPortFrom(addr, 80), 10*time.Second); said(r) != "unknown no-route" {
			t.Errorf("without a route: %s", said(r))
		}
	}
}

func TestPing(t *testing.T) {
	lab := porttest.NewLab(t)
	// What is rejected are ports: ping passes.
	lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
	tests := []struct {
		addr  netip.Addr
		alive bool
	}{
		{porttest.ServerAddr(1), true}, {porttest.ServerAddr6(1), true},
		{porttest.DownAddr, false}, {porttest.DownAddr6, false},
	}
	// The second range of groups is empty: without unprivileged sockets, root
	// takes raw ones.
	for _, groups := range []string{"0 0", "1 0"} {
		err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte(groups), 0)
		if errors.Is(err, syscall.EINVAL) {
			t.Logf("groups %s: a user namespace knows only group 0", groups)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range tests {
			alive := probe.Prober{}.Ping(t.Context(), tt.addr, map[bool]time.Duration{true: 10 * time.Second, false: 300 * time.Millisecond}[tt.alive])
			if alive != tt.alive {
				t.Errorf("groups %s, %s: alive %v", groups, tt.addr, alive)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if (probe.Prober{}).Ping(ctx, porttest.DownAddr, time.Hour) {
		t.Error("cancelled, and alive")
	}
}

// TestOutOfDescriptors: EMFILE is never a closed port.
func TestOutOfDescriptors(t *testing.T) {
	addr := porttest.Listen(t, porttest.AcceptClose).Addr()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := limit
	none.Cur = 3
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	r := lookAtTCP(t, addr, 10*time.Second)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if said(r) != "unknown no-descriptor" {
		t.Error(said(r))
	}
}

// TestSelfConnect sweeps the ports that connects of our own come from: a
// closed one that is met by its own connect is not open.
func TestSelfConnect(t *testing.T) {
	var wg sync.WaitGroup
	ports := make(chan uint16)
	for range 64 {
		wg.Go(func() {
			for port := range ports {
				addr := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
				if r := (probe.Prober{}).Look(t.Context(), look.Target{Scheme: endpoint.TCP, Addr: addr, Abort: true}, 10*time.Second); r.State != look.Closed {
					t.Errorf("%s: %s from %s", addr, said(r), r.Local)
				}
			}
		})
	}
	for port := 32768; port <= 60999; port++ {
		ports <- uint16(port)
	}
	close(ports)
	wg.Wait()
}
