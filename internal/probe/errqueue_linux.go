package probe

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

const sizeofSockExtendedErr = int(unsafe.Sizeof(unix.SockExtendedErr{}))

// queueErrors has the ICMP errors for fd put on its error queue.
func queueErrors(fd int, ipv6 bool) error {
	if ipv6 {
		return unix.SetsockoptInt(fd, unix.SOL_IPV6, unix.IPV6_RECVERR, 1)
	}
	return unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_RECVERR, 1)
}

// reportErrors is queueErrors as net.Dialer's Control. It takes back what a Dialer lets
// datagram sockets do: a look is at one host, and never a broadcast.
func reportErrors(network, _ string, c syscall.RawConn) error {
	var err error
	return errors.Join(c.Control(func(fd uintptr) {
		err = errors.Join(queueErrors(int(fd), strings.HasSuffix(network, "6")), unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BROADCAST, 0))
	}), err)
}

// connICMP takes the ICMP error off conn's error queue, if there is one.
func connICMP(conn *net.UDPConn) (icmp look.ICMP, ok bool) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return look.ICMP{}, false
	}
	if raw.Control(func(fd uintptr) { icmp, ok = readErrorQueue(int(fd)) }) != nil {
		return look.ICMP{}, false
	}
	return icmp, ok
}

// readErrorQueue takes the ICMP error that ended fd's connect off the
// socket's error queue (ip(7), IP_RECVERR). It does not wait.
func readErrorQueue(fd int) (look.ICMP, bool) {
	// One message has a header of 16 bytes, an error of 16 and an address of up
	// to 28.
	var control [128]byte
	_, n, _, _, err := unix.Recvmsg(fd, nil, control[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
	if err != nil {
		return look.ICMP{}, false
	}
	return parseErrorQueue(control[:n])
}

// parseErrorQueue finds an ICMP error among control messages. Each is a
// struct sock_extended_err (linux/errqueue.h: errno u32, origin u8, type u8,
// code u8, pad u8, info u32, data u32), followed by the sockaddr of the
// offender that sent it.
func parseErrorQueue(control []byte) (look.ICMP, bool) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return look.ICMP{}, false
	}
	for _, m := range messages {
		v4 := m.Header.Level == unix.SOL_IP && m.Header.Type == unix.IP_RECVERR
		v6 := m.Header.Level == unix.SOL_IPV6 && m.Header.Type == unix.IPV6_RECVERR
		if !v4 && !v6 || len(m.Data) < sizeofSockExtendedErr {
			continue
		}
		origin := m.Data[4]
		if origin != unix.SO_EE_ORIGIN_ICMP && origin != unix.SO_EE_ORIGIN_ICMP6 {
			continue
		}
		from, ok := parseOffender(m.Data[sizeofSockExtendedErr:])
		if !ok || from.Is6() != (origin == unix.SO_EE_ORIGIN_ICMP6) {
			continue
		}
		return look.ICMP{Type: m.Data[5], Code: m.Data[6], From: from}, true
	}
	return look.ICMP{}, false
}

// parseOffender reads a sockaddr_in or sockaddr_in6 (ip(7), ipv6(7)).
func parseOffender(b []byte) (netip.Addr, bool) {
	if len(b) < 2 {
		return netip.Addr{}, false
	}
	switch family := binary.NativeEndian.Uint16(b); {
	case family == unix.AF_INET && len(b) >= 8:
		return netip.AddrFrom4([4]byte(b[4:8])), true
	case family == unix.AF_INET6 && len(b) >= 24:
		return netip.AddrFrom16([16]byte(b[8:24])), true
	}
	return netip.Addr{}, false
}

// sockaddr converts to the form of the system calls.
func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16(), ZoneId: zoneID(a.Addr().Zone())}
}

// zoneID is the number of the interface called zone, 0 if there is none.
func zoneID(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if ifi, err := net.InterfaceByName(zone); err == nil {
		return uint32(ifi.Index) //nolint:gosec // a small positive number
	}
	n, _ := strconv.ParseUint(zone, 10, 32)
	return uint32(n)
}
