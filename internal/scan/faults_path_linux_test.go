//go:build faults

package scan

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
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
