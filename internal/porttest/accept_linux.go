package porttest

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// acceptAndClose accepts connections and closes them until ctx ends; accepted is called
// for each. A benchmark's servers share the processors with what it measures, which in
// the field they do not. So a connection costs them two system calls here, and not the
// ten of a net.Conn.
func acceptAndClose(ctx context.Context, listener net.Listener, accepted func()) {
	file, err := pollable(listener)
	if err != nil {
		return // it is closed
	}
	defer context.AfterFunc(ctx, func() { _ = file.Close() })()
	defer func() { _ = file.Close() }() // the second time where ctx has ended
	raw, err := file.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Read(func(fd uintptr) bool {
		for ctx.Err() == nil {
			conn, _, err := unix.Accept4(int(fd), unix.SOCK_CLOEXEC)
			switch {
			case err == nil:
				accepted()
				_ = unix.Close(conn) // the client may have closed first
			case errors.Is(err, unix.EAGAIN):
				return false
			case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
				time.Sleep(outOfDescriptors)
			}
		}
		return true
	})
}

// pollable is a second descriptor of listener: Accept is all that the first one lets us
// wait for.
func pollable(listener net.Listener) (file *os.File, err error) {
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return nil, os.ErrInvalid
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	controlled := raw.Control(func(fd uintptr) {
		var second int
		if second, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err == nil {
			file = os.NewFile(uintptr(second), "") // it does not block, as the first one does not
		}
	})
	return file, errors.Join(controlled, err)
}
