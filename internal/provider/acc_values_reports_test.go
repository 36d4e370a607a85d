package provider_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

const reporting = fast + `
variable "host" {
  default   = "198.51.100.1"
  sensitive = true
}
resource "portcheck_check" "web" {
  hosts    = ["198.51.100.1"]
  open     = ["80", "443"]
  triggers = { list = [1, "x", null], none = null, set = toset(["x"]), empty = [] }
  timeouts {
    create = "1s"
    update = "1s"
  }
}
data "portcheck" "p80" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
}
data "portcheck" "p443" {
  hosts = ["198.51.100.1"]
  open  = ["443"]
}
data "portcheck" "secret" {
  hosts = [var.host]
  open  = ["80"]
}
locals { each = { "80" = data.portcheck.p80, "443" = data.portcheck.p443 } }
output "resource" { value = provider::portcheck::report_markdown({ web = portcheck_check.web }) }
output "data" { value = provider::portcheck::report_markdown(local.each) }
output "junit" { value = provider::portcheck::report_junit(merge(local.each, { web = portcheck_check.web })) }
output "metrics" { value = provider::portcheck::report_openmetrics(local.each) }
output "json" { value = provider::portcheck::report_json(local.each) }
output "html" {
  value     = provider::portcheck::report_html({ secret = data.portcheck.secret })
  sensitive = true
}
`

// contains is the check of a text that has all of these in their order.
func contains(texts ...string) knownvalue.Check {
	for i := range texts {
		texts[i] = regexp.QuoteMeta(texts[i])
	}
	return knownvalue.StringRegexp(regexp.MustCompile(`(?s)` + strings.Join(texts, `.*`)))
}

// TestAccReports: reports follow what data source and resource say, at the time
// at which each is known, and nothing in them changes without a cause.
func TestAccReports(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		servers := s.serve(80, 443)
		first := applied(reporting,
			statecheck.ExpectKnownOutputValue("resource", contains("### Port checks: 1 passed", "- `web` passed: 2 open as declared, last passed")),
			statecheck.ExpectKnownOutputValue("junit", contains(`<testcase classname="443" name="tcp://198.51.100.1:443" time="0"></testcase>`, `name="web"`)),
			statecheck.ExpectKnownOutputValue("html", contains("The check is as declared", "198.51.100.1")),
			statecheck.ExpectSensitiveValue("data.portcheck.secret", attr("hosts").AtSliceIndex(0)),
		)
		first.ConfigPlanChecks = beforeApply(
			plancheck.ExpectUnknownOutputValue("resource"), // of passed_at
			plancheck.ExpectKnownOutputValue("data", contains("### Port checks: 2 passed")),
			plancheck.ExpectKnownOutputValue("metrics", contains(`portcheck_endpoint_passed{check="443",endpoint="tcp://198.51.100.1:443",place="local",state="open",reason="",cause=""} 1`, "# EOF")),
			plancheck.ExpectKnownOutputValue("json", contains(`"name": "443",`, `"outcome": "passed",`, `"key": "tcp://198.51.100.1:443"`)),
			plancheck.ExpectKnownOutputValue("html", contains("The check is as declared")),
		)
		const row = "| `tcp://198.51.100.1:443` | open | closed | conn-refused | service-down |"
		drift := drifts(reporting,
			plancheck.ExpectUnknownOutputValue("resource"),
			plancheck.ExpectKnownOutputValue("data", contains("### Port checks: 1 failed, 1 passed", "| `443` "+row)),
		)
		accepted := applied(strings.Replace(reporting, "triggers =", `on_failure = "warning"
  triggers =`, 1),
			statecheck.ExpectKnownOutputValue("resource", contains("| `web` "+row, "- `web` failed: 1 endpoint not as declared, 1 open as declared, last passed")),
			statecheck.ExpectKnownOutputValue("junit", contains(`<failure message="tcp://198.51.100.1:443 is closed, declared open" type="service-down">`)),
		)
		return []resource.TestStep{
			first,
			when(func() {
				if err := servers[1].Close(); err != nil {
					t.Fatal(err)
				}
			}, drift),
			fails(reporting, "Error: Port check failed: tcp://198.51.100.1:443 is closed"),
			// The report of the run before stays, as documented.
			drifts(reporting, outputBefore("resource", contains("### Port checks: 1 passed"))),
			accepted,
		}
	})
}

// TestAccReportUnprobed: with enabled = false there is a report all the same, a
// whole file.
func TestAccReportUnprobed(t *testing.T) {
	onValues(t, func(_ *testing.T, _ scene) []resource.TestStep {
		return []resource.TestStep{applied(header+`
provider "portcheck" { enabled = false }
data "portcheck" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
}
resource "terraform_data" "report" {
  input = provider::portcheck::report_junit({ web = data.portcheck.web })
}
output "report" { value = terraform_data.report.output }
`, statecheck.ExpectKnownOutputValue("report", knownvalue.StringRegexp(regexp.MustCompile(
			`(?s)^<\?xml.*<skipped message="nothing was ever probed">.*</testsuites>\s*$`))))}
	})
}
