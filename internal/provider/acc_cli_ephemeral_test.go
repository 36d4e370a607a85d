package provider_test

import (
	"strings"
	"testing"
)

// gated is a check whose provider hangs on an ephemeral resource that waits for port 80
// of a host. OpenTofu takes that for null while it is not known, and a null in a template
// is an error.
func gated(host, arguments string) string {
	return fast + strings.NewReplacer("HOST", host, "ARGUMENTS", arguments).Replace(`
ephemeral "portcheck" "web" {
  hosts   = [HOST]
  open    = ["80"]
  timeout = "1s"
  ARGUMENTS
}
provider "portcheck" {
  alias   = "gated"
  control = ["tcp://${coalesce(ephemeral.portcheck.web.hosts[0], "192.0.2.1")}:80"]
}
resource "portcheck_check" "web" {
  provider = portcheck.gated
  hosts    = ["198.51.100.1"]
  closed   = ["22"]
}
`)
}

// TestAccEphemeralGate: a provider that hangs on an ephemeral resource is not configured
// before the port is open, in plan, apply and destroy; and how to get through.
func TestAccEphemeralGate(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.write(gated(`"198.51.100.1"`, ""))
		w.plan().exits(1).says("Error: tcp://198.51.100.1:80 is closed, declared open", "with ephemeral.portcheck.web", "until timeout (1s) was over").
			saysNot("portcheck_check.web")
		server := w.serve(80)[0]
		w.apply().exits(0)
		w.plan().exits(0)
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		w.destroy("-refresh=false").exits(1).says("Error: tcp://198.51.100.1:80 is closed", "Destroy opens it too.")
		w.Env = append(w.Env, "PORTCHECK_ENABLED=false")
		w.destroy().exits(0)
	})
}

// TestAccEphemeralDeferred: with a host that only apply knows, nothing is probed at plan.
func TestAccEphemeralDeferred(t *testing.T) {
	onEachCLI(t, func(_ *testing.T, w *workspace) {
		w.write(gated("terraform_data.host.output", "") + `resource "terraform_data" "host" { input = "198.51.100.1" }`)
		w.plan().exits(2).saysNot("Error")
		w.apply().exits(1).says("Error: tcp://198.51.100.1:80 is closed, declared open")
		w.serve(80)
		w.apply().exits(0)
	})
}
