package porttest

import (
	"fmt"
	"net/netip"
)

// Many is the number of addresses that [ManyAddr] knows.
const Many = 1<<17 - 2

// ManyAddr returns the i-th of [Many] further IPv4 addresses of the server's
// namespace, from the range that RFC 2544 reserves for benchmarks: 198.18.0.i
// and on. They have the services of [Lab.ListenAll]; all other ports refuse. It
// panics when i is not in 1 … [Many].
func ManyAddr(i int) netip.Addr {
	if i < 1 || i > Many {
		panic(fmt.Sprintf("porttest: there is no address %d, expected 1 to %d", i, Many))
	}
	return netip.AddrFrom4([4]byte{198, byte(18 + i>>16), byte(i >> 8), byte(i)})
}

// ListenAll starts a TCP service like [Lab.Listen], but on a port of all
// addresses of the server's namespace, those of [ManyAddr] among them.
func (l *Lab) ListenAll(port uint16, behaviour Behaviour) *Server {
	return l.Listen(netip.AddrPortFrom(netip.IPv6Unspecified(), port), behaviour)
}
