//go:build !linux

package probe

// idle keeps nothing here: the standard dialer has sockets of its own.
type idle struct{}

func newIdle() *idle { return nil }

func (*idle) close() {}
