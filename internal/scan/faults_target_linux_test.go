//go:build faults

package scan

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// handle serves a port of the scene's host with h, over TLS if certified.
func (s *scene) handle(port uint16, certified bool, h http.HandlerFunc) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	var listener net.Listener
	s.In(porttest.Host, func() (err error) {
		listener, err = net.Listen("tcp", s.at(port).String())
		return err
	})
	if certified {
		now := time.Now()
		listener = porttestTLS(s, listener, now.Add(-time.Hour), now.Add(time.Hour))
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // it ends with Close
	}()
	s.t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
}

// status answers with a status of HTTP.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// behaving is a fault of a service, at port 81; port 80 is well.
func behaving(name, port, truth string, behaviour porttest.Behaviour) fault {
	number := uint16(81)
	return fault{name: "service: " + name, open: "80 " + port, truth: []string{port + " " + truth}, inject: func(s *scene) {
		s.serve(80)
		if behaviour != "" {
			s.Listen(s.at(number), behaviour)
		}
	}}
}

const unhealthy = "unresponsive unhealthy"

var serviceFaults = []fault{
	behaving("nothing listens", "81", "closed service-down", ""),
	behaving("TLS, accepts and closes", "81/https", unhealthy, porttest.AcceptClose),
	behaving("TLS, accepts and is silent", "81/https", unhealthy, porttest.Silent),
	behaving("TLS, accepts and resets", "81/https", "unresponsive/closed unhealthy/service-down", porttest.Reset),
	behaving("SSH, sends zeros", "81/ssh", unhealthy, porttest.Endless),
	behaving("SMTP, sends a byte a second", "81/smtp", unhealthy, porttest.Slow),
	behaving("PostgreSQL is silent", "81/postgres", unhealthy, porttest.Silent),
	behaving("Redis closes at once", "81/redis", unhealthy, porttest.AcceptClose),
	behaving("nothing listens where TLS should", "81/https", "closed service-down", ""),
	{name: "service: hung, its accept queue is full", open: "80 81", truth: []string{"81 filtered filtered/unhealthy"}, inject: func(s *scene) {
		s.serve(80)
		s.Listen(s.at(81), porttest.Hung)
		for range 4 {
			d := net.Dialer{Timeout: 200 * time.Millisecond}
			conn, err := d.Dial("tcp", s.at(81).String())
			if err != nil {
				return
			}
			s.t.Cleanup(func() { _ = conn.Close() })
		}
	}},
	{name: "service: HTTP says 503", open: "80 81/http", truth: []string{"81/http " + unhealthy}, inject: func(s *scene) {
		s.serve(80)
		s.handle(81, false, status(http.StatusServiceUnavailable))
	}},
	{name: "service: a proxy says 502, its back end is down", open: "80 81/http", truth: []string{"81/http " + unhealthy}, inject: func(s *scene) {
		s.serve(80)
		s.handle(81, false, status(http.StatusBadGateway))
	}},
	{name: "service: a certificate of nobody known", open: "80 81/https", truth: []string{"81/https " + unhealthy}, inject: func(s *scene) {
		s.serve(80)
		s.handle(81, true, status(http.StatusOK))
	}},
	{name: "service: TLS where HTTP was declared", open: "80 81/http", truth: []string{"81/http " + unhealthy}, inject: func(s *scene) {
		s.serve(80)
		s.handle(81, true, status(http.StatusOK))
	}},
	{name: "service: the whole host refuses", open: "80 81", closed: "22", truth: []string{"* closed service-down"}, inject: func(*scene) {}},
	{name: "service: open, declared closed", open: "80", closed: "81-90", truth: []string{"85 open unexpected-open"}, inject: func(s *scene) { s.serve(80, 85) }},
	{name: "service: behind a SYN proxy, nothing listens", alone: true, open: "80 81", truth: []string{"81 unresponsive unhealthy"}, inject: func(s *scene) {
		s.serve(80)
		s.Set(porttest.Host, s.at(81), porttest.Drop)
		if err := s.SynProxy(s.at(81)); err != nil {
			s.t.Skip(err)
		}
	}},
}

// filtered is a fault of a firewall's rule for port 81; port 80 is well.
func filtered(name, truth string, place porttest.Place, rule porttest.Rule) fault {
	return fault{name: "filter: " + name, open: "80 81", truth: []string{"81 " + truth}, inject: func(s *scene) {
		s.serve(80, 81)
		s.Set(place, s.at(81), rule)
	}}
}

// filtered6 is the same in IPv6.
func filtered6(name, truth string, rule porttest.Rule) fault {
	return fault{name: "filter: IPv6, " + name, hosts: "HOST6", open: "80 81", truth: []string{"81 " + truth}, inject: func(s *scene) {
		for _, port := range []uint16{80, 81} {
			s.Listen(netip.AddrPortFrom(s.host6, port), porttest.AcceptClose)
		}
		s.Set(porttest.Router, netip.AddrPortFrom(s.host6, 81), rule)
	}}
}

// shut is a fault of a firewall's rule for the whole host.
func shut(name, truth string, place porttest.Place, rule porttest.Rule) fault {
	return fault{name: "filter: " + name, open: "80 81 82", truth: []string{"* " + truth}, inject: func(s *scene) {
		s.serve(80, 81, 82)
		s.SetAll(place, s.host, rule)
	}}
}

const rejected = "filtered rejected"

var filterFaults = append(rejections(),
	filtered("drop", "filtered filtered", porttest.Router, porttest.Drop),
	filtered("drop by the host", "filtered filtered", porttest.Host, porttest.Drop),
	filtered("reset by the router", "closed service-down", porttest.Router, porttest.RejectReset),
	filtered("reset by the host", "closed service-down", porttest.Host, porttest.RejectReset),
	filtered("port-unreachable by the host", rejected, porttest.Host, porttest.RejectPort),
	filtered("admin-prohibited by the host", rejected, porttest.Host, porttest.RejectAdmin),
	filtered6("drop", "filtered filtered", porttest.Drop),
	filtered6("admin-prohibited", rejected, porttest.RejectAdmin),
	filtered6("port-unreachable", rejected, porttest.RejectPort),
	filtered6("no-route", rejected, porttest.RejectNet),
	filtered6("address unreachable", rejected, porttest.RejectHost),
	filtered6("policy-fail", rejected, porttest.RejectPolicy),
	filtered6("reject-route", rejected, porttest.RejectRoute),
	filtered6("beyond scope", rejected, porttest.RejectCode(2)),
	shut("all dropped, ping answers", "filtered prober-blocked", porttest.Router, porttest.Drop),
	shut("all dropped by the host, ping answers", "filtered prober-blocked", porttest.Host, porttest.Drop),
	shut("all rejected", rejected, porttest.Router, porttest.RejectAdmin),
	shut("all rejected by the host", rejected, porttest.Host, porttest.RejectAdmin),
	shut("all reset by the router", "closed service-down", porttest.Router, porttest.RejectReset),
	shut("all port-unreachable by the router", rejected, porttest.Router, porttest.RejectPort),
	fault{name: "filter: the only port is dropped, ping answers", open: "81", truth: []string{"81 filtered filtered"}, inject: func(s *scene) {
		s.serve(81)
		s.rule(81, porttest.Drop)
	}},
	fault{name: "filter: all and ping dropped", open: "80 81", truth: []string{"* filtered host-down"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Router, "forward", "ip daddr "+s.host.String()+" drop")
	}},
	fault{name: "filter: the answers are dropped, ping answers", open: "80 81", truth: []string{"* filtered prober-blocked"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Router, "forward", "ip saddr "+s.host.String()+" meta l4proto tcp drop")
	}},
	fault{name: "filter: the answers of one port are dropped", open: "80 81", truth: []string{"81 filtered filtered"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Router, "forward", "ip saddr "+s.host.String()+" tcp sport 81 drop")
	}},
	fault{name: "filter: declared closed, is open; another dropped", open: "80 81", closed: "82-84", truth: []string{"81 filtered filtered", "83 open unexpected-open"}, inject: func(s *scene) {
		s.serve(80, 81, 83)
		s.rule(81, porttest.Drop)
	}},
	fault{name: "filter: TLS dropped after the handshake", open: "80 81/https", truth: []string{"81/https unresponsive unhealthy"}, inject: func(s *scene) {
		s.serve(80)
		s.handle(81, true, status(http.StatusOK))
		s.nft(porttest.Router, "forward", "ip daddr "+s.host.String()+" tcp dport 81 meta length > 100 drop")
	}},
	fault{name: "NAT: to a port where nothing listens", open: "80 81", truth: []string{"81 closed service-down"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Router, "prerouting", fmt.Sprintf("ip daddr %s tcp dport 81 dnat ip to %s:9", s.host, s.host))
	}},
	fault{name: "NAT: to a dead host", open: "80 81", truth: []string{"81 filtered rejected/filtered"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.nft(porttest.Router, "prerouting", fmt.Sprintf("ip daddr %s tcp dport 81 dnat ip to %s:81", s.host, nobody4))
	}},
	fault{name: "NAT: by the host, to a dead container", alone: true, open: "80 81", truth: []string{"81 filtered rejected/filtered"}, inject: func(s *scene) {
		s.serve(80, 81)
		s.Sysctl(porttest.Host, "ipv4/ip_forward", "1")
		s.nft(porttest.Host, "prerouting", fmt.Sprintf("ip daddr %s tcp dport 81 dnat ip to %s:81", s.host, nobody4))
	}},
)

// rejections are faults of a firewall that rejects with each ICMP code of IPv4.
func rejections() []fault {
	var faults []fault
	for _, rule := range []porttest.Rule{
		porttest.RejectNet, porttest.RejectHost, porttest.RejectProto, porttest.RejectPort, porttest.RejectNetProhibited,
		porttest.RejectHostProhibited, porttest.RejectAdmin, porttest.RejectCode(5), porttest.RejectCode(6), porttest.RejectCode(7),
		porttest.RejectCode(8), porttest.RejectCode(11), porttest.RejectCode(12), porttest.RejectCode(14), porttest.RejectCode(15),
	} {
		faults = append(faults, filtered("rejected, "+strings.TrimSpace(string(rule)), rejected, porttest.Router, rule))
	}
	return faults
}

// udp is a fault of UDP port 53; TCP port 80 is well.
func udp(name, truth string, inject func(*scene)) fault {
	return fault{name: "UDP: " + name, open: "80 53/udp", truth: []string{"53/udp " + truth}, inject: func(s *scene) {
		s.serve(80)
		inject(s)
	}}
}

var udpFaults = []fault{
	udp("nothing listens", "closed service-down", func(*scene) {}),
	udp("a service is silent", "open|filtered filtered", func(s *scene) { s.ListenUDP(s.at(53), porttest.Mute) }),
	udp("dropped", "open|filtered filtered", func(s *scene) { s.rule(53, porttest.Drop) }),
	udp("dropped by the host", "open|filtered filtered", func(s *scene) { s.Set(porttest.Host, s.at(53), porttest.Drop) }),
	udp("rejected by the router", rejected, func(s *scene) { s.rule(53, porttest.RejectAdmin) }),
	udp("host-unreachable by the router", rejected, func(s *scene) { s.rule(53, porttest.RejectHost) }),
	{name: "UDP: open, declared closed", open: "80", closed: "50-60/udp", truth: []string{"53/udp open unexpected-open"}, inject: func(s *scene) {
		s.serve(80)
		s.ListenUDP(s.at(53), porttest.Echo)
	}},
	{name: "UDP: the host is down", hosts: nobody4.String(), open: "53/udp", truth: []string{"53/udp open|filtered/filtered host-down"}, inject: func(*scene) {}},
}
