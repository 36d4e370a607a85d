package verdict_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

func TestOutlasts(t *testing.T) {
	tests := []struct {
		state       look.State
		before, now look.Reason
		state2      look.State
		outlasts    bool
	}{
		{look.Filtered, "admin-prohibited", look.NoResponse, look.Filtered, true},
		{look.Filtered, look.NoResponse, "admin-prohibited", look.Filtered, false},
		{look.Filtered, "admin-prohibited", "host-prohibited", look.Filtered, true},
		{look.Filtered, "admin-prohibited", look.ConnRefused, look.Closed, false},
		{look.Unresponsive, "status-503", look.TLSExpired, look.Unresponsive, false},
		{look.Unresponsive, look.TLSExpired, look.NoGreeting, look.Unresponsive, false},
	}
	for _, tt := range tests {
		before, now := verdict.Record{State: tt.state, Reason: tt.before}, verdict.Record{State: tt.state2, Reason: tt.now}
		if got := before.Outlasts(now); got != tt.outlasts {
			t.Errorf("%s %s, then %s %s: %v", tt.state, tt.before, tt.state2, tt.now, got)
		}
	}
}
