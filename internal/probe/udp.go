package probe

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/service"
)

// maxResend is how long the first wait for an answer lasts at most, before the
// datagram is sent again; each further wait is twice as long. A datagram that was
// lost is not silence.
const maxResend = 500 * time.Millisecond

// udp fills r by sending what the port's protocol answers to, on a connected
// socket, which hears of ICMP errors.
func (p Prober) udp(ctx context.Context, t look.Target, way int, timeout time.Duration, r *look.Result) (next bool) {
	dialer := net.Dialer{Control: reportErrors}
	if source := p.source(t.Addr.Addr()); source.IsValid() {
		dialer.LocalAddr = net.UDPAddrFromAddrPort(source)
	}
	dialed, err := dialer.DialContext(ctx, "udp", t.Addr.String())
	if err != nil {
		if ctx.Err() == nil {
			set(r, system.fromOpen(err))
		}
		return false
	}
	defer func() { _ = dialed.Close() }()
	conn, ok := dialed.(*net.UDPConn)
	if !ok {
		r.Set(look.Unknown, look.UnexpectedError)
		return false
	}
	if local, ok := conn.LocalAddr().(*net.UDPAddr); ok {
		r.Local = local.AddrPort()
	}
	if r.Local == r.Remote {
		// A closed port of our own that this socket got to send from: it would
		// answer itself.
		r.Set(look.Closed, look.PortUnreach)
		return false
	}
	if strand(r) {
		return false
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })()
	return exchange(ctx, conn, t, way, r.Start.Add(timeout), r)
}

// exchange sends until something comes back, deadline is over or ctx ends.
func exchange(ctx context.Context, conn *net.UDPConn, t look.Target, way int, deadline time.Time, r *look.Result) (next bool) {
	payload, answered := service.Datagram(t, way)
	answer := make([]byte, 2048) // more than any service's that is judged
	for wait := min(maxResend, time.Until(deadline)/4); ; wait *= 2 {
		_, err := conn.Write(payload)
		if tooLarge(conn, err) {
			_, err = conn.Write(payload)
		}
		if err != nil {
			refused(r, conn, t, system.fromSend(err))
			return false
		}
		until := time.Now().Add(wait)
		if until.After(deadline) {
			until = deadline
		}
		_ = conn.SetReadDeadline(until) // fails only on a closed conn, and then so does Read
		if ctx.Err() != nil {
			return false
		}
		n, err := receive(conn, answer)
		switch {
		case ctx.Err() != nil:
			return false
		case tooLarge(conn, err):
			wait /= 2 // it was not heard at all
		case err == nil:
			r.Set(look.Open, look.UDPResponse)
			return answered(answer[:n], r)
		case !service.IsTimeout(err) || until.Equal(deadline):
			refused(r, conn, t, system.fromReceive(err))
			return false
		}
	}
}

// receive reads the beginning of a datagram. Windows makes an error of it that
// there was more. A datagram counts that came while a busy machine did not run this
// process, although the time is over by then.
func receive(conn *net.UDPConn, answer []byte) (int, error) {
	n, err := conn.Read(answer)
	if service.IsTimeout(err) {
		_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
		n, err = conn.Read(answer)
	}
	if errors.Is(err, wsaEMSGSIZE) {
		return len(answer), nil
	}
	return n, err
}

// tooLarge tells whether err says that a datagram did not fit a link on the way,
// which says nothing of the port (RFC 1191: ICMP 3/4; RFC 8201: ICMPv6 2). The
// system has learned the size and cuts the next one up.
func tooLarge(conn *net.UDPConn, err error) bool {
	if !errors.Is(err, syscall.EMSGSIZE) {
		return false
	}
	_, _ = connICMP(conn) // off the queue with it
	return true
}

// refused fills r with the ICMP error that conn got, or with otherwise if none
// is known. Silence may be our own doing.
func refused(r *look.Result, conn *net.UDPConn, t look.Target, otherwise fact) {
	set(r, otherwise)
	if icmp, ok := connICMP(conn); ok {
		r.ICMP = &icmp
		set(r, refusal(icmp, t))
	}
	if r.Reason != look.NoResponse && r.Reason != look.NoBuffer { // a link that has just gone down drops at once
		return
	}
	if fault := silenceFault(r.Local.Addr(), t.Addr.Addr()); fault != "" {
		r.Set(look.Unknown, fault)
	}
}
