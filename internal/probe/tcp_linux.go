package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/service"
)

// tcp fills r by a non-blocking connect, and turns to the service behind the
// port if there is to be one. An answer that is there at once (loopback, a refusal
// on the way out) is finished inline; everything else waits on the runtime's
// poller. A goroutine and a poller round trip for each look would halve the
// throughput.
func (p Prober) tcp(ctx context.Context, t look.Target, way int, timeout time.Duration, r *look.Result) (next bool) {
	s, f := p.open(t)
	if s.fd < 0 {
		set(r, f)
		return false
	}
	defer s.close()
	if s.connect(t, r) {
		*r = s.wait(ctx, t, *r, r.Start.Add(timeout))
	} else if s.bare && r.Reason == look.ConnRefused && !r.Local.IsValid() {
		p.idle.keep(&s, t.Addr.Addr().Is6())
	}
	if r.State != look.Open {
		return false
	}
	if !t.Scheme.Service() {
		if t.Doubt && proxied(r.Local, r.Remote) {
			r.Set(look.Unknown, look.Proxied)
		}
		return false
	}
	*r, next = s.converse(ctx, t, way, *r, r.Start.Add(timeout))
	return next
}

// converse returns what r becomes when the service behind a connected socket has been
// spoken to.
func (s *socket) converse(ctx context.Context, t look.Target, way int, r look.Result, deadline time.Time) (_ look.Result, next bool) {
	conn, err := s.conn()
	if err != nil {
		set(&r, system.fromOpen(err))
		return r, false
	}
	watched := &gapConn{Conn: conn}
	next = service.Converse(ctx, watched, t, way, deadline, &r)
	watched.explain(&r)
	return r, next
}

// socket is the one owner of a descriptor: of a bare number at first, of a file
// once the poller has to know it.
type socket struct {
	fd   int      // -1 if closed, or never opened
	file *os.File // nil until the poller has to know fd; then it is the owner of it
	bare bool     // ICMP errors are not asked for
	own  bool     // it has had its chance of a local port of its own, see idle
}

func (s *socket) close() {
	switch {
	case s.file != nil:
		_ = s.file.Close()
	case s.fd >= 0:
		_ = unix.Close(s.fd)
	}
	*s = socket{fd: -1}
}

// pollable hands the descriptor to the poller.
func (s *socket) pollable() *os.File {
	if s.file == nil {
		s.file = os.NewFile(uintptr(s.fd), "")
	}
	return s.file
}

// conn makes a connection of a connected socket, which it closes: the connection
// has a descriptor of its own.
func (s *socket) conn() (net.Conn, error) {
	defer s.close()
	return net.FileConn(s.pollable())
}

// open returns a socket that is ready to connect. If its fd is -1, the fact says
// why there is none.
func (p Prober) open(t look.Target) (socket, fact) {
	none, remote, bare := socket{fd: -1}, t.Addr.Addr(), p.bare(t)
	if bare {
		if s := p.idle.take(remote.Is6()); s.fd >= 0 {
			return s, fact{}
		}
	}
	family := unix.AF_INET
	if remote.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return none, system.fromOpen(err)
	}
	s := socket{fd: fd, bare: bare}
	if bare {
		return s, fact{}
	}
	if err := queueErrors(fd, remote.Is6()); err != nil {
		s.close()
		return none, system.fromOpen(err)
	}
	source := p.source(remote)
	if !source.IsValid() {
		return s, fact{}
	}
	// Without this a bound socket takes a port of its own for each look and
	// the ephemeral range is soon used up (ip(7)).
	_ = unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	if err := unix.Bind(fd, sockaddr(source)); err != nil {
		s.close()
		return none, system.fromOpen(os.NewSyscallError("bind", err))
	}
	return s, fact{}
}

// connect begins the connect, and fills r if the answer is there at once. It
// tells whether the answer is still to be waited for.
func (s *socket) connect(t look.Target, r *look.Result) (pending bool) {
	to := sockaddr(t.Addr)
	switch err := unix.Connect(s.fd, to); {
	case errors.Is(err, unix.EINPROGRESS), errors.Is(err, unix.EINTR):
		s.locate(t, r)
		if strand(r) {
			return false
		}
		// On loopback the answer is there as soon as connect has returned.
		errno, pending := s.outcome(to)
		if !pending {
			s.finish(t, errno, r)
		}
		return pending || errno == 0 && r.Reason == look.ZeroWindow
	case err == nil:
		s.finish(t, 0, r)
	case errors.Is(err, unix.ECONNREFUSED):
		s.finish(t, unix.ECONNREFUSED, r)
	default:
		set(r, system.fromOpen(err))
		if icmp, ok := readErrorQueue(s.fd); ok {
			r.ICMP = &icmp
			set(r, refusal(icmp, t))
		}
	}
	return false
}

// locate notes the local address while the socket has it. A sweep needs it only of
// open ports, for which finish finds it out, and to know what strands.
func (s *socket) locate(t look.Target, r *look.Result) {
	if !t.Abort || t.Addr.Addr().Is6() && !s.bare {
		r.Local = localAddr(s.fd)
	}
}

// outcome says how the connect ended: 0 is connected. The poller may wake us for
// nothing, then the connect is still pending. On loopback one more connect tells, and
// leaves a refused socket ready to connect anew. Elsewhere it would not do: an ICMP
// error that comes while a call holds the socket is told by SO_ERROR alone.
func (s *socket) outcome(to unix.Sockaddr) (errno syscall.Errno, pending bool) {
	if s.bare {
		err := unix.Connect(s.fd, to)
		if err == nil || errors.Is(err, unix.EISCONN) {
			return 0, false
		}
		if errno, ok := errors.AsType[syscall.Errno](err); ok && errno != unix.EALREADY && errno != unix.EINPROGRESS && errno != unix.EINTR {
			return errno, false
		}
	}
	return connectError(s.fd)
}

// connectError says how the connect of fd ended, as outcome does.
func connectError(fd int) (errno syscall.Errno, pending bool) {
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return unix.EINVAL, false
	}
	if code != 0 {
		return syscall.Errno(code), false
	}
	_, err = unix.Getpeername(fd)
	return 0, errors.Is(err, unix.ENOTCONN)
}

// finish judges a connect that ended with errno, 0 meaning connected.
func (s *socket) finish(t look.Target, errno syscall.Errno, r *look.Result) {
	if errno != 0 {
		if s.bare && errno == unix.ECONNREFUSED {
			r.Set(look.Closed, look.ConnRefused)
			return
		}
		if icmp, ok := readErrorQueue(s.fd); ok {
			r.ICMP = &icmp
			set(r, refusal(icmp, t))
			return
		}
		set(r, system.fromConnect(errno))
		if r.State == look.Open && windowClosed(s.fd) {
			r.Set(look.Unresponsive, look.ZeroWindow)
		}
		return
	}
	if !r.Local.IsValid() {
		r.Local = localAddr(s.fd)
	}
	if t.Abort {
		_ = unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	if r.Local == r.Remote {
		// A connect to a closed port of our own can meet itself, if it got
		// that very port to come from.
		r.Set(look.Closed, look.ConnRefused)
		return
	}
	r.Set(look.Open, look.SynAck)
	if windowClosed(s.fd) {
		r.Set(look.Unresponsive, look.ZeroWindow)
	}
}

func localAddr(fd int) netip.AddrPort {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)) //nolint:gosec // a port
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port)) //nolint:gosec // a port
	}
	return netip.AddrPort{}
}
