package provider_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccBaselineOfAllPorts: with 65,535 ports declared closed, plan and state are
// short all the same.
func TestAccBaselineOfAllPorts(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(22, 443)
		w.write(nothingElse("1-65535"))
		w.apply().exits(0)
		w.holds(map[string]any{"198.51.100.1": ports("22", "443")})
		w.plan().exits(0)

		w.serve(50000, 50001)
		plan := w.plan().exits(2).says("Port drift found while planning: tcp://198.51.100.1:50000 is open, declared closed (and 1 more)",
			"tcp://198.51.100.1:50000-50001 closed open syn-ack unexpected-open")
		if lines := strings.Count(plan.out, "\n"); lines > 80 {
			t.Errorf("the plan has %d lines:\n%s", lines, plan.out)
		}
		w.apply("-refresh-only").exits(0)
		if size := len(w.stateFile()); size > 6000 {
			t.Errorf("the state has %d bytes:\n%s", size, w.stateFile())
		}
	})
}

// TestAccBaselineInterrupt: Ctrl-C ends a scan that would take minutes.
func TestAccBaselineInterrupt(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		seen := w.serve(22)[0]
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
		w.firewall(22, porttest.Accept)
		w.write(strings.Replace(strings.Replace(recorded(""), `"1-100"`, `"1-65535"`, 1), `"200ms"`, `"10s"`, 1))
		w.interruptedApply(seen).exits(1).says("Error: Baseline scan interrupted", "Nothing was recorded.").saysNot("Nothing recorded of")
		if got := w.recorded(); got != nil {
			t.Errorf("an interrupted create wrote state: %v", got)
		}
	})
}
