package scan

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// bareLoops sweep loopback with nothing but system calls, as few as possible, on a
// thread for each processor: one asks the kernel as a look does, by a connect that
// does not block and one more that tells how it ended; the other does the least there
// is, a connect that blocks. Both leave the local port to the kernel.
func bareLoops() []porttest.Peer {
	return []porttest.Peer{{Name: "bare-loop", Run: func(tb testing.TB) {
		tb.Helper()
		connectAll(tb, unix.SOCK_NONBLOCK, func(fd int, to *unix.SockaddrInet4) error {
			if err := unix.Connect(fd, to); !errors.Is(err, unix.EINPROGRESS) {
				return err
			}
			return unix.Connect(fd, to)
		})
	}}, {Name: "blocking-connect", Run: func(tb testing.TB) {
		tb.Helper()
		connectAll(tb, 0, func(fd int, to *unix.SockaddrInet4) error { return unix.Connect(fd, to) })
	}}}
}

// connectAll connects a socket again that was refused, and makes another in place of
// one that was not.
func connectAll(tb testing.TB, flags int, connect func(fd int, to *unix.SockaddrInet4) error) {
	tb.Helper()
	var next, open atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			fd := -1
			for port := next.Add(1); port <= 65535; port = next.Add(1) {
				if fd < 0 {
					var err error
					if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|flags, 0); err != nil {
						tb.Error(err)
						return
					}
				}
				if connect(fd, &unix.SockaddrInet4{Port: int(port), Addr: [4]byte{127, 0, 0, 1}}) == nil {
					open.Add(1)
					_ = unix.Close(fd)
					fd = -1
				}
			}
			_ = unix.Close(fd)
		})
	}
	wg.Wait()
	if open.Load() < 3 {
		tb.Errorf("the bare loop found %d open ports", open.Load())
	}
}
