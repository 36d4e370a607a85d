//go:build !linux

package porttest

import (
	"errors"
	"os"
	"syscall"
)

// netns stands for a network namespace, which no other system has.
type netns struct {
	file *os.File
}

func newNetns() (*netns, error) { return nil, errors.New("network namespaces: not Linux") }

func (n *netns) do(f func() error) error { return f() }

func (n *netns) close() error { return nil }

func asAccount(int) *syscall.SysProcAttr { return nil }
