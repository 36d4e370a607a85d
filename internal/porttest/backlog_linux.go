package porttest

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// shortenQueue makes the queue of connections that wait to be accepted as short
// as it can be. Go has no setting for it; a second listen changes it.
func shortenQueue(listener net.Listener) error {
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return fmt.Errorf("a queue of %T, expected one of TCP", listener)
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = unix.Listen(int(fd), 1) }); err != nil {
		return err
	}
	return failed
}
