package probe

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// A rule of this machine may redirect connections to a proxy on it, as the sidecar of a
// service mesh or a security agent does. Such a proxy accepts before it knows whether
// the host does, or for good. The kernel tells everybody about the proxy's end of the
// connection (sock_diag(7)). To ask about one socket takes microseconds; a list of all
// of them, as in /proc/net/tcp, takes some ten milliseconds, and megabytes where many
// connections have been closed.

// proxied tells whether the other end of a connection from local to remote is a proxy
// on this machine: on a loopback address, where REDIRECT leads, or on an address that
// is not this machine's, as TPROXY has it. A service of this machine that a rule gives
// another address, as Kubernetes does, is none.
func proxied(local, remote netip.AddrPort) bool {
	if way, ok := routeTo(remote.Addr()); !ok || way.own {
		return false
	}
	if isConnected(remote, local) {
		return true
	}
	loopback := netip.IPv6Loopback()
	if local.Addr().Is4() {
		loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	for _, port := range listeningPorts() {
		if isConnected(netip.AddrPortFrom(loopback, port), local) {
			return true
		}
	}
	return false
}

// isConnected tells whether a TCP socket of this machine has the address own and is
// connected to peer, which is of the same family.
func isConnected(own, peer netip.AddrPort) bool {
	question := diagQuestion(family(own.Addr()), 1<<established)
	id := question[diagID:]
	binary.BigEndian.PutUint16(id[0:], own.Port())
	binary.BigEndian.PutUint16(id[2:], peer.Port())
	copy(id[4:20], own.Addr().AsSlice())
	copy(id[20:36], peer.Addr().AsSlice())
	for m := range netlink(unix.NETLINK_SOCK_DIAG, unix.SOCK_DIAG_BY_FAMILY, 0, question) {
		// A socket that listens answers too, where none is connected.
		return m.Header.Type == unix.SOCK_DIAG_BY_FAMILY && len(m.Data) > 1 && m.Data[1] != listening
	}
	return false
}

// listeningPorts are the TCP ports of this machine on which anything listens.
func listeningPorts() (ports []uint16) {
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		for m := range netlink(unix.NETLINK_SOCK_DIAG, unix.SOCK_DIAG_BY_FAMILY, unix.NLM_F_DUMP, diagQuestion(family, 1<<listening)) {
			if port, ok := diagPort(m); ok {
				ports = append(ports, port)
			}
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// The layout of a struct inet_diag_req_v2, and of the struct inet_diag_msg that answers
// it (kernel: include/uapi/linux/inet_diag.h): the lengths in bytes, and where the
// struct inet_diag_sockid is that names a socket.
const (
	diagLength    = 56
	diagID        = 8
	diagAnswerID  = 4
	diagAnswerLen = 72
)

// diagQuestion asks for TCP sockets of a family that are in one of states.
func diagQuestion(family uint8, states uint32) []byte {
	question := make([]byte, diagLength)
	question[0], question[1] = family, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(question[4:], states)
	for i := diagLength - 8; i < diagLength; i++ {
		question[i] = 0xff // INET_DIAG_NOCOOKIE: any socket that has the addresses
	}
	return question
}

// diagPort is the port of the socket that m tells about.
func diagPort(m syscall.NetlinkMessage) (port uint16, ok bool) {
	if m.Header.Type != unix.SOCK_DIAG_BY_FAMILY || len(m.Data) < diagAnswerLen {
		return 0, false
	}
	return binary.BigEndian.Uint16(m.Data[diagAnswerID:]), true
}
