package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func TestAccInconclusive(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web(""))
		w.apply().exits(0)
		before := w.check()
		w.lab.Unroute()
		w.plan().exits(0).says("Warning: Port check inconclusive: tcp://198.51.100.1:22 could not be tested: no-route (and 2 more)",
			"Endpoints that could not be tested keep their values in state.", "No changes.")
		w.apply("-refresh-only").exits(0)
		if diff := cmp.Diff(before, w.check()); diff != "" {
			t.Errorf("a refresh without a network changed state (-before +after)\n%s", diff)
		}
		w.write(web("triggers = 1"))
		w.apply().exits(1).says("Error: Port check failed: tcp://198.51.100.1:22 could not be tested: no-route (and 2 more)", "prober-offline")
		w.lab.Reroute()
		w.apply().exits(0)
	})
}

func TestAccDisabled(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		server := w.serve(80, 443)[0]
		off := strings.Replace(web("triggers = 1"), "checks_read_timeout", "enabled = false\n  checks_read_timeout", 1) +
			`data "portcheck" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
}
output "data" { value = data.portcheck.web.passed }`
		w.write(off)
		w.apply().exits(0).says("Warning: No port is probed", "The provider's attribute enabled is false.")
		if got := w.check(); got["passed"] != nil || got["results"] != nil || server.Accepted() != 0 {
			t.Errorf("disabled: %d probes, state has %v", server.Accepted(), got)
		}
		w.plan().exits(0)

		w.write(web("triggers = 1"))
		w.apply().exits(0)
		if got := w.check(); got["passed"] != true {
			t.Errorf("enabled again: state has %v", got)
		}
		before, probed := w.check(), server.Accepted()
		w.firewall(443, porttest.Drop)
		w.write(off)
		w.plan().says("Warning: No port is probed").saysNot("Port drift")
		w.apply().exits(0)
		if diff := cmp.Diff(before, w.check()); diff != "" || server.Accepted() != probed {
			t.Errorf("disabled: %d probes, state changed (-before +after)\n%s", server.Accepted()-probed, diff)
		}
	})
}

func TestAccProviderConfigurationUnknown(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(strings.Replace(web(""), "checks_read_timeout", `source_address = terraform_data.address.output
  checks_read_timeout`, 1) + `resource "terraform_data" "address" { input = "192.0.2.1" }`)
		w.apply().exits(0).says("The provider's configuration is not known yet: source_address.")
		if got := w.check(); got["passed"] != true {
			t.Errorf("state has %v", got)
		}
		w.plan().exits(0)
	})
}

func TestAccUnknownDeclaration(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(strings.Replace(web(""), `["198.51.100.1"]`, `[terraform_data.host.output]`, 1) + `
resource "terraform_data" "host" { input = "198.51.100.1" }`)
		w.plan().exits(2).says("+ results = (known after apply)")
		w.apply().exits(0)
		w.plan().exits(0)

		w.write(strings.Replace(web(""), `["198.51.100.1"]`, `[terraform_data.bad.output]`, 1) + `
resource "terraform_data" "bad" { input = "198.51.100.1/24" }`)
		w.apply().exits(1).says(`Element 0 of hosts: "198.51.100.1/24" has host bits set.`)
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

// TestAccDisabledThenDeclaredAnew: what was never probed never counts as
// passed, and is looked at when probing is on again, whatever on_drift says.
func TestAccDisabledThenDeclaredAnew(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443, 8443)
		w.write(web(`on_drift = "ignore"`))
		w.apply().exits(0)
		anew := strings.Replace(web(`on_drift = "ignore"`), `"443"`, `"8443"`, 1)
		w.write(strings.Replace(anew, "checks_read_timeout", "enabled = false\n  checks_read_timeout", 1))
		w.apply().exits(0)
		if got := w.check(); got["passed"] != nil || got["results"] != nil || got["passed_at"] != nil {
			t.Errorf("declared anew while disabled: state has %v", got)
		}
		w.plan().exits(0)
		w.write(anew)
		w.plan().exits(2)
		w.apply().exits(0)
		if got := w.check(); got["passed"] != true || got["passed_at"] == nil {
			t.Errorf("enabled again: state has %v", got)
		}
	})
}

// TestAccInconclusiveIsNotAccepted: a warning about what could not be tested
// accepts nothing.
func TestAccInconclusiveIsNotAccepted(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.lab.Unroute()
		w.write(web(`on_failure = "warning"`))
		w.apply().exits(0).says("Warning: Port check failed: tcp://198.51.100.1:22 could not be tested: no-route (and 2 more)")
		w.plan().exits(0).says("Warning: Port check inconclusive:")
		w.lab.Reroute()
		w.serve(80)
		w.plan().exits(2).says("Warning: Port drift: tcp://198.51.100.1:443 is closed, declared open")
		w.apply().exits(0).says("Warning: Port check failed: tcp://198.51.100.1:443 is closed")
		w.plan().exits(0).says("Warning: Accepted port failure: tcp://198.51.100.1:443 is closed")
	})
}
