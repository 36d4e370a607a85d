// Package porttest has the servers that the tests of this module probe, each
// with a known behaviour, and a lab of Linux network namespaces with a real
// firewall.
//
// The lab is
//
//	prober --veth-- router --veth-- server
//
// where the prober is the test process itself. A test binary gets there with
//
//	func TestMain(m *testing.M) { os.Exit(porttest.Main(m)) }
//
// and a test takes the lab with [NewLab]. The lab needs Linux, the ip and nft
// commands, and root or a kernel that gives network namespaces to ordinary
// users; without them [NewLab] skips the test and says why. It touches no
// network but its own.
package porttest

import (
	"fmt"
	"net/netip"
	"testing"
)

// The addresses of the lab, all from the ranges that RFC 5737 and RFC 3849
// reserve for documentation. A name that ends in 6 is the IPv6 counterpart.
var (
	// ProberAddr and ProberAddr6 are this process's own addresses in the lab.
	ProberAddr  = netip.MustParseAddr("192.0.2.1")
	ProberAddr6 = netip.MustParseAddr("2001:db8:1::1")

	// RouterAddr and RouterAddr6 are the router on the prober's side: the
	// sender of the router's ICMP errors, and the prober's default gateway.
	RouterAddr  = netip.MustParseAddr("192.0.2.254")
	RouterAddr6 = netip.MustParseAddr("2001:db8:1::fe")

	// DownAddr and DownAddr6 are on the server's link, but nobody has them: the
	// router says "host unreachable" once its three ARP or neighbour
	// solicitations, one a second, stay unanswered.
	DownAddr  = netip.MustParseAddr("198.51.100.200")
	DownAddr6 = netip.MustParseAddr("2001:db8:2::200")
)

// Servers is the number of addresses of the server's namespace in each family.
const Servers = 20

// ServerAddr returns the i-th IPv4 address of the server's namespace,
// 198.51.100.i, so that one namespace stands for several hosts. It panics when
// i is not in 1 … [Servers].
func ServerAddr(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{198, 51, 100, serverByte(i)})
}

// ServerAddr6 returns the i-th IPv6 address of the server's namespace,
// 2001:db8:2::i. It panics when i is not in 1 … [Servers].
func ServerAddr6(i int) netip.Addr {
	return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 2, 15: serverByte(i)})
}

func serverByte(i int) byte {
	if i < 1 || i > Servers {
		panic(fmt.Sprintf("porttest: there is no server %d, expected 1 to %d", i, Servers))
	}
	return byte(i)
}

// unavailable is why there is no lab. Enter sets it before anything reads it.
var unavailable = "neither porttest.Main nor porttest.Enter was called"

// Unavailable returns why this process has no lab, such as "nft is not
// installed", or "" when it has one. It is meaningful after [Main] or [Enter].
func Unavailable() string { return unavailable }

// Main runs the tests of m in a copy of this process inside the lab's prober
// namespace (see [Enter]) or, where that is not possible, in this process. It
// returns the exit code for os.Exit.
func Main(m *testing.M) int {
	if code, done := Enter(); done {
		return code
	}
	return m.Run()
}
