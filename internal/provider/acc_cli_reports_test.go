package provider_test

import "testing"

// TestAccReportRefreshed: a refresh alone brings the report of a check up to
// date, as pipelines take it, and a failed apply does not.
func TestAccReportRefreshed(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		report := func() result {
			t.Helper()
			return w.run("output", "-raw", "report").exits(0)
		}
		w.write(web("") + `
output "report" { value = provider::portcheck::report_markdown({ web = portcheck_check.web }) }`)
		servers := w.serve(80, 443)
		w.apply().exits(0)
		if err := servers[1].Close(); err != nil {
			t.Fatal(err)
		}
		w.plan().exits(2).says("EOT -> (known after apply)")
		w.apply().exits(1)
		report().says("### Port checks: 1 passed") // of the run before, as documented
		w.apply("-refresh-only").exits(0)
		report().says("| `web` | `tcp://198.51.100.1:443` | open | closed | conn-refused | service-down |",
			"- `web` failed: 1 endpoint not as declared, 1 open as declared, 1 closed as declared, last passed")
	})
}
