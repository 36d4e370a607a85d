//go:build !linux

package porttest

import (
	"errors"
	"net"
)

func shortenQueue(net.Listener) error { return errors.New("a short accept queue: not Linux") }
