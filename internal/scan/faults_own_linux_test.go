//go:build faults

package scan

import (
	"net"
	"net/netip"
	"os"
	"syscall"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// own is a fault of the machine that looks.
func own(name, truth string, inject func(*scene)) fault {
	return fault{name: "own: " + name, alone: true, open: "80 81", truth: []string{"* unknown " + truth}, ours: true, inject: func(s *scene) {
		s.serve(80, 81)
		inject(s)
	}}
}

// filters is a fault of the packet filter of the machine that looks.
func filters(name, hook string, rules ...string) fault {
	f := own(name, "prober-filtered", func(s *scene) { s.nft(porttest.Prober, hook, rules...) })
	f.once = true
	return f
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
