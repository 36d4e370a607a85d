package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

// TestAccMatrix measures the matrix of the guide "Exit codes": what becomes of a check
// whose port is down, whatever it says, and however the command is run. The checks of
// a row are in one configuration, and each of them has its part in what is said.
func TestAccMatrix(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(443)
		for _, row := range provider.MatrixRows() {
			w.firewall(443, porttest.Accept)
			w.bring(row)
			state := w.stateFile()
			for _, c := range []provider.Circumstance{{Probes: true, Refreshes: true}, {Probes: true}, {Refreshes: true}, {}} {
				if !c.Probes && !c.Refreshes && row[0].Port != provider.PortStored {
					continue // nothing is probed with a refresh either
				}
				if got, want := w.measure(row, c, state), row[0].ExitCodes(c); got != want {
					t.Errorf("%+v, %+v: plan, apply, destroy end with %v, want %v", row, c, got, want)
				}
			}
			w.destroy("-refresh=false").exits(0)
		}
	})
}

// matrixConfig has a check for each situation. With refreshable a refresh stores what
// it finds, which it does not with on_drift = "ignore".
func matrixConfig(row []provider.Situation, refreshable bool) string {
	config := fast
	for i, s := range row {
		if s.OnDrift == "ignore" && refreshable {
			s.OnDrift = "warning"
		}
		config += fmt.Sprintf(`
resource "portcheck_check" "web%d" {
  hosts      = ["198.51.100.1"]
  open       = ["443"]
  rechecks   = 0
  on_drift   = %q
  on_failure = %q
  timeouts {
    create = "1ms"
    update = "1ms"
  }
}
`, i, s.OnDrift, s.OnFailure)
	}
	return config
}

// bring brings about the situations of a row.
func (w *workspace) bring(row []provider.Situation) {
	w.t.Helper()
	port := row[0].Port
	if port == provider.PortAccepted {
		w.firewall(443, porttest.RejectAdmin)
	}
	w.write(matrixConfig(row, true))
	w.apply().exits(0)
	if port == provider.PortStored || port == provider.PortReopened {
		w.firewall(443, porttest.RejectAdmin)
		w.run("apply", "-refresh-only", "-auto-approve").exits(0)
	}
	w.write(matrixConfig(row, false))
	if matrixConfig(row, true) != matrixConfig(row, false) {
		w.apply("-refresh=false").exits(0) // which looks at nothing
	}
	switch port {
	case provider.PortDown:
		w.firewall(443, porttest.RejectAdmin)
	case provider.PortReopened:
		w.firewall(443, porttest.Accept)
	}
}

// measure runs the commands, each from the same state, and holds each check to its
// part in what they say.
func (w *workspace) measure(row []provider.Situation, c provider.Circumstance, state []byte) (got provider.ExitCodes) {
	w.t.Helper()
	if !c.Probes {
		w = w.with(idle)
	}
	refresh := fmt.Sprintf("-refresh=%t", c.Refreshes)
	plan := w.plan(refresh)
	switch got.Plan = plan.exit; got.Plan {
	case 1:
		plan.saysTimes("Error: Port drift stops the plan", len(row))
	case 2:
		plan.says(fmt.Sprintf("0 to add, %d to change", len(row)))
	}
	apply := w.apply(refresh)
	if got.Apply = apply.exit; got.Apply == 1 && got.Plan == 2 {
		apply.saysTimes("Error: Port check failed", len(row))
	}
	w.putState(state)
	if c.Refreshes {
		got.Destroy = w.destroy(refresh).exit
		w.putState(state)
	}
	return got
}

// saysTimes holds the output to containing text n times.
func (r result) saysTimes(text string, n int) {
	r.t.Helper()
	if got := strings.Count(r.out, text); got != n {
		r.t.Errorf("%s says %d times %q, want %d:\n%s", r.command, got, text, n, r.out)
	}
}

// putState puts back a state as stateFile returned it.
func (w *workspace) putState(state []byte) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.Dir, "terraform.tfstate"), state, 0o600); err != nil {
		w.t.Fatal(err)
	}
}
