package porttest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// roleEnv makes the test binary a small program that calls Enter, see play.
const roleEnv = "PORTTEST_ROLE"

// play is main of that program.
func play(role string) int {
	if code, done := Enter(); done {
		return code
	}
	if Unavailable() != "" {
		fmt.Println("unavailable:", Unavailable())
		return 3
	}
	switch role {
	case "interfaces":
		interfaces, err := net.Interfaces()
		if err != nil || len(interfaces) != 1 || interfaces[0].Flags&net.FlagUp == 0 {
			fmt.Println(interfaces, err)
			return 1
		}
		return 7
	case "die":
		return int(syscall.Kill(os.Getpid(), syscall.SIGKILL).(syscall.Errno)) //nolint:errorlint // Kill gives the errno itself.
	case "wait":
		signals := make(chan os.Signal, 1)
		signal.Notify(signals)
		fmt.Println("ready")
		for s := range signals {
			if s != syscall.SIGURG { // The Go runtime sends itself SIGURG.
				return 100 + int(s.(syscall.Signal))
			}
		}
	}
	return 1
}

// program returns a command that plays a role from outside any lab.
func program(t *testing.T, role string) *exec.Cmd {
	t.Helper()
	if Unavailable() != "" {
		t.Skip(Unavailable())
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe")
	cmd.Env = slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, insideEnv+"=") })
	cmd.Env = append(cmd.Env, roleEnv+"="+role)
	return cmd
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("got error %v, want an exit code", err)
	}
	return exit.ExitCode()
}

func TestEnterExitCode(t *testing.T) {
	for role, want := range map[string]int{"interfaces": 7, "die": 128 + 9} {
		output, err := program(t, role).CombinedOutput()
		if got := exitCode(t, err); got != want {
			t.Errorf("%s: exit code %d, want %d: %s", role, got, want, output)
		}
	}
}

// A variable left over from elsewhere must not make the program take the
// network that it is in for the lab.
func TestEnterDistrustsStrayVariable(t *testing.T) {
	cmd := program(t, "interfaces")
	current, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, insideEnv+"="+current)
	lab := NewLab(t) // A second interface in the namespace that the program starts in.
	_ = lab
	output, err := cmd.CombinedOutput()
	if got := exitCode(t, err); got != 7 {
		t.Errorf("exit code %d, want 7: %s", got, output)
	}
}

// waiting starts a program that waits for signals and returns its output, which
// ends when the program and its copy have.
func waiting(t *testing.T) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd := program(t, "wait")
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(output)
	if line, err := reader.ReadString('\n'); line != "ready\n" {
		t.Fatalf("got %q, %v, want ready", line, err)
	}
	return cmd, reader
}

func TestEnterForwardsSignals(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT} {
		cmd, _ := waiting(t)
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if got, want := exitCode(t, cmd.Wait()), 100+int(s); got != want {
			t.Errorf("%v: exit code %d, want %d", s, got, want)
		}
	}
}

func TestEnterCopyDiesWithTheOriginal(t *testing.T) {
	cmd, output := waiting(t)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, output)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("the copy outlives the original")
	}
	_ = cmd.Wait()
}
