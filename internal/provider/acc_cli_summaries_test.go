package provider_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccEqualSummaries: objects that have the same to say about the same endpoint
// are all heard.
func TestAccEqualSummaries(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		thrice := func(config string) string {
			return strings.NewReplacer(`"web" {`, "\"web\" {\n  count = 3", `"estate" {`, "\"estate\" {\n  count = 3").Replace(config)
		}
		// each holds a command to three warnings with this summary.
		each := func(r result, exit int, summary string) {
			t.Helper()
			second, third := " (2nd check of it)", " (3rd check of it)"
			if strings.Contains(summary, "recorded") {
				second, third = " (2nd baseline of it)", " (3rd baseline of it)"
			}
			r.exits(exit).says("Warning: "+summary, summary+second, summary+third).saysNot("similar warning")
		}
		servers := w.serve(80, 443)
		w.write(thrice(web(`on_drift = "warning"`)))
		w.apply().exits(0).saysNot("Warning")
		before := w.stateFile()
		w.apply().exits(0)
		if !bytes.Equal(before, w.stateFile()) {
			t.Error("state changed")
		}
		w.firewall(443, porttest.RejectAdmin)
		each(w.plan(), 0, strings.TrimPrefix(driftWarning, "Warning: "))
		w.write(thrice(web(`on_failure = "warning"`)))
		each(w.apply(), 0, strings.TrimPrefix(applyWarning, "Warning: "))
		each(w.plan(), 0, strings.TrimPrefix(acceptedAgain, "Warning: "))
		if text := w.stateFile(); bytes.Contains(text, []byte("check of it")) {
			t.Errorf("state has a summary:\n%s", text)
		}
		w.destroy("-refresh=false").exits(0)

		_ = servers[0].Close()
		w.write(thrice(strings.Split(data(""), "resource")[0]))
		each(w.plan(), 0, closedPort)
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
		w.write(thrice(recorded("")))
		each(w.apply(), 0, "Nothing recorded of 198.51.100.1: no answer")
	})
}
