package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccInconclusive: an endpoint that cannot be tested keeps its state and is no
// drift. An apply that has to look fails.
func TestAccInconclusive(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		same := sameBytes()
		return []resource.TestStep{
			applied(web(""), same),
			when(s.lab.Unroute, quiet(web(""))),
			{RefreshState: true},
			applied(web(""), same),
			fails(web("triggers = 1"), "Error: Port check failed: tcp://198.51.100.1:22 could not be tested: no-route (and 2 more)", "prober-offline"),
			when(s.lab.Reroute, applied(web("triggers = 1"), has(theCheck, "passed", true))),
		}
	})
}

// TestAccDisabled: with enabled = false nothing is probed. The state stays, and
// outputs that never were are null.
func TestAccDisabled(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		server := s.serve(80, 443)[0]
		off := setting(web("triggers = 1"), "enabled = false") + `
data "portcheck" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
}`
		probed := 0
		unprobed := func() {
			if n := server.Accepted() - probed; n != 0 {
				t.Errorf("disabled: %d probes", n)
			}
		}
		same := sameBytes()
		kept := applied(off, has(theCheck, "passed", true), has(theData, "passed", nil))
		return []resource.TestStep{
			then(applied(off, has(theCheck, "passed", nil), has(theCheck, "results", nil), has(theCheck, "failures", nil), has(theCheck, "passed_at", nil),
				has(theData, "passed", nil), has(theData, "results", nil)), unprobed),
			then(applied(web("triggers = 1"), has(theCheck, "passed", true), same), func() { probed = server.Accepted() }),
			then(when(func() { s.firewall(443, porttest.Drop) }, kept), unprobed),
			when(func() { s.firewall(443, porttest.Accept) }, applied(web("triggers = 1"), same)),
		}
	})
}

// TestAccEnvironment: the environment sets what the configuration does not.
func TestAccEnvironment(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		server := s.serve(80, 443)[0]
		on := setting(web(""), "enabled = true")
		return []resource.TestStep{
			when(func() { t.Setenv("PORTCHECK_ENABLED", "no") },
				refused(web(""), `The environment variable PORTCHECK_ENABLED is "no". Expected true or false.`)),
			then(when(func() { t.Setenv("PORTCHECK_ENABLED", "false") }, applied(web(""), has(theCheck, "passed", nil))), func() {
				if server.Accepted() != 0 {
					t.Error("the environment did not switch probing off")
				}
			}),
			then(applied(on, has(theCheck, "passed", true)), func() {
				if server.Accepted() == 0 {
					t.Error("the configuration did not win over the environment")
				}
			}),
		}
	})
}

// TestAccProviderConfigurationUnknown: where the provider is not configured
// before apply, apply looks.
func TestAccProviderConfigurationUnknown(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		config := setting(web(""), "source_address = terraform_data.address.output") + `
resource "terraform_data" "address" { input = "192.0.2.1" }`
		return []resource.TestStep{applied(config, has(theCheck, "passed", true), has(theCheck, "results", opens(tcp80, tcp443)))}
	})
}

// TestAccUnknownDeclaration: if only apply knows a host, the whole outcome is
// unknown at plan, and apply finds the mistakes in it.
func TestAccUnknownDeclaration(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		from := func(resource, host string) string {
			return strings.Replace(web(""), `["198.51.100.1"]`, "[terraform_data."+resource+".output]", 1) + `
resource "terraform_data" "` + resource + `" { input = "` + host + `" }`
		}
		first := applied(from("host", "198.51.100.1"), has(theCheck, "results", opens(tcp80, tcp443)))
		first.ConfigPlanChecks = beforeApply(
			plancheck.ExpectUnknownValue(theCheck, attr("results")),
			plancheck.ExpectUnknownValue(theCheck, attr("passed")),
		)
		return []resource.TestStep{
			first,
			fails(from("bad", "198.51.100.1/24"), `Element 0 of hosts: "198.51.100.1/24" has host bits set.`),
		}
	})
}

// TestAccDisabledThenDeclaredAnew: an endpoint that was never probed never counts
// as passed. Apply looks once probing is on again, whatever on_drift says.
func TestAccDisabledThenDeclaredAnew(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443, 8443)
		anew := strings.Replace(web(`on_drift = "ignore"`), `"443"`, `"8443"`, 1)
		enabled := applied(anew, has(theCheck, "passed", true), has(theCheck, "passed_at", instant))
		enabled.ConfigPlanChecks = beforeApply(plancheck.ExpectResourceAction(theCheck, plancheck.ResourceActionUpdate))
		return []resource.TestStep{
			applied(web(`on_drift = "ignore"`)),
			applied(setting(anew, "enabled = false"), has(theCheck, "passed", nil), has(theCheck, "results", nil), has(theCheck, "passed_at", nil)),
			enabled,
		}
	})
}

// TestAccInconclusiveIsNotAccepted: an apply that warned of untested endpoints has
// not accepted them.
func TestAccInconclusiveIsNotAccepted(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		config := web(`on_failure = "warning"`)
		closed := map[string]any{tcp443: failure("open", "closed", "conn-refused", "service-down")}
		looked := applied(config, has(theCheck, "failures", closed))
		looked.ConfigPlanChecks = beforeApply(
			plancheck.ExpectResourceAction(theCheck, plancheck.ResourceActionUpdate),
			finds("failures", closed),
		)
		return []resource.TestStep{
			when(s.lab.Unroute, applied(config,
				has(theCheck, "passed", false),
				statecheck.ExpectKnownValue(theCheck, attr("failures", tcp80), exactly(failure("open", "unknown", "no-route", "prober-offline"))))),
			when(func() {
				s.lab.Reroute()
				s.serve(80)
			}, looked),
		}
	})
}
