package probe

import (
	"context"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// A SYN proxy completes the handshake with a window of zero, and opens it once
// its back end has completed one too (kernel: net/netfilter/nf_synproxy_core.c,
// synproxy_send_client_synack and synproxy_send_client_ack).

// sndWndOffset is where tcpi_snd_wnd is in struct tcp_info (linux/tcp.h). Linux
// 5.4 and later fill it in.
const sndWndOffset = unsafe.Offsetof(unix.TCPInfo{}.Snd_wnd)

// windowClosed tells whether the peer of a connected fd is known to have
// offered a window of zero.
func windowClosed(fd int) bool {
	var info unix.TCPInfo
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.IPPROTO_TCP, unix.TCP_INFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0) //nolint:gosec // unix.GetsockoptTCPInfo hides how much the kernel knew
	return errno == 0 && uintptr(size) >= sndWndOffset+unsafe.Sizeof(info.Snd_wnd) && info.Snd_wnd == 0
}

// awaitWindow waits until the peer opens its window, which makes r open, or
// resets the connection, deadline is over or ctx ends. The poller does not
// tell of a window, so it is asked for again and again.
func awaitWindow(ctx context.Context, raw syscall.RawConn, r *look.Result, deadline time.Time) {
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		select {
		case <-ctx.Done():
			r.Set(look.Unknown, look.Cancelled)
			return
		case <-time.After(min(pause, time.Until(deadline))):
		}
		var reset, closed bool
		err := raw.Control(func(fd uintptr) {
			errno, gone := connectError(int(fd)) // gone: the error was read before
			reset, closed = errno != 0 || gone, windowClosed(int(fd))
		})
		if err == nil && !reset && !closed {
			r.Set(look.Open, look.SynAck)
			return
		}
		if err != nil || reset || !time.Now().Before(deadline) {
			return
		}
	}
}
