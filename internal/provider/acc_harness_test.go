package provider_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func TestMain(m *testing.M) {
	for _, variable := range cliVariables {
		if os.Getenv(variable) != "" {
			os.Exit(porttest.MainWithProvider(m, "../.."))
		}
	}
	os.Exit(porttest.Main(m))
}

// The acceptance tests run on the CLIs that these variables name by path.
var cliVariables = map[string]string{"terraform": "PORTCHECK_TERRAFORM", "tofu": "PORTCHECK_TOFU"}

// onEachCLI runs test once for each CLI, each time in a lab of its own. With
// PORTCHECK_REQUIRE_CLIS a CLI that is missing is a failure.
func onEachCLI(t *testing.T, test func(t *testing.T, w *workspace)) {
	t.Helper()
	for name, variable := range cliVariables {
		t.Run(name, func(t *testing.T) {
			path := os.Getenv(variable)
			switch {
			case path == "" && os.Getenv("PORTCHECK_REQUIRE_CLIS") != "":
				t.Fatalf("%s is not set", variable)
			case path == "":
				t.Skipf("%s is not set to the path of %s", variable, name)
			}
			test(t, newWorkspace(t, path))
		})
	}
}

// workspace is a root module that one CLI works on, inside the lab.
type workspace struct {
	*porttest.CLI
	t   *testing.T
	lab *porttest.Lab
}

func newWorkspace(t *testing.T, path string) *workspace {
	t.Helper()
	cli, err := porttest.NewCLI(path, t.TempDir(), porttest.Provider())
	if err != nil {
		t.Fatal(err)
	}
	return &workspace{cli, t, porttest.NewLab(t)}
}

const header = `
terraform {
  required_providers {
    portcheck = { source = "portcheck/portcheck" }
  }
}
`

// fast is a provider that finds a dropped port within a second.
const fast = header + `
provider "portcheck" {
  checks_read_timeout = "200ms"
  recheck_interval    = "50ms"
}
`

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

// serve starts a listener on each port of the lab's first server.
func (w *workspace) serve(ports ...uint16) []*porttest.Server {
	servers := make([]*porttest.Server, len(ports))
	for i, port := range ports {
		servers[i] = w.lab.Listen(at(port), porttest.AcceptClose)
	}
	return servers
}

// at is a port of the lab's first server.
func at(port uint16) netip.AddrPort { return netip.AddrPortFrom(porttest.ServerAddr(1), port) }

// firewall is what the router does with a port of the first server.
func (w *workspace) firewall(port uint16, rule porttest.Rule) {
	w.lab.Set(porttest.Router, at(port), rule)
}
