package tunnel

import (
	"encoding/binary"
	"net/netip"
	"sync"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// standInNet is where stand-ins are from: class E, which no host has (RFC 1112
// section 4).
var standInNet = netip.MustParsePrefix("240.0.0.0/4")

// StandIn tells whether addr stands for a name that the place resolves itself. No
// such place tells us an address, and a scan wants one for each name: so it is an
// address that nobody has, a new one for each name of a View. It is an IPv4
// address, whatever the place finds.
func StandIn(addr netip.Addr) bool { return standInNet.Contains(addr) }

// standIns are the stand-ins of one View, by name and by address. A nil *standIns
// has none.
type standIns struct {
	mu    sync.Mutex
	addrs map[endpoint.Host]netip.Addr
	names map[netip.Addr]string
}

// addr is the stand-in of a name.
func (s *standIns) addr(name endpoint.Host) ([]netip.Addr, look.Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addrs == nil {
		s.addrs, s.names = map[endpoint.Host]netip.Addr{}, map[netip.Addr]string{}
	}
	addr, ok := s.addrs[name]
	if !ok {
		first := standInNet.Addr().As4()
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(first[:])+uint32(len(s.addrs))+1) //nolint:gosec // far fewer than 2^28 names
		addr = netip.AddrFrom4(b)
		s.addrs[name], s.names[addr] = addr, string(name)
	}
	return []netip.Addr{addr}, ""
}

// name is the name that addr stands for.
func (s *standIns) name(addr netip.Addr) (string, bool) {
	if s == nil {
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name, ok := s.names[addr]
	return name, ok
}
