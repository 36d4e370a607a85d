//go:build faults

package scan

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// forwards is a fault of the router's packet filter, with HOST in its rules for the
// scene's host, of which the ports 80 and 81 are open.
func forwards(name, open string, truth []string, rules ...string) fault {
	return fault{name: name, open: open, truth: truth, inject: func(s *scene) {
		s.serve(80, 81)
		var own []string
		for _, rule := range rules {
			own = append(own, strings.ReplaceAll(rule, "HOST", s.host.String()))
		}
		s.nft(porttest.Router, "forward", own...)
	}}
}

// mixedFaults are of all kinds but the prober's own.
var mixedFaults = []fault{
	{name: "service: restarting, the first connection is refused", open: "80 81", inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Host, "input", "ip daddr "+s.host.String()+" tcp dport 81 ct state new limit rate 1/hour burst 1 packets reject with tcp reset")
	}},
	{name: "service: the first SYN is lost", open: "80 81", inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Host, "input", "ip daddr "+s.host.String()+" tcp dport 81 ct state new limit rate 1/hour burst 1 packets drop")
	}},
	{name: "service: listens to IPv4 alone, the name has both", hosts: "NAME", open: "80 81", truth: []string{"81 closed service-down"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.named(zoneEntry{addrs: []netip.Addr{s.host, s.host6}})
		s.Listen(netip.AddrPortFrom(s.host6, 80), porttest.AcceptClose)
	}},
	{name: "service: resets on accept", open: "80 81", inject: func(s *scene) {
		s.serve(80)
		s.Listen(s.at(81), porttest.Reset)
	}},
	{name: "service: HTTP where TLS was declared", open: "80 81/https", truth: []string{"81/https " + unhealthy}, inject: func(s *scene) {
		s.serve(80)
		s.handle(81, false, status(http.StatusOK))
	}},
	{name: "service: HTTP where SSH was declared", open: "80 81/ssh", truth: []string{"81/ssh " + unhealthy}, inject: func(s *scene) {
		s.serve(80)
		s.handle(81, false, status(http.StatusOK))
	}},
	{name: "service: a proxy of another host accepts all", open: "80/https", closed: "81-90", truth: []string{"80/https unresponsive unhealthy", "* open unexpected-open"}, inject: func(s *scene) {
		s.Listen(netip.AddrPortFrom(s.host, 9999), porttest.AcceptClose)
		s.nft(porttest.Router, "prerouting", fmt.Sprintf("ip daddr %s tcp dport 80-90 dnat ip to %s:9999", s.host, s.host))
	}},
	{name: "filter: IPv6, reset by the router", hosts: "HOST6", open: "80 81", truth: []string{"81 closed service-down"}, inject: func(s *scene) {
		s.Listen(netip.AddrPortFrom(s.host6, 80), porttest.AcceptClose)
		s.Set(porttest.Router, netip.AddrPortFrom(s.host6, 81), porttest.RejectReset)
	}},
	{name: "filter: IPv6, port-unreachable by the host", hosts: "HOST6", open: "80 81", truth: []string{"81 " + rejected}, inject: func(s *scene) {
		s.Listen(netip.AddrPortFrom(s.host6, 80), porttest.AcceptClose)
		s.Set(porttest.Host, netip.AddrPortFrom(s.host6, 81), porttest.RejectPort)
	}},
	{name: "filter: IPv6, all dropped, ping answers", hosts: "HOST6", open: "80 81", truth: []string{"all filtered prober-blocked"}, inject: func(s *scene) {
		s.SetAll(porttest.Router, s.host6, porttest.Drop)
	}},
	{name: "filter: IPv6, the answers of one port are dropped", hosts: "HOST6", open: "80 81", truth: []string{"81 filtered filtered"}, inject: func(s *scene) {
		s.Listen(netip.AddrPortFrom(s.host6, 80), porttest.AcceptClose)
		s.Listen(netip.AddrPortFrom(s.host6, 81), porttest.AcceptClose)
		s.nft(porttest.Router, "forward", "ip6 saddr "+s.host6.String()+" tcp sport 81 drop")
	}},
	forwards("filter: the answers come from another address", "80 81", []string{"81 filtered filtered"}, "ip saddr HOST tcp sport 81 ip saddr set 198.51.100.199"),
	{name: "filter: meter of 3 an hour from a source, silence", open: "80 81 82 83 84 85", truth: []string{"* filtered filtered/stopped-answering"}, inject: func(s *scene) {
		s.serve(80, 81, 82, 83, 84, 85)
		s.nft(porttest.Router, "forward", "ip daddr "+s.host.String()+" tcp flags & (syn | ack) == syn update @rates { ip saddr limit rate over 1/hour burst 3 packets } drop")
	}},
	{name: "filter: meter of 3 an hour from a source, resets", open: "80 81 82 83 84 85", truth: []string{"* closed/filtered service-down/stopped-answering"}, inject: func(s *scene) {
		s.serve(80, 81, 82, 83, 84, 85)
		s.nft(porttest.Router, "forward", "ip daddr "+s.host.String()+" tcp flags & (syn | ack) == syn update @rates { ip saddr limit rate over 1/hour burst 3 packets } reject with tcp reset")
	}},
	{name: "filter: meter of 3 an hour from a source, ICMP", open: "80 81 82 83 84 85", truth: []string{"* filtered rejected/stopped-answering"}, inject: func(s *scene) {
		s.serve(80, 81, 82, 83, 84, 85)
		s.nft(porttest.Router, "forward", "ip daddr "+s.host.String()+" tcp flags & (syn | ack) == syn update @rates { ip saddr limit rate over 1/hour burst 3 packets } reject with icmp type admin-prohibited")
	}},
	{name: "filter: two connections at once, more are refused", open: "80 81 82 83 84 85", inject: func(s *scene) {
		s.serve(80, 81, 82, 83, 84, 85)
		s.nft(porttest.Host, "input", "ip daddr "+s.host.String()+" tcp flags & (syn | ack) == syn ct count over 2 reject with tcp reset")
	}},
	forwards("filter: TLS is reset by its first bytes", "80 81/https", []string{"81/https unresponsive unhealthy"}, "ip daddr HOST tcp dport 81 tcp flags & psh == psh reject with tcp reset"),
	{name: "filter: port knocking", open: "80 81", truth: []string{"81 filtered filtered"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Host, "input", "ip daddr "+s.host.String()+" tcp dport 7000 add @banned { ip saddr } drop", "ip daddr "+s.host.String()+" tcp dport 81 ip saddr != @banned drop")
	}},
	forwards("filter: all that is new is dropped, as a full table of the router does", "80 81", []string{"all filtered host-down"}, "ip daddr HOST ct state new drop"),
	forwards("filter: all new TCP is dropped, ping answers", "80 81", []string{"all filtered prober-blocked"}, "ip daddr HOST meta l4proto tcp ct state new drop"),
	forwards("filter: host-unreachable for all, said by the router", "80 81", []string{"all filtered rejected/host-down"}, "ip daddr HOST reject with icmp type host-unreachable"),
	forwards("mixed: dropped, refused and rejected", "80 81 82 83", []string{"81 filtered filtered", "82 closed service-down", "83 filtered rejected"}, "ip daddr HOST tcp dport 81 drop", "ip daddr HOST tcp dport 83 reject with icmp type admin-prohibited"),
	{name: "mixed: one address drops 80, the other rejects 81", hosts: "NAME", open: "80 81", truth: []string{"80 filtered filtered", "81 filtered rejected"}, inject: func(s *scene) {
		s.serve(80, 81)
		other := otherHost(s)
		s.Listen(netip.AddrPortFrom(other, 80), porttest.AcceptClose)
		s.rule(80, porttest.Drop)
		s.Set(porttest.Router, netip.AddrPortFrom(other, 81), porttest.RejectAdmin)
		s.named(zoneEntry{addrs: []netip.Addr{s.host, other}})
	}},
	{name: "filter: RST for whatever is sent back, ping answers", open: "80 81", truth: []string{"all filtered/closed prober-blocked/service-down"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Router, "forward", "ip saddr "+s.host.String()+" meta l4proto tcp reject with tcp reset")
	}},
	udp("the answer comes from another address", "open|filtered filtered", func(s *scene) {
		s.ListenUDP(s.at(53), porttest.Echo)
		s.nft(porttest.Router, "forward", "ip saddr "+s.host.String()+" udp sport 53 ip saddr set 198.51.100.199")
	}),
	udp("the answer comes from another port", "open|filtered filtered", func(s *scene) {
		s.ListenUDP(s.at(53), porttest.Echo)
		s.nft(porttest.Router, "forward", "ip saddr "+s.host.String()+" udp sport 53 udp sport set 5353")
	}),
	udp("port-unreachable by the router", rejected, func(s *scene) { s.rule(53, porttest.RejectPort) }),
	udp("host-prohibited by the host", rejected, func(s *scene) { s.Set(porttest.Host, s.at(53), porttest.RejectHostProhibited) }),
	udp("the answers are dropped", "open|filtered filtered", func(s *scene) {
		s.ListenUDP(s.at(53), porttest.Echo)
		s.nft(porttest.Router, "forward", "ip saddr "+s.host.String()+" udp sport 53 drop")
	}),
	{name: "UDP: the first question is lost", open: "80 53/udp", inject: func(s *scene) {
		s.serve(80)
		s.ListenUDP(s.at(53), func(nth int) bool { return nth > 1 })
	}},
	{name: "UDP: IPv6, nothing listens", hosts: "HOST6", open: "80 53/udp", truth: []string{"53/udp closed service-down"}, inject: func(s *scene) {
		s.Listen(netip.AddrPortFrom(s.host6, 80), porttest.AcceptClose)
	}},
	{name: "UDP: IPv6, port-unreachable by the router", hosts: "HOST6", open: "80 53/udp", truth: []string{"53/udp " + rejected}, inject: func(s *scene) {
		s.Listen(netip.AddrPortFrom(s.host6, 80), porttest.AcceptClose)
		s.Set(porttest.Router, netip.AddrPortFrom(s.host6, 53), porttest.RejectPort)
	}},
	{name: "path: a loop, IPv6", alone: true, once: true, hosts: "2001:db8:3::1", open: "80 81", truth: []string{"all filtered rejected/host-down"}, inject: func(s *scene) {
		s.IP(porttest.Router, "route add 2001:db8:3::/64 via 2001:db8:2::1\n")
		s.IP(porttest.Host, "route add 2001:db8:3::/64 via 2001:db8:2::fe\n")
		s.Sysctl(porttest.Host, "ipv6/conf/all/forwarding", "1")
	}},
	{name: "path: IPv6, the router prohibits", alone: true, once: true, hosts: "2001:db8:3::1", open: "80 81", truth: []string{"all " + rejected}, inject: func(s *scene) {
		s.IP(porttest.Router, "route add prohibit 2001:db8:3::/64\n")
	}},
	{name: "path: IPv6, the router has a black hole", alone: true, once: true, hosts: "2001:db8:3::1", open: "80 81", truth: []string{"all filtered host-down"}, inject: func(s *scene) {
		s.IP(porttest.Router, "route add blackhole 2001:db8:3::/64\n")
	}},
	{name: "path: IPv6, the router knows no route", alone: true, once: true, hosts: "2001:db8:3::1", open: "80 81", truth: []string{"all " + rejected}, inject: func(s *scene) {}},
	{name: "path: the host prohibits the way back", alone: true, once: true, open: "80 81", truth: []string{"all filtered host-down"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.IP(porttest.Host, "route add prohibit 192.0.2.0/24\n")
	}},
	{name: "path: the router has a wrong address of the host's link", open: "80 81", truth: []string{"all filtered host-down"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.IP(porttest.Router, "neigh replace "+s.host.String()+" lladdr 02:00:00:00:00:99 dev router1 nud permanent\n")
	}},
	{name: "path: the answers have too few hops", open: "80 81", truth: []string{"all filtered host-down"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Host, "output", "ip saddr "+s.host.String()+" ip ttl set 1")
	}},
	{name: "path: too few hops to the host", open: "80 81", truth: []string{"all filtered rejected/host-down"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.table(porttest.Router, fmt.Sprintf("ip faulthops%d", s.n), "type filter hook prerouting priority -300", "ip daddr "+s.host.String()+" ip ttl set 1")
	}},
	{name: "path: MTU black hole towards the host", alone: true, once: true, open: "80 443/https", truth: []string{"443/https unresponsive unhealthy"}, inject: func(s *scene) {
		s.serve(80)
		s.handle(443, true, status(http.StatusOK))
		s.IP(porttest.Router, "link set router1 mtu 600\n")
		s.nft(porttest.Router, "output", "icmp type destination-unreachable drop")
	}},
	unresolved("NOTIMP", zoneEntry{code: 4}),
	unresolved("FORMERR", zoneEntry{code: 1}),
	unresolved("a multicast address", zoneEntry{addrs: []netip.Addr{netip.MustParseAddr("224.0.0.1")}}),
	unresolved("the broadcast address", zoneEntry{addrs: []netip.Addr{netip.MustParseAddr("255.255.255.255")}}),
	{name: "IPS: ban by silence, ping too", open: "1 2 3 4 5 6 7 8", closed: "100-300", truth: []string{"* filtered/closed/unknown stopped-answering"}, inject: func(s *scene) {
		s.serve(1, 2, 3, 4, 5, 6, 7, 8)
		host := "ip daddr " + s.host.String() + " "
		s.nft(porttest.Router, "forward", host+"ip saddr @banned drop",
			host+"tcp flags & (syn | ack) == syn update @rates { ip saddr limit rate over 20/second burst 20 packets } add @banned { ip saddr } drop")
	}},
	{name: "IPS: ban of the answers", open: "1 2 3 4 5 6 7 8", closed: "100-300", truth: []string{"* filtered/closed/unknown stopped-answering"}, inject: func(s *scene) {
		s.serve(1, 2, 3, 4, 5, 6, 7, 8)
		s.nft(porttest.Router, "forward", "ip saddr "+s.host.String()+" ip daddr @banned drop",
			"ip daddr "+s.host.String()+" tcp flags & (syn | ack) == syn update @rates { ip saddr limit rate over 20/second burst 20 packets } add @banned { ip saddr }")
	}},
}
