package provider_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestAccInterrupt: Ctrl-C ends a check that would go on for a minute, and
// nothing is recorded of it. The interruption comes while the create reaches
// the provider, before or after.
func TestAccInterrupt(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.write(strings.ReplaceAll(strings.Replace(web(""), "198.51.100.1", "198.51.100.99", 1), `"1s"`, `"1m"`))
		w.interruptedApply().exits(1).
			says("Error: Port check interrupted", "Nothing was recorded.").saysNot("Port check failed")
		if got := w.check(); got != nil {
			t.Errorf("an interrupted create wrote state: %v", got)
		}
	})
}

// interruptedApply applies, and interrupts the CLI when something is created.
func (w *workspace) interruptedApply() result {
	w.t.Helper()
	cmd := w.Command("apply", "-auto-approve", "-input=false")
	return w.interrupted(cmd, "Creating...", func() error { return cmd.Process.Signal(os.Interrupt) })
}

// interrupted runs a command, and interrupts it when it says a text.
func (w *workspace) interrupted(cmd *exec.Cmd, at string, interrupt func() error) result {
	w.t.Helper()
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	var said strings.Builder
	lines := bufio.NewScanner(io.TeeReader(pipe, &said))
	var began time.Time
	for lines.Scan() {
		if began.IsZero() && strings.Contains(lines.Text(), at) {
			began = time.Now()
			if err := interrupt(); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	w.t.Logf("ended %s after the interrupt", time.Since(began))
	return result{w.t, w.Name() + " " + strings.Join(cmd.Args[1:], " "), said.String(), cmd.ProcessState.ExitCode()}
}
