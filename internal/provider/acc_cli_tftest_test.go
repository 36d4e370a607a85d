package provider_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccTerraformTest runs the example of a test in Terraform's own language.
func TestAccTerraformTest(t *testing.T) {
	const example = "../../examples/terraform-test"
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		if err := os.Mkdir(filepath.Join(w.Dir, "tests"), 0o700); err != nil {
			t.Fatal(err)
		}
		copyFiles(t, example, w.Dir, "main.tf")
		copyFiles(t, filepath.Join(example, "tests"), filepath.Join(w.Dir, "tests"), "ports.tftest.hcl")
		w.Env = append(w.Env, "PORTCHECK_CHECKS_READ_TIMEOUT=200ms", "PORTCHECK_RECHECK_INTERVAL=50ms",
			"TF_VAR_web_host=198.51.100.1", "TF_VAR_database_host=198.51.100.2")
		w.run("test").exits(0).says(`run "web_answers"... pass`, `run "database_is_out_of_reach"... pass`, "2 passed, 0 failed")

		w.lab.Listen(netip.AddrPortFrom(porttest.ServerAddr(2), 5432), porttest.AcceptClose)
		w.run("test").exits(1).says("Reachable from here: tcp://198.51.100.2:5432.", "1 passed, 1 failed")

		w.firewall(443, porttest.RejectAdmin)
		short := strings.ReplaceAll(w.read("main.tf"), `"10s"`, `"1s"`)
		w.write(short)
		w.run("test").exits(1).says("Port check failed: tcp://198.51.100.1:443 is filtered, declared open", "rejected: an ICMP error refused the connection")
		if state := w.stateFile(); state != nil {
			t.Errorf("a test left a state:\n%s", state)
		}
	})
}

// TestAccTerraformTestMocked: every object can be mocked and overridden, and an ephemeral
// resource, which no CLI mocks, rests with a provider that probes nothing.
func TestAccTerraformTestMocked(t *testing.T) {
	const example = "../../examples/terraform-test"
	onEachCLI(t, func(t *testing.T, w *workspace) {
		if err := os.Mkdir(filepath.Join(w.Dir, "tests"), 0o700); err != nil {
			t.Fatal(err)
		}
		copyFiles(t, example, w.Dir, "main.tf")
		copyFiles(t, filepath.Join(example, "tests"), filepath.Join(w.Dir, "tests"), "mocked.tftest.hcl")
		w.run("test").exits(0).says("2 passed, 0 failed").saysNot("Warning")

		w.write(header + `
resource "portcheck_baseline" "estate" {
  hosts = ["198.51.100.1"]
  ports = ["80"]
}
resource "portcheck_check" "estate" {
  baseline = portcheck_baseline.estate.open
  waivers  = { "80" = { until = "2999-12-31" } }
}
ephemeral "portcheck" "gate" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
}`)
		if err := os.WriteFile(filepath.Join(w.Dir, "tests", "mocked.tftest.hcl"), []byte(`
provider "portcheck" { enabled = false }
run "idle" {
  override_resource {
    target = portcheck_baseline.estate
    values = { open = { "198.51.100.1" = ["80"] } }
  }
  override_resource {
    target = portcheck_check.estate
    values = { passed = true, waived = { "tcp://198.51.100.1:80" = "closed (conn-refused), declared open: service-down" } }
  }
  assert {
    condition     = length(portcheck_check.estate.waived) == 1 && portcheck_check.estate.passed
    error_message = "not overridden"
  }
}`), 0o600); err != nil {
			t.Fatal(err)
		}
		w.run("test").exits(0).says(`run "idle"... pass`, "1 passed, 0 failed")
	})
}
