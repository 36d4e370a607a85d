package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// drifted are the changes that a plan makes when port 443 is filtered.
func drifted() []string {
	return []string{theCheck + ".failures[" + tcp443 + "]", theCheck + ".passed", theCheck + ".passed_at", theCheck + ".results[" + tcp443 + "]"}
}

// TestAccDriftIsRechecked: the plan makes of drift the declared outcome again. It
// changes nothing else, neither a resource that refers to the check nor an output.
func TestAccDriftIsRechecked(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		config := web("") + `
resource "terraform_data" "after" { input = portcheck_check.web.passed }
output "results" { value = portcheck_check.web.results }
`
		filtered := map[string]any{tcp443: failure("open", "filtered", "admin-prohibited", "rejected")}
		asDeclaredAgain := []plancheck.PlanCheck{
			changesOnly(drifted()...),
			plancheck.ExpectResourceAction(theCheck, plancheck.ResourceActionUpdate),
			finds("passed", false),
			finds("results", map[string]any{tcp80: "open", tcp443: "filtered"}),
			finds("failures", filtered),
			plans(theCheck, "passed", true),
			plans(theCheck, "results", opens(tcp80, tcp443)),
			plans(theCheck, "failures", map[string]any{}),
			plancheck.ExpectUnknownValue(theCheck, attr("passed_at")),
		}
		refresh := resource.TestStep{RefreshState: true, ExpectNonEmptyPlan: true}
		refresh.RefreshPlanChecks.PostRefresh = []plancheck.PlanCheck{finds("failures", filtered)}
		// Without a refresh the state decides.
		unrefreshed := drifts(config)
		unrefreshed.ConfigPlanChecks.PostApplyPreRefresh = []plancheck.PlanCheck{finds("failures", filtered)}
		reopened := applied(config, has(theCheck, "passed", true), has(theCheck, "failures", map[string]any{}), has(theCheck, "results", opens(tcp80, tcp443)))
		return []resource.TestStep{
			applied(config),
			when(func() { s.firewall(443, porttest.RejectAdmin) }, drifts(config, asDeclaredAgain...)),
			fails(config, applyError),
			unrefreshed,
			refresh,
			when(func() { s.firewall(443, porttest.Accept) }, reopened),
		}
	})
}

func TestAccOnDriftError(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		strict := web(`on_drift = "error"`)
		rule := `resource "terraform_data" "rule" { input = timestamp() }`
		return []resource.TestStep{
			applied(strict),
			when(func() { s.firewall(443, porttest.RejectAdmin) }, refused(strict, driftRefused, "terraform destroy -refresh=false")),
			{Config: strict, Destroy: true, ExpectError: says(driftRefused)},
			// Another argument is no fix; a trigger or the declaration may be.
			refused(strings.Replace(strict, `update = "1s"`, `update = "2s"`, 1), driftRefused),
			drifts(web(`on_drift = "error"
  triggers = { rule = "changed" }`), changesOnly(append(drifted(), theCheck+".triggers")...)),
			drifts(web(`on_drift = "error"
  triggers = terraform_data.rule.output`)+rule, changesOnly(append(drifted(), theCheck+".triggers", "terraform_data.rule: create")...)),
			drifts(strings.Replace(strict, `"443"`, `"8443"`, 1)),
		}
	})
}

// TestAccOnDriftWarning: drift changes nothing in the plan. A postcondition can
// make an error of it, which does not block destroy.
func TestAccOnDriftWarning(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		with := web(`on_drift = "warning"
  lifecycle {
    postcondition {
      condition     = self.passed || var.ignore
      error_message = "ports are closed"
    }
  }`) + `variable "ignore" { default = true }`
		strict := config.Variables{"ignore": config.BoolVariable(false)}
		held := refused(with, "ports are closed")
		held.ConfigVariables = strict
		return []resource.TestStep{
			applied(with),
			when(func() { s.firewall(443, porttest.RejectAdmin) }, quiet(with, finds("passed", false))),
			held,
			{Config: with, ConfigVariables: strict, Destroy: true},
		}
	})
}

func TestAccOnDriftIgnore(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		server := s.serve(80, 443)[0]
		probed := 0
		return []resource.TestStep{
			then(applied(web(`on_drift = "ignore"`)), func() { probed = server.Accepted() }),
			then(when(func() { s.firewall(443, porttest.RejectAdmin) }, quiet(web(`on_drift = "ignore"`), finds("passed", true))), func() {
				if n := server.Accepted() - probed; probed == 0 || n != 0 {
					t.Errorf("an apply sent %d probes, and a plan with on_drift = ignore %d more", probed, n)
				}
			}),
		}
	})
}

// TestAccSameBytes: a refresh that finds no change changes no byte of state, nor
// does an apply. The results do not depend on the order of the declaration.
func TestAccSameBytes(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		with := func(ports string) string {
			return strings.Replace(web(`baseline = { "198.51.100.1" = ["443"] }
  triggers = { a = [1, "x"] }`), `["80", "443"]`, ports, 1)
		}
		same, found := sameBytes(), sameBytes("open", "passed_at")
		return []resource.TestStep{
			applied(with(`["80", "443"]`), same, found),
			{RefreshState: true},
			applied(with(`["80", "443"]`), same),
			applied(with(`["443", "80-80"]`), found),
		}
	})
}

// TestAccDriftOfMany: only the endpoints that drifted are in the plan, however
// many there are.
func TestAccDriftOfMany(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		const first, count = 8000, 50
		var all []string
		var numbers []uint16
		for i := range uint16(count) {
			numbers = append(numbers, first+i)
			all = append(all, fmt.Sprintf("tcp://198.51.100.1:%d", first+i))
		}
		servers := s.serve(numbers...)
		many := strings.Replace(web(""), `["80", "443"]`, `["8000-8049"]`, 1)
		return []resource.TestStep{
			applied(many, has(theCheck, "results", opens(all...))),
			when(func() {
				s.firewall(first+7, porttest.RejectAdmin)
				_ = servers[30].Close()
			}, drifts(many, changesOnly(theCheck+".passed", theCheck+".passed_at",
				theCheck+".failures["+all[7]+"]", theCheck+".results["+all[7]+"]",
				theCheck+".failures["+all[30]+"]", theCheck+".results["+all[30]+"]"),
				finds("failures", map[string]any{
					all[7]:  failure("open", "filtered", "admin-prohibited", "rejected"),
					all[30]: failure("open", "closed", "conn-refused", "service-down"),
				}))),
		}
	})
}
