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

// tcp fills r by a non-blocking connect. An answer that is there at once
// (loopback, a refusal on the way out) is finished inline; everything else
// waits on the runtime's poller. A goroutine and a poller round trip for each
// look would halve the throughput.
func (p Prober) tcp(ctx context.Context, t look.Target, way int, timeout time.Duration, r *look.Result) (next bool) {
	fd, f := p.open(t.Addr.Addr())
	if fd < 0 {
		set(r, f)
		return false
	}
	if waited, next := p.waited(ctx, fd, t, way, timeout, r); waited {
		return next // and fd is closed
	}
	if r.State == look.Open && t.Scheme.Service() {
		file := os.NewFile(uintptr(fd), "")
		defer func() { _ = file.Close() }()
		return goOn(ctx, file, t, way, timeout, r)
	}
	_ = unix.Close(fd)
	return false
}

// waited begins the connect of fd. It is true if that took a wait, after which
// all is done and fd is closed.
func (p Prober) waited(ctx context.Context, fd int, t look.Target, way int, timeout time.Duration, r *look.Result) (waited, next bool) {
	switch err := connect(fd, t.Addr); {
	case errors.Is(err, unix.EINPROGRESS), errors.Is(err, unix.EINTR):
		if !t.Abort { // of a sweep, the local addresses of what is open will do
			r.Local = localAddr(fd)
		}
		// On loopback the answer is there as soon as connect has returned.
		errno, pending := connectError(fd)
		if !pending {
			finish(fd, t, errno, r)
		}
		if pending || errno == 0 && r.Reason == look.ZeroWindow {
			return true, p.wait(ctx, fd, t, way, timeout, r)
		}
	case err == nil:
		finish(fd, t, 0, r)
	case errors.Is(err, unix.ECONNREFUSED):
		finish(fd, t, unix.ECONNREFUSED, r)
	default:
		set(r, system.fromOpen(err))
		if icmp, ok := readErrorQueue(fd); ok {
			r.ICMP = &icmp
			set(r, fromICMP(icmp, t))
		}
	}
	return false, false
}

// goOn turns to the service behind the connected socket that file holds.
func goOn(ctx context.Context, file *os.File, t look.Target, way int, timeout time.Duration, r *look.Result) (next bool) {
	conn, err := net.FileConn(file)
	if err != nil {
		set(r, system.fromOpen(err))
		return false
	}
	_ = file.Close() // conn is a descriptor of its own
	return service.Converse(ctx, conn, t, way, r.Start.Add(timeout), r)
}

// open makes a socket that is ready to connect, or says why there is none.
func (p Prober) open(remote netip.Addr) (int, fact) {
	family := unix.AF_INET
	if remote.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return -1, system.fromOpen(err)
	}
	if err := queueErrors(fd, remote.Is6()); err != nil {
		_ = unix.Close(fd)
		return -1, system.fromOpen(err)
	}
	source := p.source(remote)
	if !source.IsValid() {
		return fd, fact{}
	}
	// Without this a bound socket takes a port of its own for each look and
	// the ephemeral range is soon used up (ip(7)).
	_ = unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	if err := unix.Bind(fd, sockaddr(source)); err != nil {
		_ = unix.Close(fd)
		return -1, system.fromOpen(os.NewSyscallError("bind", err))
	}
	return fd, fact{}
}

func connect(fd int, remote netip.AddrPort) error { return unix.Connect(fd, sockaddr(remote)) }

// wait waits until the connect of fd is decided, the timeout is over or ctx
// ends, turns to the service if there is to be one, and closes fd.
func (p Prober) wait(ctx context.Context, fd int, t look.Target, way int, timeout time.Duration, r *look.Result) (next bool) {
	file := os.NewFile(uintptr(fd), "")
	defer func() { _ = file.Close() }()
	raw, err := file.SyscallConn()
	if err == nil {
		err = file.SetWriteDeadline(r.Start.Add(timeout))
	}
	if err != nil {
		r.Set(look.Unknown, look.UnexpectedError)
		return false
	}
	stop := context.AfterFunc(ctx, func() { _ = file.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	err = raw.Write(func(fd uintptr) bool {
		errno, pending := connectError(int(fd))
		if !pending {
			finish(int(fd), t, errno, r)
		}
		return !pending
	})
	switch {
	case err == nil && r.Reason == look.ZeroWindow:
		awaitWindow(ctx, raw, r, r.Start.Add(timeout))
	case err == nil:
	case ctx.Err() != nil:
		r.Set(look.Unknown, look.Cancelled)
	case errors.Is(err, os.ErrDeadlineExceeded):
		r.Set(look.Filtered, look.NoResponse)
	default:
		r.Set(look.Unknown, look.UnexpectedError)
	}
	if r.State == look.Open && t.Scheme.Service() {
		return goOn(ctx, file, t, way, timeout, r)
	}
	return false
}

// connectError says how the connect of fd ended: 0 is connected. The poller
// may wake us for nothing, then the connect is still pending.
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
func finish(fd int, t look.Target, errno syscall.Errno, r *look.Result) {
	if errno != 0 {
		if icmp, ok := readErrorQueue(fd); ok {
			r.ICMP = &icmp
			set(r, fromICMP(icmp, t))
			return
		}
		set(r, system.fromConnect(errno))
		if r.State == look.Open && windowClosed(fd) {
			r.Set(look.Unresponsive, look.ZeroWindow)
		}
		return
	}
	r.Local = localAddr(fd)
	if r.Local == r.Remote {
		// A connect to a closed port of our own can meet itself, if it got
		// that very port to come from.
		r.Set(look.Closed, look.ConnRefused)
		return
	}
	r.Set(look.Open, look.SynAck)
	if windowClosed(fd) {
		r.Set(look.Unresponsive, look.ZeroWindow)
	}
	if t.Abort {
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
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
