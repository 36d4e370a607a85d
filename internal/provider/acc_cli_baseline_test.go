package provider_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func (w *workspace) recorded() map[string]any {
	w.t.Helper()
	return w.state("portcheck_baseline", "estate")
}

// holds compares what is recorded as open.
func (w *workspace) holds(want map[string]any) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.recorded()["open"]); diff != "" {
		w.t.Errorf("open (-want +got)\n%s", diff)
	}
}

// TestAccBaselineMessages: a plan shows that a scan is due, and a warning of apply
// names the ports that came and went.
func TestAccBaselineMessages(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		servers := w.serve(22, 80, 81, 8080)
		w.write(estate("triggers = 1"))
		w.plan().exits(2).says("+ open = (known after apply)", "+ recorded_at = (known after apply)", "+ unreachable = (known after apply)")
		w.apply().exits(0).saysNot("Warning:")
		w.plan().exits(0).says("No changes.").saysNot("Warning:")

		if err := servers[3].Close(); err != nil {
			t.Fatal(err)
		}
		w.serve(8081)
		w.plan().exits(2).says(
			"Port drift found while planning: tcp://198.51.100.1:8080 is closed, declared open (and 1 more)",
			"tcp://198.51.100.1:8080 open closed conn-refused service-down",
			"tcp://198.51.100.1:8081 closed open syn-ack unexpected-open",
			"0 to add, 1 to change",
		).saysNot("portcheck_baseline.estate will be")

		w.write(estate("triggers = 2"))
		w.plan().exits(2).says("portcheck_baseline.estate will be updated in-place", "~ triggers = 1 -> 2", "~ open = {", "-> (known after apply)",
			"portcheck_check.web will be updated in-place", "~ baseline = {", "0 to add, 2 to change")
		w.apply().exits(0).says(
			"Warning: Baseline changed: 198.51.100.1 +8081 -8080",
			"198.51.100.1 8081 8080",
			"with portcheck_baseline.estate",
		)
		w.write(estate("triggers = 3"))
		w.apply().exits(0).saysNot("Warning:")
	})
}

// TestAccBaselineGapMessages: apply warns of each host without a record, and says
// why it has none.
func TestAccBaselineGapMessages(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(3), porttest.Drop)
		w.write(recorded(`hosts = ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.200/31"]`))
		w.apply().exits(0).says("Warning: Nothing recorded of 198.51.100.3: no answer (and 2 more hosts)", gapTable, "With require_all = true this is an error.").
			saysNot("No host answered")
		w.plan().exits(0).saysNot("Warning:")

		w.lab.SetAll(porttest.Router, porttest.ServerAddr(3), porttest.Accept)
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
		w.write(recorded(`hosts = ["198.51.100.1", "198.51.100.3"]`))
		w.apply().exits(0).says("Warning: Nothing recorded of 198.51.100.1: no answer", "Warning: Baseline changed: 198.51.100.1 -80 (unreachable) (and 2 more hosts)",
			"198.51.100.1 - 80 unreachable", "198.51.100.2 - - no longer scanned", "198.51.100.3 - - new").
			saysNot("no answer (and")
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(3), porttest.Drop)
		w.apply("-replace=portcheck_baseline.estate").exits(0).says("No host answered, so open is empty")

		w.lab.Unroute()
		w.write(recorded(`hosts = ["198.51.100.1", "127.0.0.1"]`))
		w.apply().exits(0).says("Warning: Nothing recorded of 198.51.100.1: prober-offline (no-route)", "prober-offline: the machine that runs this has no route to the address")
	})
}

// TestAccBaselineOfAnIntrusionPreventionSystem: a host that blocks the prober
// in the middle of a scan is not recorded in part, and the warning says why.
func TestAccBaselineOfAnIntrusionPreventionSystem(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(22, 80)
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Ban(30, 10*time.Minute))
		w.write(recorded(""))
		w.apply().exits(0).says("Nothing recorded of 198.51.100.1: stopped-answering (no-response)")
		w.holds(map[string]any{})
	})
}
