package scan

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// bareLoops sweep loopback with nothing but system calls, on a thread for each
// processor: one asks the kernel for all that a look has to know, the other
// does the least there is, a connect that blocks.
func bareLoops() []peer {
	return []peer{{"bare-loop", func(tb testing.TB) {
		tb.Helper()
		connectAll(tb, unix.SOCK_NONBLOCK, func(fd int, to *unix.SockaddrInet4) bool {
			_ = unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_RECVERR, 1)
			if !errors.Is(unix.Connect(fd, to), unix.EINPROGRESS) {
				return false
			}
			errno, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
			var control [512]byte
			_, _, _, _, _ = unix.Recvmsg(fd, nil, control[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
			return errno == 0
		})
	}}, {"blocking-connect", func(tb testing.TB) {
		tb.Helper()
		connectAll(tb, 0, func(fd int, to *unix.SockaddrInet4) bool { return unix.Connect(fd, to) == nil })
	}}}
}

func connectAll(tb testing.TB, flags int, connect func(fd int, to *unix.SockaddrInet4) bool) {
	tb.Helper()
	var next, open atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for port := next.Add(1); port <= 65535; port = next.Add(1) {
				fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|flags, 0)
				if err != nil {
					tb.Error(err)
					return
				}
				if connect(fd, &unix.SockaddrInet4{Port: int(port), Addr: [4]byte{127, 0, 0, 1}}) {
					open.Add(1)
				}
				_ = unix.Close(fd)
			}
		})
	}
	wg.Wait()
	if open.Load() < 3 {
		tb.Errorf("the bare loop found %d open ports", open.Load())
	}
}
