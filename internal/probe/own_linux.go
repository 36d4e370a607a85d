package probe

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// What this machine does to its own packets is never the target's doing. Linux
// tells without privileges: rtnetlink(7) how it reaches an address and whether a
// neighbour has answered, tcp(7) whether it could send a SYN again.

// ownFault tells whether an ICMP error for a packet to remote is of this machine
// itself, and which fault it is. Where the link is up and the target on it does not
// answer address resolution, this machine has no fault.
func ownFault(m look.ICMP, remote netip.Addr) (look.Reason, bool) {
	if m.From.WithZone("") == remote.WithZone("") {
		return "", false // the target's own word, also where it is this machine
	}
	sender, ok := routeTo(m.From)
	if !ok || !sender.own {
		return "", false
	}
	way, ok := routeTo(remote)
	switch {
	case !ok:
		return look.NoRoute, true
	case way.own:
		return "", false
	}
	if reason := fromICMP(m, look.Target{}).reason; reason != look.HostUnreach || way.answers(remote) {
		return look.PermDenied, true // our packet filter rejects
	}
	return look.GatewayUnreach, way.gateway.IsValid() || way.down()
}

// silenceFault returns the fault of this machine that explains why nothing came
// from remote to local; empty if none is known.
func silenceFault(local, remote netip.Addr) look.Reason {
	way, ok := routeFrom(local, remote)
	if ok && (way.gateway.IsValid() && !way.answers(remote) || !way.own && way.down()) {
		return look.GatewayUnreach
	}
	return ""
}

// unsent tells whether this machine itself dropped the SYN that fd sent last, as its
// packet filter does, a full connection table and, for a moment, a full queue. It is known
// only of a SYN that was sent again, after a second: such a one counts as on its way
// (tcpi_retrans) only if it left (kernel: net/ipv4/tcp_output.c, tcp_retransmit_skb).
func unsent(fd int) bool {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	return err == nil && info.State == synSent && info.Total_retrans > 0 && info.Retrans == 0
}

// unsentData tells whether this machine failed to send data after the handshake: data
// waits, none is under way, and the peer has room for it (kernel:
// net/ipv4/tcp_output.c, tcp_write_xmit).
func unsentData(fd int) bool {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	return err == nil && info.State == established && info.Notsent_bytes > 0 && info.Unacked == 0 && !windowClosed(fd)
}

// States of TCP (kernel: include/net/tcp_states.h).
const (
	established = 1
	synSent     = 2
	listening   = 10
)

// route is how this machine reaches an address.
type route struct {
	own     bool       // the address is of this machine
	all     bool       // the address is the broadcast address of a network of this machine
	gateway netip.Addr // who is sent to; invalid: the address itself
	link    uint32     // number of the interface
}

// routeTo returns the route that the system would take; ok is false if it has none.
func routeTo(addr netip.Addr) (r route, ok bool) { return routeFrom(netip.Addr{}, addr) }

// isBroadcast tells whether addr is the broadcast address of a network of this machine,
// which is no host's.
func isBroadcast(addr netip.Addr) bool {
	way, ok := routeTo(addr)
	return ok && way.all
}

// routeFrom is routeTo from a local address, since rules may route by it; from any
// if local is invalid.
func routeFrom(local, addr netip.Addr) (r route, ok bool) {
	var header [unix.SizeofRtMsg]byte
	header[0], header[1] = family(addr), uint8(addr.BitLen()) //nolint:gosec // 32 or 128
	question := slices.Concat(header[:], attribute(unix.RTA_DST, addr.AsSlice()))
	if local.IsValid() {
		question[2] = uint8(local.BitLen()) //nolint:gosec // 32 or 128
		question = append(question, attribute(unix.RTA_SRC, local.AsSlice())...)
	}
	if link := zoneID(addr.Zone()); link != 0 {
		question = append(question, attribute(unix.RTA_OIF, binary.NativeEndian.AppendUint32(nil, link))...)
	}
	m, ok := rtnetlink(unix.RTM_GETROUTE, unix.RTM_NEWROUTE, question)
	if !ok || len(m.Data) < unix.SizeofRtMsg {
		return route{}, false
	}
	attributes, err := syscall.ParseNetlinkRouteAttr(&m)
	if err != nil {
		return route{}, false
	}
	r.own, r.all = m.Data[7] == unix.RTN_LOCAL, m.Data[7] == unix.RTN_BROADCAST
	for _, a := range attributes {
		switch {
		case a.Attr.Type == unix.RTA_OIF && len(a.Value) == 4:
			r.link = binary.NativeEndian.Uint32(a.Value)
		case a.Attr.Type == unix.RTA_GATEWAY:
			r.gateway, _ = netip.AddrFromSlice(a.Value)
		case a.Attr.Type == unix.RTA_VIA && len(a.Value) > 2: // a gateway of the other family
			r.gateway, _ = netip.AddrFromSlice(a.Value[2:])
		}
	}
	return r, true
}

// answers is false if address resolution on the way to remote is known to have
// failed, or has not ended yet.
func (r route) answers(remote netip.Addr) bool {
	next := remote
	if r.gateway.IsValid() {
		next = r.gateway
	}
	var header [unix.SizeofNdMsg]byte
	header[0] = family(next)
	binary.NativeEndian.PutUint32(header[4:], r.link)
	m, ok := rtnetlink(unix.RTM_GETNEIGH, unix.RTM_NEWNEIGH, slices.Concat(header[:], attribute(unix.NDA_DST, next.AsSlice())))
	if !ok || len(m.Data) < unix.SizeofNdMsg {
		return true // a link without address resolution, or nothing was sent yet
	}
	return binary.NativeEndian.Uint16(m.Data[8:])&(unix.NUD_INCOMPLETE|unix.NUD_FAILED) == 0
}

// down tells whether the link is known to carry nothing: a cable is out, or no program
// serves a tunnel (kernel: Documentation/networking/operstates.rst).
func (r route) down() bool {
	var header [unix.SizeofIfInfomsg]byte
	binary.NativeEndian.PutUint32(header[4:], r.link)
	m, ok := rtnetlink(unix.RTM_GETLINK, unix.RTM_NEWLINK, header[:])
	if !ok || r.link == 0 || len(m.Data) < unix.SizeofIfInfomsg {
		return false
	}
	return binary.NativeEndian.Uint32(m.Data[8:])&unix.IFF_LOWER_UP == 0
}

func family(addr netip.Addr) uint8 {
	if addr.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// attribute is a struct rtattr, whose value needs no padding.
func attribute(kind uint16, value []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(unix.SizeofRtAttr+len(value))) //nolint:gosec // at most 20
	return append(binary.NativeEndian.AppendUint16(b, kind), value...)
}

// rtnetlink asks the kernel for one thing, and returns the message of type answer;
// ok is false if there is none.
func rtnetlink(question, answer uint16, body []byte) (m syscall.NetlinkMessage, ok bool) {
	for m := range netlink(unix.NETLINK_ROUTE, question, 0, body) {
		return m, m.Header.Type == answer
	}
	return m, false
}

// longestAnswer is room for the answer to one question. The longest answers, some 2 KB,
// are about interfaces. A dump comes in pieces of at most longestDump (kernel:
// net/netlink/af_netlink.c, netlink_dump). Where 20,000 looks end in silence at once, as
// much room for each of their questions takes a second.
const (
	longestAnswer = 8 << 10
	longestDump   = 32 << 10
)

// netlink asks the kernel, and yields the messages of its answer (netlink(7)). It does
// not wait: the kernel answers while it is asked.
func netlink(protocol int, question, flags uint16, body []byte) iter.Seq[syscall.NetlinkMessage] {
	return func(yield func(syscall.NetlinkMessage) bool) {
		fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
		if err != nil {
			return
		}
		defer func() { _ = unix.Close(fd) }()
		request := binary.NativeEndian.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(body))) //nolint:gosec // below 100
		request = binary.NativeEndian.AppendUint16(request, question)
		request = binary.NativeEndian.AppendUint16(request, unix.NLM_F_REQUEST|flags)
		request = slices.Concat(request, make([]byte, 8), body)
		if unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}) != nil {
			return
		}
		room := longestAnswer
		if flags&unix.NLM_F_DUMP != 0 {
			room = longestDump
		}
		buffer := make([]byte, room)
		for {
			n, _, err := unix.Recvfrom(fd, buffer, 0)
			if err != nil {
				return
			}
			messages, err := syscall.ParseNetlinkMessage(buffer[:n])
			if err != nil {
				return
			}
			for _, m := range messages {
				if m.Header.Type == unix.NLMSG_DONE || m.Header.Type == unix.NLMSG_ERROR || !yield(m) {
					return
				}
			}
			if flags&unix.NLM_F_DUMP == 0 {
				return
			}
		}
	}
}
