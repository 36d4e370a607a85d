//go:build faults

package scan

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// ours is a fault of the machine that looks that concerns some ports. It is looked at
// once.
func ours(f fault, inject func(*scene)) fault {
	f.name, f.alone, f.ours, f.once, f.inject = "own: "+f.name, true, true, true, inject
	return f
}

// outputs adds rules to the packet filter of the machine that looks.
func outputs(s *scene, rules ...string) { s.nft(porttest.Prober, "output", rules...) }

// redirects adds rules of NAT to the machine that looks.
func redirects(s *scene, rules ...string) {
	s.table(porttest.Prober, "ip faultnat", "type nat hook output priority -100", rules...)
}

// local accepts and closes connections to a port of the machine that looks.
func local(s *scene, port uint16) {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		s.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	s.t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
}

const kept = "unknown prober-filtered"

var oursFaults = []fault{
	ours(fault{name: "declared filtered, the packet filter drops", open: "80", filtered: "81", truth: []string{"81 " + kept}}, func(s *scene) {
		s.serve(80, 81)
		outputs(s, "tcp dport 81 drop")
	}),
	ours(fault{name: "declared filtered, the packet filter drops all", filtered: "80 81", truth: []string{"all " + kept}}, func(s *scene) {
		s.serve(80, 81)
		outputs(s, "meta l4proto tcp drop")
	}),
	ours(fault{name: "declared filtered, the packet filter drops the answers of one", open: "80", filtered: "81", truth: []string{"81 " + kept}}, func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Prober, "input", "tcp sport 81 drop")
	}),
	ours(fault{name: "declared filtered, the packet filter rejects", open: "80", filtered: "81", truth: []string{"81 " + kept}}, func(s *scene) {
		s.serve(80, 81)
		outputs(s, "tcp dport 81 reject")
	}),
	ours(fault{name: "declared filtered, the gateway is down", filtered: "80 81", truth: []string{"all unknown prober-offline"}}, func(s *scene) {
		s.serve(80, 81)
		s.IP(porttest.Prober, "route replace default via 192.0.2.253\n")
	}),
	ours(fault{name: "declared filtered, no route", filtered: "80 81", truth: []string{"all unknown prober-offline"}}, func(s *scene) {
		s.serve(80, 81)
		s.Unroute()
	}),
	ours(fault{name: "declared unfiltered, the packet filter drops", unfiltered: "80 81", truth: []string{"81 " + kept}}, func(s *scene) {
		outputs(s, "tcp dport 81 drop")
	}),
	ours(fault{name: "declared closed, the packet filter drops", open: "80", closed: "81-89", truth: []string{"* " + kept}}, func(s *scene) {
		s.serve(80, 81)
		outputs(s, "tcp dport 81-89 drop")
	}),
	ours(fault{name: "declared closed, the packet filter drops all", closed: "80-89", truth: []string{"* " + kept}}, func(s *scene) {
		s.serve(80, 81)
		outputs(s, "meta l4proto tcp drop")
	}),
	ours(fault{name: "declared closed, the packet filter rejects", open: "80", closed: "81-89", truth: []string{"* " + kept}}, func(s *scene) {
		s.serve(80, 81)
		outputs(s, "tcp dport 81-89 reject")
	}),
	ours(fault{name: "declared closed, the packet filter resets", open: "80", closed: "81-89", truth: []string{"* " + kept}}, func(s *scene) {
		s.serve(80, 81)
		outputs(s, "tcp dport 81-89 reject with tcp reset")
	}),
	ours(fault{name: "declared closed, the gateway is down", closed: "80-89", truth: []string{"* unknown prober-offline"}}, func(s *scene) {
		s.serve(80, 81)
		s.IP(porttest.Prober, "route replace default via 192.0.2.253\n")
	}),
	ours(fault{name: "declared closed, the packet filter drops the answers of one port", open: "80", closed: "81", truth: []string{"* " + kept}}, func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Prober, "input", "tcp sport 81 drop")
	}),
	ours(fault{name: "declared closed UDP, the packet filter drops", open: "80", closed: "53/udp", truth: []string{"* " + kept}}, func(s *scene) {
		s.serve(80)
		s.ListenUDP(s.at(53), porttest.Echo)
		outputs(s, "udp dport 53 drop")
	}),
	ours(fault{name: "declared closed UDP, the packet filter drops the answers", open: "80", closed: "53/udp", truth: []string{"* " + kept}}, func(s *scene) {
		s.serve(80)
		s.ListenUDP(s.at(53), porttest.Echo)
		s.nft(porttest.Prober, "input", "udp sport 53 drop")
	}),
	ours(fault{name: "the packet filter resets one port", open: "80 81", truth: []string{"81 " + kept}}, func(s *scene) {
		s.serve(80, 81)
		outputs(s, "tcp dport 81 reject with tcp reset")
	}),
	ours(fault{name: "the packet filter resets, IPv6", hosts: "HOST6", open: "80 81", truth: []string{"81 " + kept}}, func(s *scene) {
		s.Listen(netip.AddrPortFrom(s.host6, 80), porttest.AcceptClose)
		s.Listen(netip.AddrPortFrom(s.host6, 81), porttest.AcceptClose)
		outputs(s, "tcp dport 81 reject with tcp reset")
	}),
	ours(fault{name: "the packet filter, IPv6, rejects admin-prohibited", hosts: "HOST6", open: "80 81", truth: []string{"all " + kept}}, func(s *scene) {
		outputs(s, "meta l4proto tcp reject with icmpv6 type admin-prohibited")
	}),
	ours(fault{name: "the packet filter resets the answers", open: "80 81", truth: []string{"all " + kept}}, func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Prober, "input", "meta l4proto tcp reject with tcp reset")
	}),
	ours(fault{name: "the packet filter drops only what follows a handshake", open: "80 81/https", truth: []string{"81/https " + kept}}, func(s *scene) {
		s.serve(80)
		s.handle(81, true, status(http.StatusOK))
		outputs(s, "tcp dport 81 meta length > 100 drop")
	}),
	ours(fault{name: "a local proxy accepts, one port", open: "80 81", closed: "82", truth: []string{"81 " + kept}}, func(s *scene) {
		s.serve(80)
		local(s, 15001)
		redirects(s, "tcp dport 81 redirect to :15001")
	}),
	ours(fault{name: "a local proxy accepts what is to be closed", open: "80", closed: "81-83", truth: []string{"* " + kept}}, func(s *scene) {
		s.serve(80)
		local(s, 15001)
		redirects(s, "tcp dport 81-83 redirect to :15001")
	}),
	ours(fault{name: "redirected to a local port where nothing listens", open: "80 81", truth: []string{"81 " + kept}}, func(s *scene) {
		s.serve(80, 81)
		redirects(s, "tcp dport 81 redirect to :15002")
	}),
	ours(fault{name: "a filter of the device drops what goes out", open: "80 81", truth: []string{"all " + kept}}, func(s *scene) {
		s.serve(80, 81)
		s.table(porttest.Prober, "netdev faultegress", "type filter hook egress device prober0 priority 0", "ip daddr 198.51.100.0/24 drop")
	}),
	ours(fault{name: "the packet filter drops the answers before connections are tracked", open: "80 81", truth: []string{"all " + kept}}, func(s *scene) {
		s.serve(80, 81)
		s.table(porttest.Prober, "ip faultraw", "type filter hook prerouting priority -300", "ip saddr 198.51.100.0/24 drop")
	}),
	ours(fault{name: "a rule of routing prohibits one port", open: "80 81", truth: []string{"81 unknown prober-filtered/prober-offline"}}, func(s *scene) {
		s.serve(80, 81)
		s.IP(porttest.Prober, "rule add ipproto tcp dport 81 prohibit\n")
		s.t.Cleanup(func() { s.IP(porttest.Prober, "rule del ipproto tcp dport 81 prohibit\n") })
	}),
	ours(fault{name: "a rule of routing is unreachable", open: "80 81", truth: []string{"all unknown prober-filtered/prober-offline"}}, func(s *scene) {
		s.serve(80, 81)
		s.IP(porttest.Prober, "rule add to 198.51.100.0/24 unreachable\n")
		s.t.Cleanup(func() { s.IP(porttest.Prober, "rule del to 198.51.100.0/24 unreachable\n") })
	}),
	ours(fault{name: "a VPN is up and nobody serves it", open: "80 81", truth: []string{"all unknown prober-offline"}}, func(s *scene) {
		s.serve(80, 81)
		s.IP(porttest.Prober, "tuntap add tun9 mode tun\naddr add 10.9.9.9/24 dev tun9\nlink set tun9 up\nroute add 198.51.100.0/24 dev tun9\n")
		s.t.Cleanup(func() { s.IP(porttest.Prober, "tuntap del tun9 mode tun\n") })
	}),
	ours(fault{name: "the NAT gateway takes nothing new, and control is silent", open: "80 81", truth: []string{"all unknown prober-offline"}, control: netip.AddrPortFrom(porttest.ServerAddr(5), 80)}, func(s *scene) {
		s.serve(80, 81)
		s.Listen(netip.AddrPortFrom(porttest.ServerAddr(5), 80), porttest.AcceptClose)
		s.nft(porttest.Router, "forward", "ct state new drop")
	}),
	ours(fault{name: "the NAT gateway takes nothing new, declared closed", closed: "80-89", truth: []string{"all unknown prober-offline"}, control: netip.AddrPortFrom(porttest.ServerAddr(5), 80)}, func(s *scene) {
		s.serve(80, 81)
		s.Listen(netip.AddrPortFrom(porttest.ServerAddr(5), 80), porttest.AcceptClose)
		s.nft(porttest.Router, "forward", "ct state new drop")
	}),
	ours(fault{name: "mixed, the packet filter drops one port, the router another", open: "80 81 82 83", truth: []string{"81 " + kept, "82 filtered filtered", "83 closed service-down"}}, func(s *scene) {
		s.serve(80, 81, 82)
		s.rule(82, porttest.Drop)
		outputs(s, "tcp dport 81 drop")
	}),
	ours(fault{name: "mixed, no IPv6 here, IPv4 drops one port", hosts: "NAME", open: "80 81", truth: []string{"81 filtered filtered"}}, func(s *scene) {
		s.serve(80, 81)
		s.rule(81, porttest.Drop)
		s.named(zoneEntry{addrs: []netip.Addr{s.host, s.host6}})
		s.own("ipv6/conf/prober0/disable_ipv6", "1")
	}),
	ours(fault{name: "the name has IPv6 alone, and this machine none", hosts: "NAME", open: "80 81", truth: []string{"all unknown prober-offline"}}, func(s *scene) {
		s.named(zoneEntry{addrs: []netip.Addr{s.host6}})
		s.own("ipv6/conf/prober0/disable_ipv6", "1")
	}),
}
