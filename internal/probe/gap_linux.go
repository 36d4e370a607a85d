package probe

import (
	"net"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// gapConn is a connection to a service that tells, when it is closed, whether
// segments came, but none of those before them. In an MTU black hole (RFC 2923
// section 2.1) small packets get through and large ones do not, so the end of a
// long answer comes without its beginning. A service that hangs sends neither. A
// gapConn also tells whether this machine itself dropped the data that it sent last.
type gapConn struct {
	net.Conn
	gap, unsent atomic.Bool
}

// Close first looks for a gap, and for data that this machine did not send.
func (c *gapConn) Close() error {
	if raw, ok := c.Conn.(syscall.Conn); ok {
		if control, err := raw.SyscallConn(); err == nil {
			_ = control.Control(func(fd uintptr) {
				if onlyLater(int(fd)) {
					c.gap.Store(true)
				}
				if unsentData(int(fd)) {
					c.unsent.Store(true)
				}
			})
		}
	}
	return c.Conn.Close()
}

// explain gives r, of a service that has sent nothing, the reason that c knows.
func (c *gapConn) explain(r *look.Result) {
	switch {
	case r.Reason != look.NoGreeting:
	case c.unsent.Load():
		r.Set(look.Unknown, look.PermDenied)
	case c.gap.Load():
		r.Reason = look.MTUBlackHole
	}
}

// CloseWrite is that of the connection within.
func (c *gapConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// onlyLater tells whether only segments out of order came: Linux 5.4 and later
// count them in tcpi_rcv_ooopack of struct tcp_info (linux/tcp.h).
func onlyLater(fd int) bool {
	var info unix.TCPInfo
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.IPPROTO_TCP, unix.TCP_INFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0) //nolint:gosec // unix.GetsockoptTCPInfo hides how much the kernel knew
	knows := uintptr(size) >= unsafe.Offsetof(info.Rcv_ooopack)+unsafe.Sizeof(info.Rcv_ooopack)
	return errno == 0 && knows && info.Rcv_ooopack > 0 && info.Bytes_received == 0
}
