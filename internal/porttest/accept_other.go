//go:build !linux

package porttest

import (
	"context"
	"errors"
	"net"
	"time"
)

// acceptAndClose accepts connections and closes them until listener is closed, which it is
// soon after ctx ends; accepted is called for each.
func acceptAndClose(_ context.Context, listener net.Listener, accepted func()) {
	for {
		conn, err := listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			time.Sleep(outOfDescriptors)
		default:
			accepted()
			_ = conn.Close() // the client may have closed first
		}
	}
}
