package porttest

import (
	"errors"

	"golang.org/x/sys/windows"
)

func isReset(err error) bool   { return errors.Is(err, windows.WSAECONNRESET) }
func isRefused(err error) bool { return errors.Is(err, windows.WSAECONNREFUSED) }
