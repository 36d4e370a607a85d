package verdict_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

func TestOutlasts(t *testing.T) {
	tests := []struct {
		state       probe.State
		before, now probe.Reason
		state2      probe.State
		outlasts    bool
	}{
		{probe.Filtered, "admin-prohibited", probe.NoResponse, probe.Filtered, true},
		{probe.Filtered, probe.NoResponse, "admin-prohibited", probe.Filtered, false},
		{probe.Filtered, "admin-prohibited", "host-prohibited", probe.Filtered, true},
		{probe.Filtered, "admin-prohibited", probe.ConnRefused, probe.Closed, false},
		{probe.Unresponsive, "status-503", probe.TLSExpired, probe.Unresponsive, false},
		{probe.Unresponsive, probe.TLSExpired, probe.NoGreeting, probe.Unresponsive, false},
	}
	for _, tt := range tests {
		before, now := verdict.Record{State: tt.state, Reason: tt.before}, verdict.Record{State: tt.state2, Reason: tt.now}
		if got := before.Outlasts(now); got != tt.outlasts {
			t.Errorf("%s %s, then %s %s: %v", tt.state, tt.before, tt.state2, tt.now, got)
		}
	}
}
