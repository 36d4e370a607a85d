package probe_test

import (
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// wantLook fails the test unless a look of p at addr is as want says.
func wantLook(t *testing.T, p probe.Prober, scheme endpoint.Scheme, addr netip.Addr, want string) {
	t.Helper()
	r := p.Look(t.Context(), look.Target{Scheme: scheme, Addr: netip.AddrPortFrom(addr, 53)}, 10*time.Second)
	if said(r) != want {
		t.Errorf("%s at %s from %v: %s, want %s", scheme, addr, p.Source, said(r), want)
	}
}

// TestNoIPv6: where IPv6 is switched off there is no route to any IPv6 address,
// and no lack of local ports.
func TestNoIPv6(t *testing.T) {
	lab := porttest.NewLab(t)
	lab.DisableIPv6()
	for _, scheme := range []endpoint.Scheme{endpoint.TCP, endpoint.UDP, endpoint.HTTPS, endpoint.DNS} {
		for _, addr := range []string{"::1", "2001:db8:2::1", "fe80::1%prober0", "fe80::1%lo"} {
			wantLook(t, probe.Prober{}, scheme, netip.MustParseAddr(addr), "unknown no-route")
			wantLook(t, probe.Prober{Source: porttest.ProberAddr}, scheme, netip.MustParseAddr(addr), "unknown no-route")
		}
		wantLook(t, probe.Prober{Source: porttest.ProberAddr6}, scheme, porttest.ServerAddr6(1), "unknown bad-source-address")
	}
	wantLook(t, probe.Prober{}, endpoint.TCP, porttest.ServerAddr(1), "closed conn-refused")
	wantLook(t, probe.Prober{}, endpoint.TCP, netip.MustParseAddr("127.0.0.1"), "closed conn-refused")
	if (probe.Prober{}).Ping(t.Context(), porttest.ServerAddr6(1), 10*time.Second) {
		t.Error("an IPv6 address answers ping")
	}
}

// TestLinkLocalAlone: with link-local addresses alone there is no route beyond
// the link, whatever the table of routes says.
func TestLinkLocalAlone(t *testing.T) {
	lab := porttest.NewLab(t)
	lab.TakeIPv6Addresses()
	for _, scheme := range []endpoint.Scheme{endpoint.TCP, endpoint.UDP, endpoint.HTTPS} {
		wantLook(t, probe.Prober{}, scheme, porttest.ServerAddr6(1), "unknown no-route")
	}
	closed := map[endpoint.Scheme]string{
		endpoint.TCP: "closed conn-refused",
		endpoint.UDP: "closed port-unreach 1/4 from ",
	}
	lab.AddIPv6Link()
	for scheme, want := range closed {
		for _, addr := range []string{"::1", "fe80::fe%prober0", porttest.RouterAddr6.String()} {
			addr := netip.MustParseAddr(addr)
			if scheme == endpoint.UDP {
				wantLook(t, probe.Prober{}, scheme, addr, want+addr.WithZone("").String())
				continue
			}
			wantLook(t, probe.Prober{}, scheme, addr, want)
		}
	}
}

// TestNoPortLeft: where a local port is what is missing, it is still that, with a
// source address and without.
func TestNoPortLeft(t *testing.T) {
	lab := porttest.NewLab(t)
	const ports = "/proc/sys/net/ipv4/ip_local_port_range"
	before, err := os.ReadFile(ports)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ports, []byte("61000 61001"), 0); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.WriteFile(ports, before, 0); err != nil {
			t.Error(err)
		}
	}()
	for _, addr := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr6(1)} {
		at := netip.AddrPortFrom(addr, 53)
		lab.Listen(at, porttest.Silent)
		for range 2 { // one for each port
			conn, err := net.Dial("tcp", at.String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
		}
		for _, source := range []netip.Addr{{}, porttest.ProberAddr, porttest.ProberAddr6} {
			wantLook(t, probe.Prober{Source: source}, endpoint.TCP, addr, "unknown no-local-port")
		}
	}
}
