package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// TestAccSettingErrors: a wrong setting of the provider or of the resource is an
// error at its line that quotes it, and nothing is probed.
func TestAccSettingErrors(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		server := s.serve(80)[0]
		t.Cleanup(func() {
			if server.Accepted() != 0 {
				t.Error("something was probed")
			}
		})
		var steps []resource.TestStep
		for _, tt := range []struct{ line, want string }{
			{`max_rate = -1`, `max_rate is "-1". Expected`},
			{`max_checks = 0`, `max_checks is "0". Expected`},
			{`max_checks = 0.5`, `max_checks is "0.5". Expected`},
			{`ip_version = "5"`, `ip_version is "5". Expected one of "any", "4", "6".`},
			{`addresses = "some"`, `addresses is "some". Expected one of "all", "any".`},
			{`source_address = "eth0"`, `source_address is "eth0". Expected`},
			{`control = ["192.0.2.254"]`, `control`},
			{`tls_min_days = 3651`, `tls_min_days is "3651". Expected a whole number from 0 to 3650.`},
			{`check_read_timeout = "1s"`, `An argument named "check_read_timeout" is not expected here.`},
		} {
			steps = append(steps, refused(setting(web(""), tt.line), tt.line, tt.want))
		}
		return append(steps,
			refused(web(`on_drift = "fail"`), `on_drift = "fail"`, `"recheck"`),
			refused(web(`on_failure = "none"`), `on_failure = "none"`, `"warning"`),
			refused(web(`consecutive = 3`), `An argument named "consecutive" is not expected here.`),
		)
	})
}

// TestAccTimeoutErrors: a misspelt argument of timeouts is an error, and so is a
// value that is not a time, at its line and by its name.
func TestAccTimeoutErrors(t *testing.T) {
	onValues(t, func(_ *testing.T, _ scene) []resource.TestStep {
		var steps []resource.TestStep
		for _, tt := range []struct{ line, want string }{
			{`update = "-5s"`, `timeouts.update is "-5s". Expected a duration above zero, such as "1m".`},
			{`update = "0"`, `timeouts.update is "0". Expected a duration above zero, such as "1m".`},
			{`update = "abc"`, `timeouts.update is "abc". Expected a duration above zero, such as "1m".`},
			{`update = ""`, `timeouts.update is "". Expected a duration above zero, such as "1m".`},
			{`update = 5`, `timeouts.update is "5". Expected a duration above zero, such as "1m".`},
			{`updat = "1s"`, `An argument named "updat" is not expected here.`},
			{`read = "1s"`, `An argument named "read" is not expected here.`},
			{`delete = "1s"`, `An argument named "delete" is not expected here.`},
		} {
			steps = append(steps, refused(strings.Replace(web(""), `update = "1s"`, tt.line, 1), tt.line, tt.want))
		}
		return append(steps, refused(strings.Replace(web(""), "timeouts {", "timeouts = {", 1), `An argument named "timeouts" is not expected here.`))
	})
}

// TestAccVariableValues: a declaration made of variables is checked and planned
// with their values.
func TestAccVariableValues(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		declared := strings.Replace(web(""), `["80", "443"]`, `var.ports`, 1) + `
variable "ports" { type = list(string) }`
		with := func(step resource.TestStep, ports ...string) resource.TestStep {
			var list []config.Variable
			for _, port := range ports {
				list = append(list, config.StringVariable(port))
			}
			step.ConfigVariables = config.Variables{"ports": config.ListVariable(list...)}
			return step
		}
		fewer := applied(declared, has(theCheck, "results", opens(tcp443)))
		fewer.ConfigPlanChecks = beforeApply(
			changesOnly(theCheck+".open", theCheck+".passed_at", theCheck+".results["+tcp80+"]"),
			plans(theCheck, "results", opens(tcp443)),
		)
		return []resource.TestStep{
			with(refused(declared, "open = var.ports", `Element 0 of open: "http" is not a port.`), "http"),
			with(applied(declared, has(theCheck, "results", opens(tcp80, tcp443))), "80", "443"),
			with(fewer, "443"),
		}
	})
}

// TestAccOverrides: a setting of the resource holds for that resource alone. A
// setting that only the provider has is an error there.
func TestAccOverrides(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80)
		check := func(name, argument string) string {
			return `
resource "portcheck_check" "` + name + `" {
  hosts      = ["198.51.100.1"]
  open       = ["80"]
  on_failure = "warning"
  timeouts {
    create = "1s"
    update = "1s"
  }
  ` + argument + `
}`
		}
		return []resource.TestStep{
			refused(fast+check("web", "max_rate = 1"), `An argument named "max_rate" is not expected here.`),
			applied(fast+check("web", "")+check("six", `ip_version = "6"`),
				has(theCheck, "failures", map[string]any{}),
				has("portcheck_check.six", "failures", map[string]any{tcp80: failure("open", "unknown", "no-address", "not-resolvable")})),
			// The other way round, over what the provider sets.
			applied(setting(fast, `ip_version = "6"`)+check("web", "")+check("six", `ip_version = "4"`),
				has(theCheck, "failures", map[string]any{}), // a refresh keeps what could not be tested
				has("portcheck_check.six", "failures", map[string]any{})),
		}
	})
}
