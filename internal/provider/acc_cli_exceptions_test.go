package provider_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccWaiverMessages: a waiver is said in one warning at plan and at apply, and one
// that has ended in the failure that it no longer excuses. A wrong one is an error.
func TestAccWaiverMessages(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.firewall(443, porttest.RejectAdmin)
		const waived = "Warning: tcp://198.51.100.1:443 is filtered, declared open, but waived until 2999-12-31"
		w.write(web(waiver("443", "2999-12-31")))
		w.apply().exits(0).says(waived, "CHG-1234").saysNot("Port check failed", "which is soon")
		w.plan().exits(0).says(waived, "No changes.").saysNot("Port drift")

		w.firewall(80, porttest.RejectAdmin)
		w.write(web("triggers = 1\n  " + waiver("443", "2999-12-31")))
		w.apply().exits(1).says(waived, "Error: Port check failed: tcp://198.51.100.1:80 is filtered")
		w.firewall(80, porttest.Accept)

		w.write(web(waiver("443", "2020-12-31")))
		w.plan().exits(2)
		w.apply().exits(1).says("Error: Port check failed: tcp://198.51.100.1:443 is filtered, declared open, and its waiver has ended",
			"The waiver of tcp://198.51.100.1:443 ended on 2020-12-31: CHG-1234")
		w.write(data(waiver("443", "2020-12-31")))
		w.run("validate").exits(1).says(`waivers["443"]: nothing of that is declared.`)
		w.write(data(`waivers = { "80" = { till = "2999-12-31" } }`))
		w.run("validate").exits(1).says(`waivers["80"]: "till" is not an option of waivers. Expected one of until, reason.`)
		w.firewall(80, porttest.RejectAdmin)
		w.write(data(`on_failure = "error"
  ` + waiver("tcp://198.51.100.1:80", "2999-12-31")))
		w.plan().says("Warning: tcp://198.51.100.1:80 is filtered, declared open, but waived until 2999-12-31").saysNot("Error")
	})
}

// TestAccPausedMessages: an object that is paused says so in one warning, whatever its
// state. So does the provider.
func TestAccPausedMessages(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		const rests, over = `paused_until = "2999-01-01T00:00:00Z"`, `paused_until = "2020-01-01T00:00:00Z"`
		const warning = "Warning: No port of this object is probed: paused_until is 2999-01-01T00:00:00Z"
		w.write(web(rests))
		w.plan().exits(2).says(warning)
		w.apply().exits(0).says(warning)
		w.plan().exits(0).says(warning, "No changes.")
		if check := w.check(); check["passed"] != nil || check["results"] != nil {
			t.Errorf("a check that was paused has %v", check)
		}
		w.write(web(over))
		w.plan().exits(2)
		w.apply().exits(1).says("Error: Port check failed: tcp://198.51.100.1:80 is closed")
		w.serve(80, 443)
		w.apply().exits(0).saysNot("probed: paused")
		w.firewall(443, porttest.RejectAdmin)
		w.write(web(rests))
		w.plan().exits(2).says("Warning: Port drift found while planning", warning) // the refresh goes by what is in state
		w.apply().exits(0)
		w.plan().exits(0).says(warning).saysNot("Port drift")
		w.write(setting(web(rests), rests))
		w.plan().exits(0).says("Warning: No port is probed", "paused_until of the provider is 2999-01-01T00:00:00Z.").saysNot(warning)
		w.write(data(`on_failure = "error"
  ` + rests))
		w.plan().says(warning).saysNot("Error")
		w.write(data(`paused_until = "tomorrow"`))
		w.run("validate").exits(1).says(`paused_until is "tomorrow". Expected a time as in RFC 3339, such as "2026-12-01T06:00:00Z".`)
		w.write(fast + `
resource "portcheck_baseline" "estate" {
  hosts = ["198.51.100.1"]
  ports = ["80"]
  ` + rests + `
}`)
		w.plan().exits(2).says(warning)
		w.apply().exits(0).says(warning)
		w.plan().exits(0).says(warning, "No changes.")
	})
}
