package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func TestAccBaselineDisabled(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		server := w.serve(80)[0]
		off := func(config string) string {
			return strings.Replace(config, "checks_read_timeout", "enabled = false\n  checks_read_timeout", 1)
		}
		w.write(off(estate("")))
		w.apply().exits(0).says("Warning: No port is probed").saysNot("Nothing recorded")
		if got := w.recorded(); got["open"] != nil || got["recorded_at"] != nil || got["unreachable"] != nil || server.Accepted() != 0 {
			t.Errorf("disabled: %d probes, state has %v", server.Accepted(), got)
		}
		w.plan().exits(0)
		w.write(estate(""))
		w.plan().exits(2).says("+ open = (known after apply)")
		w.apply().exits(0).saysNot("Warning:")
		w.holds(map[string]any{"198.51.100.1": ports("80")})
		w.plan().exits(0)

		// What changes while nothing is probed is scanned for later, and still is
		// when the first scan is refused.
		before := w.recorded()
		w.serve(81)
		w.write(off(estate("triggers = 1")))
		w.apply().exits(0)
		w.plan().exits(0)
		if after := w.recorded(); after["recorded_at"] != before["recorded_at"] || !cmp.Equal(after["open"], before["open"]) {
			t.Errorf("disabled: recorded %v", after)
		}
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
		w.write(recorded("triggers = 1\n require_all = true"))
		w.apply().exits(1).says("Error: Baseline not recorded: 198.51.100.1: no answer")
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Accept)
		w.write(estate("triggers = 1"))
		w.plan().exits(2).says("portcheck_baseline.estate will be updated in-place")
		w.apply().exits(0).says("Baseline changed: 198.51.100.1 +81")
		w.plan().exits(0)
	})
}

// TestAccBaselinePlannedWhileDisabled: a plan made without a network is applied
// with one, and the reverse.
func TestAccBaselinePlannedWhileDisabled(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		enabled := w.Env
		disabled := append(slices.Clone(enabled), "PORTCHECK_ENABLED=false")
		for i, env := range [][2][]string{{disabled, enabled}, {disabled, enabled}, {enabled, disabled}, {enabled, enabled}} {
			w.write(recorded(fmt.Sprintf("triggers = %d", i)))
			w.Env = env[0]
			w.plan("-out=next.tfplan").exits(2)
			w.Env = env[1]
			w.apply("next.tfplan").exits(0)
			w.holds(map[string]any{"198.51.100.1": ports("80")})
		}
		w.plan().exits(0)
	})
}

// TestAccBaselineUnknown: hosts, or a trigger, that only apply knows.
func TestAccBaselineUnknown(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		server := w.serve(80)[0]
		config := func(replace string) string {
			return estate(`hosts = [terraform_data.host.output]
  triggers = terraform_data.host.output`) + fmt.Sprintf(`
resource "terraform_data" "host" {
  input            = "198.51.100.1"
  triggers_replace = %q
}`, replace)
		}
		w.write(config("a"))
		w.apply().exits(0)
		w.holds(map[string]any{"198.51.100.1": ports("80")})
		w.plan().exits(0)
		before := w.recorded()

		// What turns out to be what it was is no change.
		w.write(config("b"))
		w.plan("-out=next.tfplan").exits(2)
		probed := server.Accepted()
		w.apply("next.tfplan").exits(0)
		if diff := cmp.Diff(before, w.recorded()); diff != "" {
			t.Errorf("(-before +after)\n%s", diff)
		}
		if n := server.Accepted() - probed; n != 0 {
			t.Errorf("%d probes although nothing changed", n)
		}
		w.plan().exits(0)
	})
}
