package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

// TestAccDataSource: a port that is not as declared is a value and no error. An
// output that refers to it follows.
func TestAccDataSource(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		config := data("") + `output "web" { value = data.portcheck.web.failures }`
		closed := map[string]any{tcp80: failure("open", "closed", "conn-refused", "service-down")}
		first := applied(config,
			has(theData, "passed", false),
			has(theData, "results", map[string]any{tcp80: "closed"}),
			has(theData, "failures", closed),
		)
		first.ConfigPlanChecks = beforeApply(
			changesOnly("terraform_data.after: create", "output.web"),
			plancheck.ExpectKnownOutputValue("web", exactly(closed)),
		)
		second := applied(config,
			has(theData, "passed", true),
			has(theData, "results", opens(tcp80)),
			statecheck.ExpectKnownOutputValue("web", exactly(map[string]any{})),
		)
		second.ConfigPlanChecks = beforeApply(changesOnly("output.web"))
		return []resource.TestStep{first, when(func() { s.serve(80) }, second), {Config: config, Destroy: true}}
	})
}

func TestAccDataSourceOnFailure(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		server := s.serve(80)[0]
		strict, silent := data(`on_failure = "error"`), data(`on_failure = "none"`)
		postcondition := data(`on_failure = "none"
  lifecycle {
    postcondition {
      condition     = self.passed
      error_message = "web does not answer"
    }
  }`)
		return []resource.TestStep{
			applied(strict, has(theData, "passed", true)),
			when(func() {
				if err := server.Close(); err != nil {
					t.Fatal(err)
				}
			}, refused(strict, "Error: "+closedPort, "conn-refused", "terraform destroy -refresh=false")),
			{RefreshState: true, ExpectError: says("Error: " + closedPort)},
			{Config: strict, Destroy: true, ExpectError: says("Error: " + closedPort)},
			quiet(silent),
			refused(postcondition, "web does not answer"),
			{Config: postcondition, Destroy: true},
			refused(strict, "Error: "+closedPort), // and the destroy at the end, without a refresh, passes
		}
	})
}

// TestAccDataSourceDeferred: a host that only apply knows is probed at apply, as
// a gate for whatever depends on it.
func TestAccDataSourceDeferred(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		config := fast + `
resource "terraform_data" "host" { input = "198.51.100.1" }
data "portcheck" "web" {
  hosts      = [terraform_data.host.output]
  open       = ["80"]
  on_failure = "error"
}
resource "terraform_data" "gated" { input = data.portcheck.web.passed }
`
		second := applied(config, has(theData, "passed", true), has("terraform_data.gated", "output", true))
		second.ConfigPlanChecks = beforeApply(changesOnly("terraform_data.gated: create"))
		return []resource.TestStep{
			drifts(config,
				changesOnly(theData+": read", "terraform_data.host: create", "terraform_data.gated: create"),
				plancheck.ExpectUnknownValue(theData, attr("passed")),
				plancheck.ExpectUnknownValue("terraform_data.gated", attr("input")),
			),
			fails(config, "Error: "+closedPort),
			when(func() { s.serve(80) }, second), // what depends on the data source was not made before
		}
	})
}

func TestAccDataSourceUnknown(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80)
		s.lab.Unroute()
		return []resource.TestStep{applied(data(""),
			has(theData, "passed", false),
			has(theData, "failures", map[string]any{tcp80: failure("open", "unknown", "no-route", "prober-offline")}))}
	})
}

// TestAccDataSourceUnprobed: a gate that cannot be probed at plan does not pass.
func TestAccDataSourceUnprobed(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		config := func(arguments string) string {
			return setting(data(arguments), "source_address = terraform_data.address.output") + `
resource "terraform_data" "address" { input = "192.0.2.1" }`
		}
		gate := config(`on_failure = "error"
  depends_on = [terraform_data.address]`)
		return []resource.TestStep{
			drifts(config(""), changesOnly("terraform_data.address: create", "terraform_data.after: create")),
			refused(config(`on_failure = "error"`), "Error: Port check impossible before apply", "The provider's configuration is not known yet: source_address."),
			fails(gate, "Error: "+closedPort),
			when(func() { s.serve(80) }, applied(gate, has(theData, "passed", true))),
		}
	})
}

// TestAccDataSourceMany: each of many has its own results.
func TestAccDataSourceMany(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		var checks []statecheck.StateCheck
		for i, state := range []string{"open", "closed", "open", "closed"} {
			endpoint := "tcp://198.51.100.1:" + []string{"80", "81", "443", "444"}[i]
			checks = append(checks, has(fmt.Sprintf("data.portcheck.web[%d]", i), "results", map[string]any{endpoint: state}))
		}
		return []resource.TestStep{applied(fast+`
data "portcheck" "web" {
  count = 4
  hosts = ["198.51.100.1"]
  open  = [["80", "81", "443", "444"][count.index]]
}`, checks...)}
	})
}
