package provider_test

import (
	"fmt"
	"slices"
	"testing"
)

// TestAccBaselineUnprobedMessages: with probing off, no host is said to be without
// a record. The scan that follows says what changed.
func TestAccBaselineUnprobedMessages(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		w.write(setting(estate(""), "enabled = false"))
		w.apply().exits(0).says("Warning: No port is probed").saysNot("Nothing recorded")
		w.write(estate(""))
		w.apply().exits(0).saysNot("Warning:")
		w.serve(81)
		w.write(setting(estate("triggers = 1"), "enabled = false"))
		w.apply().exits(0)
		w.write(estate("triggers = 1"))
		w.apply().exits(0).says("Baseline changed: 198.51.100.1 +81")
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
