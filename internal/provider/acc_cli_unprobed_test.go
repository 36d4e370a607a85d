package provider_test

import (
	"slices"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccInconclusiveMessages: apply and refresh warn of untested endpoints, and
// the next plan does not call them accepted.
func TestAccInconclusiveMessages(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.lab.Unroute()
		w.write(web(`on_failure = "warning"`))
		w.apply().exits(0).says("Warning: Port check failed: tcp://198.51.100.1:22 could not be tested: no-route (and 2 more)")
		w.plan().exits(0).says("Warning: Port check inconclusive while planning: tcp://198.51.100.1:22 could not be tested: no-route (and 2 more)",
			"Endpoints that could not be tested keep their values in state.", "No changes.")
		w.lab.Reroute()
		w.serve(80)
		w.plan().exits(2).says("Warning: Port drift found while planning: tcp://198.51.100.1:443 is closed, declared open")
		w.apply().exits(0).says("Warning: Port check failed: tcp://198.51.100.1:443 is closed")
		w.plan().exits(0).says("Warning: Accepted port failure found while planning: tcp://198.51.100.1:443 is closed")
	})
}

// TestAccUnprobedMessages: a warning says that nothing is probed, and why. Nothing
// is said of any port.
func TestAccUnprobedMessages(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		off := setting(web(""), "enabled = false") + `
data "portcheck" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
}`
		w.write(off)
		w.apply().exits(0).says("Warning: No port is probed", "The provider's attribute enabled is false.")
		w.write(web(""))
		w.Env = append(w.Env, "PORTCHECK_ENABLED=false")
		w.plan().exits(0).says("Warning: No port is probed", "The environment variable PORTCHECK_ENABLED is false.")
		w.Env = append(w.Env, "PORTCHECK_ENABLED=")
		w.apply().exits(0).saysNot("No port is probed")
		w.firewall(443, porttest.Drop)
		w.write(off)
		w.plan().says("Warning: No port is probed").saysNot("Port drift")
		w.firewall(443, porttest.Accept)
		w.write(setting(web("triggers = 1"), "source_address = terraform_data.address.output") + `
resource "terraform_data" "address" { input = "192.0.2.1" }`)
		w.apply().exits(0).says("The provider's configuration is not known yet: source_address.")
	})
}

// TestAccPlannedWhileDisabled: a plan made without a network is applied with one.
func TestAccPlannedWhileDisabled(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web(""))
		enabled := w.Env
		w.Env = append(slices.Clone(enabled), "PORTCHECK_ENABLED=false")
		w.plan("-out=next.tfplan").exits(2)
		w.Env = enabled
		w.apply("next.tfplan").exits(0)
		if got := w.check(); got["passed"] != true {
			t.Errorf("state has %v", got)
		}
	})
}
