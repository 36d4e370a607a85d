//go:build faults

package scan

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// porttestTLS makes listener one of TLS, with a certificate of nobody known and a
// chain of several packets.
func porttestTLS(s *scene, listener net.Listener, from, to time.Time) net.Listener {
	certificate := porttest.NewCA(s.t).Certificate(s.t, from, to, s.host.String())
	for range 12 {
		certificate.Certificate = append(certificate.Certificate, certificate.Certificate[0])
	}
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}})
}

// far is an address behind the router that nobody has; routed says how the router
// reaches it.
const far = "203.0.113.129"

func routed(name, route, truth string) fault {
	return fault{name: "path: " + name, alone: true, hosts: far, open: "80 81", truth: []string{"* " + truth},
		inject: func(s *scene) { s.IP(porttest.Router, route+"\n") }}
}

var pathFaults = []fault{
	{name: "path: the host is down", hosts: porttest.DownAddr.String(), open: "80 81", truth: []string{"* filtered host-down"}, inject: func(*scene) {}},
	{name: "path: the host is down, IPv6", hosts: porttest.DownAddr6.String(), open: "80 81", truth: []string{"* filtered host-down"}, inject: func(*scene) {}},
	{name: "path: the host is down, on the prober's own link", hosts: "192.0.2.77", open: "80 81", truth: []string{"* filtered host-down"}, inject: func(*scene) {}},
	{name: "path: the router knows no route", hosts: far, open: "80 81", truth: []string{"* " + rejected}, inject: func(*scene) {}},
	routed("the router has a black hole", "route add blackhole 203.0.113.128/25", "filtered host-down"),
	routed("the router prohibits", "route add prohibit 203.0.113.128/25", rejected),
	routed("the router says unreachable", "route add unreachable 203.0.113.128/25", "filtered host-down/rejected"),
	routed("a loop", "route add 203.0.113.128/25 via 192.0.2.1", "filtered rejected/host-down"),
	routed("the next router is down", "route add 203.0.113.128/25 via 198.51.100.211", "filtered host-down"),
	{name: "path: no way back", alone: true, open: "80 81", truth: []string{"* filtered host-down"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.IP(porttest.Host, "route del default via 198.51.100.254\n")
	}},
	{name: "path: MTU black hole", alone: true, open: "80 443/https", truth: []string{"443/https unresponsive unhealthy"}, inject: func(s *scene) {
		s.serve(80)
		s.handle(443, true, status(http.StatusOK))
		s.IP(porttest.Router, "link set router0 mtu 600\n")
		s.nft(porttest.Router, "output", "icmp type destination-unreachable drop")
	}},
	{name: "path: the cable of the server is out", alone: true, open: "80 81", truth: []string{"* filtered host-down"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.IP(porttest.Host, "link set server0 down\n")
	}},
}

// manyPorts are 1 to n in words.
func manyPorts(n int) string {
	var words []string
	for port := 1; port <= n; port++ {
		words = append(words, fmt.Sprint(port))
	}
	return strings.Join(words, " ")
}

// bannedBy is a fault of a device that bans a source of more than 20 new connections
// a second to a host of 20 open ports, and then does this to all its packets.
func bannedBy(name, verb string) fault {
	return fault{name: "IPS: " + name, open: "1 2 3 4 5 6 7 8", closed: "100-500", truth: []string{"* filtered/closed/unknown stopped-answering"}, inject: func(s *scene) {
		s.serve(1, 2, 3, 4, 5, 6, 7, 8)
		host := "ip daddr " + s.host.String() + " meta l4proto tcp "
		s.nft(porttest.Router, "forward", host+"ip saddr @banned "+verb,
			host+"tcp flags & (syn | ack) == syn update @rates { ip saddr limit rate over 20/second burst 20 packets } add @banned { ip saddr } "+verb)
	}}
}

// decoy is the same of a device that bans whoever touches a port.
func decoy(name, verb string) fault {
	return fault{name: "IPS: touch of port 23, " + name, open: "80 81 82", closed: "20-60", truth: []string{"* filtered/closed/unknown stopped-answering"}, inject: func(s *scene) {
		s.serve(80, 81, 82)
		host := "ip daddr " + s.host.String() + " meta l4proto tcp "
		s.nft(porttest.Router, "forward", host+"ip saddr @banned "+verb, host+"tcp dport 23 add @banned { ip saddr } "+verb)
	}}
}

var ipsFaults = []fault{
	bannedBy("ban by silence", "drop"),
	bannedBy("ban by resets", "reject with tcp reset"),
	bannedBy("ban by ICMP", "reject with icmp type admin-prohibited"),
	decoy("ban by silence", "drop"),
	decoy("ban by resets", "reject with tcp reset"),
	decoy("ban by ICMP", "reject with icmp type host-prohibited"),
	{name: "IPS: all declared closed is open, ban by resets", closed: "1-20", truth: []string{"* open/unknown/closed/filtered unexpected-open/stopped-answering"}, inject: func(s *scene) {
		var ports []uint16
		for port := range uint16(20) {
			ports = append(ports, port+1)
		}
		s.serve(ports...)
		host := "ip daddr " + s.host.String() + " meta l4proto tcp "
		s.nft(porttest.Router, "forward", host+"ip saddr @banned reject with tcp reset",
			host+"tcp flags & (syn | ack) == syn update @rates { ip saddr limit rate over 2/minute burst 2 packets } add @banned { ip saddr } reject with tcp reset")
	}},
	{name: "IPS: a policer of 100 a second passes", open: "80 81", closed: "200-400", inject: func(s *scene) {
		s.serve(80, 81)
		s.SetAll(porttest.Router, s.host, porttest.Policer(100, 20))
	}},
	{name: "IPS: ICMP errors are limited, 60 ports rejected", alone: true, open: manyPorts(60), truth: []string{"* " + rejected}, inject: func(s *scene) {
		s.LimitICMP()
		s.SetAll(porttest.Router, s.host, porttest.RejectAdmin)
	}},
	{name: "IPS: ICMP errors are limited, 40 UDP ports refused", alone: true, open: strings.ReplaceAll(manyPorts(40), " ", "/udp ") + "/udp", truth: []string{"* closed service-down"}, inject: func(s *scene) {
		s.LimitICMP()
	}},
}

// own is a fault of the machine that looks.
func own(name, truth string, inject func(*scene)) fault {
	return fault{name: "own: " + name, alone: true, open: "80 81", truth: []string{"* unknown " + truth}, ours: true, inject: func(s *scene) {
		s.serve(80, 81)
		inject(s)
	}}
}

// filters is a fault of the packet filter of the machine that looks.
func filters(name, hook string, rules ...string) fault {
	return own(name, "prober-filtered", func(s *scene) { s.nft(porttest.Prober, hook, rules...) })
}

// ownRoute is a fault of a route of the machine that looks. The route has no device
// and would outlive the lab.
func ownRoute(name, truth, route string) fault {
	return own(name, truth, func(s *scene) {
		s.IP(porttest.Prober, "route add "+route+"\n")
		s.t.Cleanup(func() { s.IP(porttest.Prober, "route del "+route+"\n") })
	})
}

var ownFaults = []fault{
	own("no route", "prober-offline", func(s *scene) { s.Unroute() }),
	own("the gateway is down", "prober-offline", func(s *scene) { s.IP(porttest.Prober, "route replace default via 192.0.2.253\n") }),
	own("the gateway is down, IPv6", "prober-offline", func(s *scene) { s.IP(porttest.Prober, "route replace default via 2001:db8:1::fd\n") }).to("HOST6"),
	own("the cable is out", "prober-offline", func(s *scene) { s.IP(porttest.Router, "link set router0 down\n") }),
	own("the interface is down", "prober-offline", func(s *scene) { s.IP(porttest.Prober, "link set prober0 down\n") }),
	ownRoute("a route says unreachable", "prober-offline/prober-filtered", "unreachable 198.51.100.0/24"),
	ownRoute("a route prohibits", "prober-offline/prober-filtered/prober-exhausted", "prohibit 198.51.100.0/24"),
	ownRoute("a route is a black hole", "prober-offline/prober-filtered/prober-exhausted", "blackhole 198.51.100.0/24"),
	filters("the packet filter drops", "output", "meta l4proto tcp drop"),
	filters("the packet filter drops all", "output", "ip daddr 198.51.100.0/24 drop"),
	filters("the packet filter rejects", "output", "meta l4proto tcp reject"),
	filters("the packet filter rejects, admin-prohibited", "output", "meta l4proto tcp reject with icmp type admin-prohibited"),
	filters("the packet filter rejects, host-unreachable", "output", "meta l4proto tcp reject with icmp type host-unreachable"),
	filters("new connections are dropped, as a full table of connections does", "output", "meta l4proto tcp ct state new drop"),
	filters("the packet filter drops the answers", "input", "meta l4proto tcp drop"),
	filters("the packet filter drops the answers of one address, and all else is heard", "input", "ip saddr 198.51.100.0/24 drop"),
	{name: "own: the packet filter drops the answers of one port", alone: true, open: "80 81", truth: []string{"81 unknown prober-filtered"}, ours: true, inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Prober, "input", "tcp sport 81 drop")
	}},
	{name: "own: the packet filter drops the answers of UDP", alone: true, open: "80 53/udp", truth: []string{"53/udp unknown prober-filtered"}, ours: true, inject: func(s *scene) {
		s.serve(80)
		s.ListenUDP(s.at(53), porttest.Echo)
		s.nft(porttest.Prober, "input", "udp sport 53 drop")
	}},
	{name: "own: the packet filter drops the answers of what is to be closed", alone: true, closed: "80-89", truth: []string{"* unknown prober-filtered"}, ours: true, inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Prober, "input", "meta l4proto tcp drop")
	}},
	{name: "own: the packet filter drops one port", alone: true, open: "80 81", truth: []string{"81 unknown prober-filtered"}, ours: true, inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Prober, "output", "tcp dport 81 drop")
	}},
	{name: "own: the packet filter rejects one port", alone: true, open: "80 81", truth: []string{"81 unknown prober-filtered"}, ours: true, inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Prober, "output", "tcp dport 81 reject")
	}},
	{name: "own: the packet filter drops UDP", alone: true, open: "80 53/udp", truth: []string{"53/udp unknown prober-filtered"}, ours: true, inject: func(s *scene) {
		s.serve(80)
		s.ListenUDP(s.at(53), porttest.Echo)
		s.nft(porttest.Prober, "output", "udp dport 53 drop")
	}},
	{name: "own: the packet filter rejects UDP", alone: true, open: "80 53/udp", truth: []string{"53/udp unknown prober-filtered"}, ours: true, inject: func(s *scene) {
		s.serve(80)
		s.ListenUDP(s.at(53), porttest.Echo)
		s.nft(porttest.Prober, "output", "udp dport 53 reject")
	}},
	own("IPv6 is switched off", "prober-offline", func(s *scene) { s.own("ipv6/conf/prober0/disable_ipv6", "1") }).to("HOST6"),
	own("no address of IPv6", "prober-offline", func(s *scene) { s.IP(porttest.Prober, "addr del 2001:db8:1::1/64 dev prober0\n") }).to("HOST6"),
	own("no local port is left", "prober-exhausted", func(s *scene) {
		s.own("ipv4/ip_local_port_range", "50000 50000")
		for _, port := range []uint16{80, 81} {
			conn, err := net.Dial("tcp", s.at(port).String())
			if err != nil {
				s.t.Fatal(err)
			}
			s.t.Cleanup(func() { _ = conn.Close() })
		}
	}),
	own("no descriptor is left", "prober-exhausted", exhaustDescriptors),
	{name: "own: a source address of another machine", alone: true, open: "80", truth: []string{"80 unknown prober-exhausted/prober-offline"}, ours: true,
		source: netip.MustParseAddr("192.0.2.99"), inject: func(s *scene) { s.serve(80) }},
}

// to is the fault with other hosts.
func (f fault) to(hosts string) fault {
	f.hosts = hosts
	return f
}

// exhaustDescriptors lets this process open no more files until the end of the
// test.
func exhaustDescriptors(s *scene) {
	var limit, few syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		s.t.Fatal(err)
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		s.t.Fatal(err)
	}
	few = syscall.Rlimit{Cur: uint64(len(entries)), Max: limit.Max}
	var held []*os.File
	for range 8 {
		if f, err := os.Open(os.DevNull); err == nil {
			held = append(held, f)
		}
	}
	few.Cur += uint64(len(held)) - 8
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			s.t.Error(err)
		}
		for _, f := range held {
			_ = f.Close()
		}
	})
}
