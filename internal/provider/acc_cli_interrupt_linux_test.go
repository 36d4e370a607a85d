package provider_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// unheard is a check whose looks are silent for minutes once its ports are dropped.
func unheard() string {
	return strings.NewReplacer(`"200ms"`, `"2m"`, `"1s"`, `"5m"`).Replace(web(""))
}

// TestAccInterruptRefresh: Ctrl-C in the terminal ends the refresh of every command
// that has one. Not every CLI passes it on there.
func TestAccInterruptRefresh(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		seen := w.serve(80, 443)[0]
		w.write(unheard())
		w.apply().exits(0)
		before := string(w.stateFile())
		w.firewall(443, porttest.Drop)
		for _, args := range [][]string{{"apply", "-auto-approve"}, {"destroy", "-auto-approve"}, {"plan"}, {"plan", "-refresh-only"}} {
			cmd := w.Command(append(args, "-input=false")...)
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			w.interrupted(cmd, seen, func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }).
				exits(1).says("Error: Port check interrupted", "Nothing was recorded.").saysNot("Port drift")
		}
		if after := string(w.stateFile()); after != before {
			t.Errorf("state is now\n%s\nand was\n%s", after, before)
		}
	})
}

// TestAccInterruptDebugged: a provider that outlives an interrupted command, since
// it runs for a debugger, serves the next one.
func TestAccInterruptDebugged(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.Env = append(w.Env, "TF_REATTACH_PROVIDERS="+debugged(t))
		w.write(unheard())
		seen := w.serve(80, 443)[0]
		w.firewall(443, porttest.Drop)
		w.interruptedApply(seen).exits(1).says("Error: Port check interrupted")
		w.firewall(443, porttest.Accept)
		w.apply().exits(0)
		w.plan().exits(0)
	})
}

// debugged starts the provider for a debugger, and returns how CLIs reach it.
func debugged(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(porttest.Provider(), porttest.ProviderName), "-debug")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // t.Context has ended
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		if _, value, ok := strings.Cut(lines.Text(), "TF_REATTACH_PROVIDERS="); ok {
			one := strings.Trim(value, "'")
			// Each CLI has a name of its own for the registry.
			return strings.TrimSuffix(one, "}") + "," + strings.TrimPrefix(strings.Replace(one, "terraform.io", "opentofu.org", 1), "{")
		}
	}
	t.Fatal("the provider did not say how to reach it")
	return ""
}
