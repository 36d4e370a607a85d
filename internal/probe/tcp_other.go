//go:build !linux

package probe

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

// tcp fills r by the standard dialer: without an error queue, errno is all
// there is.
func (p Prober) tcp(ctx context.Context, t Target, timeout time.Duration, r *Result) {
	dialer := net.Dialer{Timeout: timeout, KeepAliveConfig: net.KeepAliveConfig{Enable: false}}
	if source := p.source(t.Addr.Addr()); source.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(source)
	}
	conn, err := dialer.DialContext(ctx, "tcp", t.Addr.String())
	if err != nil {
		f := fromDial(err)
		if ctx.Err() != nil {
			f = fact{Unknown, Cancelled}
		}
		r.State, r.Reason = f.state, f.reason
		return
	}
	r.State, r.Reason = Open, SynAck
	if local, ok := conn.LocalAddr().(*net.TCPAddr); ok {
		r.Local = local.AddrPort()
	}
	if tcp, ok := conn.(*net.TCPConn); ok && t.Abort {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// fromDial classifies an error of net.Dialer. A time-out comes in two shapes,
// only one of which is os.ErrDeadlineExceeded; both are net.Errors.
func fromDial(err error) fact {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fact{Filtered, NoResponse}
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		if reason, local := localErrnos[errno]; local && errno != syscall.EHOSTUNREACH {
			return fact{Unknown, reason}
		}
		return fromConnect(errno)
	}
	return fact{Unknown, UnexpectedError}
}
