//go:build faults

package scan

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// zone is what a name server of the tests knows, by lower-case name with the dot at
// its end.
type zone map[string]*zoneEntry

type zoneEntry struct {
	code   dnsmessage.RCode
	silent bool
	addrs  []netip.Addr
}

var zoneMutex sync.Mutex

// name is that of the scene's host.
func (s *scene) name() string { return fmt.Sprintf("host%d.example", s.n) }

// named gives the name of the scene's host its entry.
func (s *scene) named(e zoneEntry) {
	zoneMutex.Lock()
	defer zoneMutex.Unlock()
	s.zone[s.name()+"."] = &e
}

// serve has the resolver of this process ask a name server that knows z, until the
// end of the test.
func (z zone) serve(t *testing.T) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		question := make([]byte, 1500)
		for {
			n, from, err := socket.ReadFrom(question)
			if err != nil {
				return
			}
			if answer := z.answer(question[:n]); answer != nil {
				_, _ = socket.WriteTo(answer, from) // the resolver asks again
			}
		}
	}()
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = socket.Close()
		<-done
	})
}

// answer is what the server says to a question; nil if nothing.
func (z zone) answer(question []byte) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
		return nil
	}
	zoneMutex.Lock()
	e := z[strings.ToLower(m.Questions[0].Name.String())]
	zoneMutex.Unlock()
	m.Additionals = nil
	m.Response, m.RecursionAvailable = true, true
	if e == nil {
		m.RCode = dnsmessage.RCodeNameError
		e = &zoneEntry{code: dnsmessage.RCodeNameError}
	}
	if e.silent {
		return nil
	}
	m.RCode = e.code
	for _, addr := range e.addrs {
		header := dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET}
		switch typ := m.Questions[0].Type; {
		case typ == dnsmessage.TypeA && addr.Is4():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}})
		case typ == dnsmessage.TypeAAAA && addr.Is6():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
		}
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// nobody4 and nobody6 are on the server's link, and nobody has them.
var nobody4, nobody6 = netip.MustParseAddr("198.51.100.210"), netip.MustParseAddr("2001:db8:2::210")

// unresolved is a fault of a name that does not resolve.
func unresolved(name string, e zoneEntry) fault {
	return fault{name: "name: " + name, hosts: "NAME", open: "80 443", truth: []string{"* unknown not-resolvable"}, ours: true,
		inject: func(s *scene) { s.named(e) }}
}

// resolved is a fault of a name whose addresses are those of the scene's host and
// others.
func resolved(name, truth string, others []netip.Addr, inject func(*scene)) fault {
	return fault{name: "name: " + name, hosts: "NAME", open: "80 81", truth: []string{"80 " + truth, "81 " + truth}, inject: func(s *scene) {
		s.serve(80, 81)
		s.named(zoneEntry{addrs: append([]netip.Addr{s.host}, others...)})
		if inject != nil {
			inject(s)
		}
	}}
}

var nameFaults = []fault{
	unresolved("NXDOMAIN", zoneEntry{code: dnsmessage.RCodeNameError}),
	unresolved("SERVFAIL", zoneEntry{code: dnsmessage.RCodeServerFailure}),
	unresolved("REFUSED", zoneEntry{code: dnsmessage.RCodeRefused}),
	unresolved("no address", zoneEntry{}),
	unresolved("the name server is silent", zoneEntry{silent: true}),
	unresolved("0.0.0.0, as filters answer", zoneEntry{addrs: []netip.Addr{netip.IPv4Unspecified()}}),
	unresolved(":: and 0.0.0.0", zoneEntry{addrs: []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}}),
	resolved("one of two A records is dead", "filtered host-down", []netip.Addr{nobody4}, nil),
	resolved("a stale AAAA record", "filtered host-down", []netip.Addr{nobody6}, nil),
	resolved("one of two A records goes nowhere", "filtered rejected/host-down", []netip.Addr{netip.MustParseAddr("203.0.113.77")}, nil),
	{name: "name: one of two A records refuses one port", hosts: "NAME", open: "80 81", truth: []string{"81 closed service-down"}, inject: func(s *scene) {
		s.serve(80, 81)
		other := otherHost(s)
		s.Listen(netip.AddrPortFrom(other, 80), porttest.AcceptClose)
		s.named(zoneEntry{addrs: []netip.Addr{s.host, other}})
	}},
	{name: "name: one of two A records drops one port", hosts: "NAME", open: "80 81", truth: []string{"81 filtered filtered"}, inject: func(s *scene) {
		s.serve(80, 81)
		other := otherHost(s)
		s.Listen(netip.AddrPortFrom(other, 80), porttest.AcceptClose)
		s.Set(porttest.Router, netip.AddrPortFrom(other, 81), porttest.Drop)
		s.named(zoneEntry{addrs: []netip.Addr{s.host, other}})
	}},
	{name: "name: one port of the only address is dropped", hosts: "NAME", open: "80 81", truth: []string{"81 filtered filtered"}, inject: func(s *scene) {
		s.serve(80)
		s.rule(81, porttest.Drop)
		s.named(zoneEntry{addrs: []netip.Addr{s.host, s.host6}})
		s.Listen(netip.AddrPortFrom(s.host6, 80), porttest.AcceptClose)
		s.Listen(netip.AddrPortFrom(s.host6, 81), porttest.AcceptClose)
	}},
}

// otherHost is an address of the server's namespace that no other fault has.
func otherHost(s *scene) netip.Addr { return porttest.ManyAddr(s.n) }
