package provider_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccInterrupt: Ctrl-C ends a check that would go on for a minute, and
// nothing is recorded of it.
func TestAccInterrupt(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		seen := w.serve(80)[0]
		w.firewall(443, porttest.Drop)
		w.write(strings.ReplaceAll(web(""), `"1s"`, `"1m"`))
		w.interruptedApply(seen).exits(1).
			says("Error: Port check interrupted", "Nothing was recorded.").saysNot("Port check failed")
		if got := w.check(); got != nil {
			t.Errorf("an interrupted create wrote state: %v", got)
		}
	})
}

// interruptedApply applies, and interrupts the CLI when seen has a client.
func (w *workspace) interruptedApply(seen *porttest.Server) result {
	w.t.Helper()
	cmd := w.Command("apply", "-auto-approve", "-input=false")
	return w.interrupted(cmd, seen, func() error { return cmd.Process.Signal(os.Interrupt) })
}

// interrupted runs a command, and interrupts it when seen has a client: the provider
// looks then. The words of a CLI come too early for that: a CLI that is interrupted
// between "Creating..." and its call halts by itself and never asks the provider.
func (w *workspace) interrupted(cmd *exec.Cmd, seen *porttest.Server, interrupt func() error) result {
	w.t.Helper()
	looking := seen.NextClient()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // the exit code tells
	}()
	select {
	case <-looking:
		if err := interrupt(); err != nil {
			w.t.Error(err)
		}
		<-ended
	case <-ended:
		w.t.Error("the command ended before the provider looked")
	}
	return result{w.t, w.Name() + " " + strings.Join(cmd.Args[1:], " "), said.String(), cmd.ProcessState.ExitCode()}
}
