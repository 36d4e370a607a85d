package porttest

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// netns is a network namespace, alive while its file is open or a socket or
// process is in it. A nil *netns is the namespace of this process.
type netns struct {
	file *os.File
}

// newNetns creates a namespace that has no name and no mount: nothing of it can
// outlive this process.
func newNetns() (*netns, error) {
	n := &netns{}
	err := onThread(
		func() error { return unix.Unshare(unix.CLONE_NEWNET) },
		func() error {
			var err error
			n.file, err = os.Open(threadNetns)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("create a network namespace: %w", err)
	}
	return n, nil
}

// do runs f on a thread inside the namespace. Sockets that f opens, processes
// that it starts and files of /proc/sys/net that it writes belong to the
// namespace; goroutines that it starts do not.
func (n *netns) do(f func() error) error {
	if n == nil {
		return f()
	}
	return onThread(func() error { return unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET) }, f)
}

func (n *netns) close() error {
	if n == nil {
		return nil
	}
	return n.file.Close()
}

// threadNetns is the namespace of the calling thread; /proc/self would be that
// of the main thread.
const threadNetns = "/proc/thread-self/ns/net"

// onThread changes the namespace of a thread with enter, runs f on the thread,
// and changes back. It has a goroutine of its own because a thread that cannot
// come back must stay locked: then it ends with the goroutine, and no other
// goroutine ever runs in the wrong network.
func onThread(enter, f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		home, err := os.Open(threadNetns)
		if err != nil {
			runtime.UnlockOSThread()
			result <- err
			return
		}
		defer home.Close()
		err = enter()
		if err == nil {
			err = f()
		}
		if back := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); back != nil {
			result <- errors.Join(err, fmt.Errorf("return from a network namespace: %w", back))
			return
		}
		runtime.UnlockOSThread()
		result <- err
	}()
	return <-result
}

// asAccount runs a program as an account. A user namespace has but one, which then
// has the number of that account.
func asAccount(number int) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if isRoot() {
		attr.Credential = &syscall.Credential{Uid: uint32(number), Gid: uint32(number)}
		return attr
	}
	only := []syscall.SysProcIDMap{{ContainerID: number, HostID: 0, Size: 1}}
	attr.Cloneflags, attr.UidMappings, attr.GidMappings = syscall.CLONE_NEWUSER, only, only
	return attr
}
