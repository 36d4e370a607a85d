package probe

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// congested is how much longer a look lasts whose last SYN did not leave this machine. A
// SYN that a full queue has dropped is sent again after half a second, whatever the
// time-outs are (kernel: net/ipv4/tcp_timer.c, TCP_RESOURCE_PROBE_INTERVAL). One that a
// packet filter drops is not: the next one comes later, and does not leave either. A look
// at a service lasts no longer, since the service would have no time left to speak.
const congested = 600 * time.Millisecond

// wait returns what r becomes when the connect is decided, deadline is over or ctx
// ends.
func (s *socket) wait(ctx context.Context, t look.Target, r look.Result, deadline time.Time) look.Result {
	file := s.pollable()
	raw, err := file.SyscallConn()
	if err == nil {
		err = file.SetWriteDeadline(deadline)
	}
	if err != nil {
		r.Set(look.Unknown, look.UnexpectedError)
		return r
	}
	stop := context.AfterFunc(ctx, func() { _ = file.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	err = s.decided(ctx, raw, t, &r)
	if !t.Scheme.Service() && isUnsent(ctx, err, raw) && file.SetWriteDeadline(deadline.Add(congested)) == nil {
		err = s.decided(ctx, raw, t, &r)
	}
	switch {
	case err == nil && r.Reason == look.ZeroWindow:
		awaitWindow(ctx, raw, &r, deadline)
	case err == nil:
	case ctx.Err() != nil:
		r.Set(look.Unknown, look.Cancelled)
	case errors.Is(err, os.ErrDeadlineExceeded):
		silent(raw, t, &r)
	default:
		r.Set(look.Unknown, look.UnexpectedError)
	}
	return r
}

// isUnsent tells whether a look that ended with err has heard nothing because its last SYN
// did not leave this machine.
func isUnsent(ctx context.Context, err error, raw syscall.RawConn) bool {
	return ctx.Err() == nil && errors.Is(err, os.ErrDeadlineExceeded) && controlled(raw, unsent)
}

// decided fills r when the connect is decided before the deadline of raw, or else
// returns an error.
func (s *socket) decided(ctx context.Context, raw syscall.RawConn, t look.Target, r *look.Result) error {
	to := sockaddr(t.Addr)
	decided := func(uintptr) bool {
		errno, pending := s.outcome(to)
		if !pending {
			s.finish(t, errno, r)
		}
		return !pending
	}
	err := raw.Write(decided)
	if ctx.Err() != nil || !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	// A busy machine may not have run this process for a while. Then the time is over
	// when it wakes up, although the answer came long before.
	if controlled(raw, func(fd int) bool { return decided(uintptr(fd)) }) {
		return nil
	}
	return err
}

// controlled is what tells says of the descriptor of raw; false if that is closed.
func controlled(raw syscall.RawConn, tells func(fd int) bool) (told bool) {
	err := raw.Control(func(fd uintptr) { told = tells(int(fd)) })
	return err == nil && told
}

// silent fills r when nothing has come back: that may be our own doing.
func silent(raw syscall.RawConn, t look.Target, r *look.Result) {
	r.Set(look.Filtered, look.NoResponse)
	local := r.Local
	_ = raw.Control(func(fd uintptr) { local = localAddr(int(fd)) })
	if controlled(raw, unsent) {
		r.Set(look.Unknown, look.PermDenied)
	} else if fault := silenceFault(local.Addr(), t.Addr.Addr()); fault != "" {
		r.Set(look.Unknown, fault)
	}
}
