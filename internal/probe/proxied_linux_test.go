package probe

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// socketTable is a table of two sockets, as /proc/net/tcp has it.
func socketTable(own, remote netip.AddrPort) []byte {
	return fmt.Appendf(nil, "  sl  local_address rem_address   st tx_queue rx_queue\n   0: %s %s 0A 00000000:00000000\n   1: %s %s 01 00000000:00000000\n",
		tableForm(own), tableForm(netip.AddrPort{}), tableForm(own), tableForm(remote))
}

func TestConnectedTo(t *testing.T) {
	prober, other := netip.MustParseAddrPort("192.0.2.1:45000"), netip.MustParseAddrPort("192.0.2.1:45001")
	mapped := netip.MustParseAddrPort("[::ffff:192.0.2.1]:45000")
	prober6 := netip.MustParseAddrPort("[2001:db8:1::1]:45000")
	for _, tt := range []struct {
		name   string
		table  []byte
		remote netip.AddrPort
		want   string
	}{
		{"IPv4", socketTable(netip.MustParseAddrPort("127.0.0.1:15001"), prober), prober, "127.0.0.1"},
		{"IPv4 in the table of IPv6", socketTable(netip.MustParseAddrPort("[::ffff:127.0.0.1]:15001"), mapped), prober, "127.0.0.1"},
		{"IPv6", socketTable(netip.MustParseAddrPort("[::1]:15001"), prober6), prober6, "::1"},
		{"another port", socketTable(netip.MustParseAddrPort("127.0.0.1:15001"), other), prober, ""},
		{"no table", nil, prober, ""},
		{"not a table", bytes.ReplaceAll(socketTable(prober, prober), []byte(":"), []byte("x")), prober, ""},
	} {
		addr, ok := connectedTo(tt.table, tt.remote)
		if got := addr.String(); ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("%s: %s, %v, want %q", tt.name, got, ok, tt.want)
		}
	}
}

func FuzzConnectedTo(f *testing.F) {
	prober := netip.MustParseAddrPort("192.0.2.1:45000")
	f.Add(socketTable(netip.MustParseAddrPort("127.0.0.1:15001"), prober))
	f.Add(fmt.Appendf(nil, "0: 1 %s\n0: 01000000:1 %s\n: zz:00 %s", tableForm(prober), tableForm(prober), tableForm(prober)))
	f.Fuzz(func(t *testing.T, table []byte) {
		if addr, ok := connectedTo(table, prober); ok != addr.IsValid() {
			t.Errorf("%s, %v", addr, ok)
		}
	})
}

// TestProxied: a proxy on this machine that accepts for a host is told from the host,
// and from a service of this machine that has another address too.
func TestProxied(t *testing.T) {
	lab := porttest.NewLab(t)
	lab.NFT(porttest.Prober, `add table inet proxied
add chain inet proxied c { type nat hook output priority -100; }
add rule inet proxied c tcp dport 81 redirect to :15001
add rule inet proxied c ip daddr 198.51.100.0/24 tcp dport 82 dnat ip to 192.0.2.1:15001
add rule inet proxied c ip6 daddr 2001:db8:2::/64 tcp dport 82 dnat ip6 to [2001:db8:1::1]:15001
`)
	t.Cleanup(func() { lab.NFT(porttest.Prober, "delete table inet proxied\n") })
	proxy, err := net.Listen("tcp", ":15001")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = proxy.Close() }()
	for _, host := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr6(1)} {
		lab.Listen(netip.AddrPortFrom(host, 80), porttest.AcceptClose)
		for port, want := range map[uint16]look.Reason{80: look.SynAck, 81: look.Proxied, 82: look.SynAck} {
			at := look.Target{Scheme: endpoint.TCP, Addr: netip.AddrPortFrom(host, port), Doubt: true}
			if r := (Prober{}).Look(t.Context(), at, 10*time.Second); r.Reason != want {
				t.Errorf("%s: %s %s, want %s", at.Addr, r.State, r.Reason, want)
			}
		}
	}
}

// TestUnsentData: what this machine's packet filter drops after the handshake is no
// fault of the service's, and what a router drops may be.
func TestUnsentData(t *testing.T) {
	lab := porttest.NewLab(t)
	for i, tt := range []struct {
		place porttest.Place
		want  look.Reason
	}{
		{porttest.Prober, look.PermDenied},
		{porttest.Router, look.NoGreeting},
	} {
		at := netip.AddrPortFrom(porttest.ServerAddr(1), uint16(81+i))
		lab.Listen(at, porttest.Silent)
		lab.Set(tt.place, at, "meta length > 100 drop")
		for _, scheme := range []endpoint.Scheme{"https", "http"} {
			if r := (Prober{}).Look(t.Context(), look.Target{Scheme: scheme, Addr: at, Host: "web.example.com"}, time.Second); r.Reason != tt.want {
				t.Errorf("%s, dropped at the %s: %s %s, want %s", scheme, tt.place, r.State, r.Reason, tt.want)
			}
		}
	}
}
