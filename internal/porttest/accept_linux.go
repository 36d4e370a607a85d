package porttest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// acceptAndClose accepts connections and closes them until ctx ends; accepted is called
// for each. A connection costs two system calls here, and ten as a net.Conn. A benchmark's
// servers share the processors with what it measures, so their cost has to be small. In the
// field they are other machines.
func acceptAndClose(ctx context.Context, listener net.Listener, accepted func()) {
	file, err := pollable(listener)
	for ; err != nil; file, err = pollable(listener) {
		if ctx.Err() != nil {
			return // the listener is closed, or about to be
		}
		time.Sleep(outOfDescriptors)
	}
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(closed)
		_ = file.Close()
	})
	raw, err := file.SyscallConn()
	if err == nil {
		err = raw.Read(func(fd uintptr) bool { return acceptAll(ctx, int(fd), accepted) })
	}
	if ctx.Err() == nil {
		panic(fmt.Errorf("accept: %w", err)) // or the test would take the server for a hung one
	}
	<-closed
}

// acceptAll accepts and closes what waits at fd, and tells whether ctx has ended.
func acceptAll(ctx context.Context, fd int, accepted func()) (ended bool) {
	for ctx.Err() == nil {
		conn, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC)
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
}

// pollable returns a second descriptor of listener. On the first one the runtime lets us
// wait in Accept alone, which makes a net.Conn.
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
