package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// A machine may have addresses of a family and no route to a remote one, or a route
// and no address that is good for it. Both are look.NoRoute.

// discard is a port that nothing is sent to here.
const discard = 9

// from is the local address that the system would send to remote from. The error is
// that of connecting a datagram socket, which sends nothing.
func (p Prober) from(ctx context.Context, remote netip.Addr) (netip.Addr, error) {
	var dialer net.Dialer
	if source := p.source(remote); source.IsValid() {
		dialer.LocalAddr = net.UDPAddrFromAddrPort(source)
	}
	conn, err := dialer.DialContext(ctx, "udp", netip.AddrPortFrom(remote, discard).String())
	if err != nil {
		return netip.Addr{}, err
	}
	defer func() { _ = conn.Close() }()
	local, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.Addr{}, errors.ErrUnsupported
	}
	return local.AddrPort().Addr(), nil
}

// noAddress tells whether this machine has no address that could send to remote, as
// where IPv6 is switched off. EADDRNOTAVAIL of a connect means that, or else that
// no local port is left: datagram sockets have ports of their own, and say the
// latter by another errno.
func (p Prober) noAddress(ctx context.Context, remote netip.Addr) bool {
	_, err := p.from(ctx, remote)
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, wsaEADDRNOTAVAIL)
}

// stranded tells whether what is sent from local cannot reach remote, since no
// router carries it off its link (RFC 4291 section 2.5.6). A router that announces
// itself and no prefix makes a default route to use with such an address. In IPv4
// it proves nothing: clouds translate link-local addresses (169.254.0.0/16).
func stranded(local, remote netip.Addr) bool {
	return local.Is6() && local.IsLinkLocalUnicast() &&
		remote.IsGlobalUnicast() && !onLink(remote)
}

// strand makes r a lack of a route if its look was, or would be, from an address
// that is stranded.
func strand(r *look.Result) bool {
	if !stranded(r.Local.Addr(), r.Remote.Addr()) {
		return false
	}
	r.Set(look.Unknown, look.NoRoute)
	return true
}
