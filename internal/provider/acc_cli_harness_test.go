package provider_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// This file is the harness of the acc_cli_* files. It runs each command as users
// run it, with the provider in a process of its own. The tests read the terminal
// and the exit code. Tests of the values of plan and state alone use the other
// harness, in acc_values_harness_test.go.

// onEachCLI runs test once for each CLI, each time in a lab of its own.
func onEachCLI(t *testing.T, test func(t *testing.T, w *workspace)) {
	t.Helper()
	eachCLI(t, func(t *testing.T, _, path string) { test(t, newWorkspace(t, path)) })
}

// workspace is a root module that one CLI works on, inside the lab.
type workspace struct {
	*porttest.CLI
	scene
	t *testing.T
}

func newWorkspace(t *testing.T, path string) *workspace {
	t.Helper()
	cli, err := porttest.NewCLI(path, t.TempDir(), porttest.Provider())
	if err != nil {
		t.Fatal(err)
	}
	return &workspace{cli, scene{porttest.NewLab(t)}, t}
}

// write puts the configuration into the workspace.
func (w *workspace) write(config string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.Dir, "main.tf"), []byte(config), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// result is what one command said and how it ended.
type result struct {
	t       *testing.T
	command string
	out     string
	exit    int
}

// run runs the CLI and waits for it.
func (w *workspace) run(args ...string) result {
	w.t.Helper()
	out, exit, err := w.Run(args...)
	if err != nil {
		w.t.Fatal(err)
	}
	return result{w.t, w.Name() + " " + strings.Join(args, " "), out, exit}
}

// plan plans with -detailed-exitcode.
func (w *workspace) plan(args ...string) result {
	w.t.Helper()
	return w.run(append([]string{"plan", "-detailed-exitcode", "-input=false"}, args...)...)
}

func (w *workspace) apply(args ...string) result {
	w.t.Helper()
	return w.run(append([]string{"apply", "-auto-approve", "-input=false"}, args...)...)
}

func (w *workspace) destroy(args ...string) result {
	w.t.Helper()
	return w.run(append([]string{"destroy", "-auto-approve", "-input=false"}, args...)...)
}

// exits holds the command to an exit code.
func (r result) exits(code int) result {
	r.t.Helper()
	if r.exit != code {
		r.t.Fatalf("%s: exit %d, want %d\n%s", r.command, r.exit, code, r.out)
	}
	return r
}

// says holds the output to containing each of texts, whose line breaks and
// indentation do not count.
func (r result) says(texts ...string) result {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(squeeze(r.out), squeeze(text)) {
			r.t.Errorf("%s does not say %q:\n%s", r.command, text, r.out)
		}
	}
	return r
}

func (r result) saysNot(texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if strings.Contains(squeeze(r.out), squeeze(text)) {
			r.t.Errorf("%s says %q:\n%s", r.command, text, r.out)
		}
	}
}

func squeeze(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(s)), " ")
}

// state reads a resource's attributes from the state file, nil if the state
// has no such resource.
func (w *workspace) state(typ, name string) map[string]any {
	w.t.Helper()
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []struct{ Attributes map[string]any }
		}
	}
	text := w.stateFile()
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, &state); err != nil {
		w.t.Fatal(err)
	}
	for _, r := range state.Resources {
		if r.Type == typ && r.Name == name && len(r.Instances) > 0 {
			return r.Instances[0].Attributes
		}
	}
	return nil
}

func (w *workspace) check() map[string]any {
	w.t.Helper()
	return w.state("portcheck_check", "web")
}

func (w *workspace) stateFile() []byte {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	return text
}
