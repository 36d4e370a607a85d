package porttest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
)

// insideEnv tells the copy of this program that it is the copy. Its value is
// the network namespace of the original, so that a stray variable alone never
// makes a process take the machine's own network for the lab.
const insideEnv = "PORTTEST_OUTSIDE_NETNS"

// Enter moves the program into a network namespace of its own, the lab's
// prober, by running a copy of it there: same executable, arguments,
// environment and standard streams. The child processes of the copy are in that
// namespace, too.
//
// In the original it returns once the copy has ended: done is true and the
// program must exit with code. In the copy, and where no lab is possible, done
// is false and the program goes on; [Unavailable] tells the two apart. Call it
// first thing in main.
//
// The copy dies when the original dies, and gets its SIGINT, SIGTERM and
// SIGQUIT. The terminal sends Ctrl-C to both, so that the copy sees it twice.
func Enter() (code int, done bool) {
	current, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		unavailable = "the kernel has no network namespaces: " + err.Error()
		return 0, false
	}
	if outside := os.Getenv(insideEnv); outside != "" && outside != current {
		unavailable = reason(ip().run("link set lo up\n"))
		return 0, false
	}
	if unavailable = reason(trial()); unavailable != "" {
		return 0, false
	}
	code, err = runCopy(current)
	if err != nil {
		unavailable = reason(err)
		return 0, false
	}
	return code, true
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// trial does a little of all that the lab does, in namespaces that end with the
// commands. Some systems create the namespaces and then allow nothing in them
// (AppArmor on Ubuntu 24.04), or lack a kernel module: better to learn it here
// than inside, where there is no way back.
func trial() error {
	link, filter := ip(), nft()
	link.attr, filter.attr = newNamespace(), newNamespace()
	err := link.run("link set lo up\nlink add trial0 type veth peer name trial1\n")
	if err == nil {
		err = filter.run(`add table inet trial
add chain inet trial trial { type filter hook forward priority 0; }
add rule inet trial trial meta l4proto tcp reject with tcp reset
`)
	}
	return notAllowed(err)
}

// newNamespace asks for a new network namespace. Ordinary users also need a
// user namespace that makes them root over it.
func newNamespace() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}

func notAllowed(err error) error {
	switch {
	case err == nil || errors.Is(err, errNotInstalled):
		return err
	case os.Geteuid() != 0:
		return fmt.Errorf("the kernel does not allow user namespaces: %w", err)
	default:
		return fmt.Errorf("the kernel does not allow network namespaces: %w", err)
	}
}

// runCopy runs this program once more in a new namespace and returns its exit
// code, or 128 + the signal that ended it, as shells do.
func runCopy(outside string) (int, error) {
	// The kernel sends the parent-death signal when the thread that started the
	// child ends, not the process: keep that thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd := exec.Command("/proc/self/exe") //nolint:noctx // It lives as long as this process.
	cmd.Args = os.Args
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), insideEnv+"="+outside)
	cmd.SysProcAttr = newNamespace()
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL

	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 0, notAllowed(err)
	}
	ended := make(chan struct{})
	forwarded := make(chan struct{})
	go func() {
		defer close(forwarded)
		for {
			select {
			case s := <-signals:
				// It fails only when the copy has ended, which is no harm.
				_ = cmd.Process.Signal(s)
			case <-ended:
				return
			}
		}
	}()
	err := cmd.Wait()
	close(ended)
	<-forwarded

	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "porttest: wait for the copy in the lab:", err)
		return 1, nil
	}
	return cmd.ProcessState.ExitCode(), nil
}
