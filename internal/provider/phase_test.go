package provider

import "testing"

// TestPhase: the facts behind phase are in the acceptance tests, which plan and
// apply with each CLI: TestAccUnknownTriggerThatStays, TestAccOnDriftError.
func TestPhase(t *testing.T) {
	var p phase
	if p.planning() {
		t.Error("nothing was refreshed, and it plans")
	}
	p.refresh()
	if !p.planning() {
		t.Error("a check was refreshed, and it does not plan")
	}
}
