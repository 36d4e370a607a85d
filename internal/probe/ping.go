package probe

import (
	"context"
	"crypto/rand"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// Ping tells whether addr answers an ICMP echo (RFC 792, RFC 4443 section 4)
// within timeout, over an unprivileged socket where the system gives one, over a
// raw one where we may. Where we may neither, it is false. It only explains why
// ports are silent; it never stands for a port.
func (p Prober) Ping(ctx context.Context, addr netip.Addr, timeout time.Duration) bool {
	conn, privileged := p.listenPing(addr)
	if conn == nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	// In this order: a ctx that has ended already must have the last word.
	if conn.SetDeadline(time.Now().Add(timeout)) != nil {
		return false
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	// The nonce tells our echo from others': an unprivileged socket's
	// identifier is the kernel's choice, and a raw one hears them all.
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails
	if !sendEcho(conn, addr, nonce, privileged) {
		return false
	}
	buffer := make([]byte, 1500)
	for {
		n, _, err := conn.ReadFrom(buffer)
		if err != nil {
			return false
		}
		if isEcho(buffer[:n], addr, nonce) {
			return true
		}
	}
}

// listenPing opens a socket for pings to addr's family, nil if we may not.
func (p Prober) listenPing(addr netip.Addr) (conn *icmp.PacketConn, privileged bool) {
	unprivileged, raw, local := "udp4", "ip4:icmp", "0.0.0.0"
	if addr.Is6() {
		unprivileged, raw, local = "udp6", "ip6:ipv6-icmp", "::"
	}
	if source := p.source(addr); source.IsValid() {
		local = source.Addr().String()
	}
	if conn, err := icmp.ListenPacket(unprivileged, local); err == nil {
		return conn, false
	}
	if conn, err := icmp.ListenPacket(raw, local); err == nil {
		return conn, true
	}
	return nil, false
}

func sendEcho(conn *icmp.PacketConn, addr netip.Addr, nonce []byte, privileged bool) bool {
	message := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: os.Getpid() & 0xffff, Seq: 1, Data: nonce}}
	if addr.Is6() {
		message.Type = ipv6.ICMPTypeEchoRequest
	}
	packet, err := message.Marshal(nil)
	if err != nil {
		return false
	}
	var to net.Addr = net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0))
	if privileged {
		to = &net.IPAddr{IP: addr.AsSlice(), Zone: addr.Zone()}
	}
	_, err = conn.WriteTo(packet, to)
	return err == nil
}

// isEcho tells whether packet is the reply to the echo with this nonce.
func isEcho(packet []byte, addr netip.Addr, nonce []byte) bool {
	protocol := 1 // ICMP, as IANA numbers protocols
	var reply icmp.Type = ipv4.ICMPTypeEchoReply
	if addr.Is6() {
		protocol, reply = 58, ipv6.ICMPTypeEchoReply
	}
	message, err := icmp.ParseMessage(protocol, packet)
	if err != nil || message.Type != reply {
		return false
	}
	echo, ok := message.Body.(*icmp.Echo)
	return ok && slices.Equal(echo.Data, nonce)
}
