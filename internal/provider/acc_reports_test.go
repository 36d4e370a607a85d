package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
  timeouts = { create = "1s", update = "1s" }
}
data "portcheck" "each" {
  for_each = toset(["80", "443"])
  hosts    = ["198.51.100.1"]
  open     = [each.key]
}
data "portcheck" "secret" {
  hosts = [var.host]
  open  = ["80"]
}
output "resource" { value = provider::portcheck::report_markdown({ web = portcheck_check.web }) }
output "data" { value = provider::portcheck::report_markdown(data.portcheck.each) }
output "junit" { value = provider::portcheck::report_junit(merge(data.portcheck.each, { web = portcheck_check.web })) }
output "html" {
  value     = provider::portcheck::report_html({ secret = data.portcheck.secret })
  sensitive = true
}
`

// raw is an output as pipelines take it.
func (w *workspace) raw(name string) result {
	w.t.Helper()
	return w.run("output", "-raw", name).exits(0)
}

// TestAccReports: reports follow what data source and resource say, at the time
// at which each is known, and nothing in them changes without a cause.
func TestAccReports(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.write(reporting)
		servers := w.serve(80, 443)
		w.plan().exits(2).says("+ resource = (known after apply)", "+ html = (sensitive value)", "### Port checks: 2 passed")
		w.apply().exits(0).saysNot("Warning: ")
		w.raw("resource").says("### Port checks: 1 passed", "- `web` passed: 2 open as declared, last passed")
		w.raw("junit").says(`<testcase classname="443" name="tcp://198.51.100.1:443" time="0"></testcase>`, `name="web"`)
		w.raw("html").says("The check is as declared", "198.51.100.1")
		w.plan().exits(0)

		if err := servers[1].Close(); err != nil {
			t.Fatal(err)
		}
		const row = "| `tcp://198.51.100.1:443` | open | closed | conn-refused | service-down |"
		w.plan().exits(2).says("EOT -> (known after apply)", "| `443` "+row)
		w.apply().exits(1)
		w.raw("resource").says("### Port checks: 1 passed") // of the run before, as documented
		w.apply("-refresh-only").exits(0)
		w.raw("resource").says("| `web` "+row, "- `web` failed: 1 endpoint not as declared, 1 open as declared, last passed")
		w.raw("data").says("### Port checks: 1 failed, 1 passed", "| `443` "+row)
		w.raw("junit").says(`<failure message="tcp://198.51.100.1:443 is closed, declared open" type="service-down">`)
	})
}

// TestAccReportErrors: what is no check is an error before anything is probed.
func TestAccReportErrors(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		for call, text := range map[string]string{
			`"portcheck_check.web"`:        `this is the string "portcheck_check.web", which is a check without the quotes.`,
			`null`:                         "argument must not be null",
			`[portcheck_check.web]`:        "this is a list. Expected a map from a name to each check",
			`{ web = 3, x = var.unknown }`: `checks["web"] is a number. Expected a portcheck_check resource or a portcheck data source.`,
			`{ web = { passed = true } }`:  `checks["web"] is an object without "failures".`,
		} {
			w.write(header + `
variable "unknown" { default = null }
resource "portcheck_check" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
}
output "report" { value = provider::portcheck::report_junit(` + call + `) }
`)
			w.run("validate").exits(1).says(`Invalid value for "checks" parameter: ` + text)
		}
	})
}

// TestAccReportUnprobed: with enabled = false there is a report all the same.
func TestAccReportUnprobed(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.write(header + `
provider "portcheck" { enabled = false }
data "portcheck" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
}
resource "terraform_data" "report" {
  input = provider::portcheck::report_junit({ web = data.portcheck.web })
}
output "report" { value = terraform_data.report.output }
`)
		w.apply().exits(0)
		report := w.raw("report").says(`<skipped message="nothing was ever probed">`).out
		if err := os.WriteFile(filepath.Join(w.Dir, "report.xml"), []byte(report), 0o600); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(report, "<?xml") {
			t.Errorf("not as a file has it: %q", report)
		}
		w.plan().exits(0)
	})
}
