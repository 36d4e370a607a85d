package probe

import (
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestIsConnected: only a connection between the very two addresses counts, and a socket
// that listens does not.
func TestIsConnected(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = listener.Close() }()
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		server, client := netip.MustParseAddrPort(listener.Addr().String()), netip.MustParseAddrPort(conn.LocalAddr().String())
		other := netip.AddrPortFrom(client.Addr(), client.Port()-1)
		if !isConnected(server, client) || !isConnected(client, server) || isConnected(server, other) || isConnected(other, client) {
			t.Errorf("%s is not connected to %s alone", server, client)
		}
		if ports := listeningPorts(); !slices.Contains(ports, server.Port()) || slices.Contains(ports, client.Port()) {
			t.Errorf("something listens on %v, which does not tell %s from %s", ports, server, client)
		}
	}
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
