package verdict

import (
	"slices"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestWaive: a waiver excuses a failure and an endpoint that could not be tested, as
// long as it holds. It never excuses a place that failed.
func TestWaive(t *testing.T) {
	day, _ := endpoint.ParseDay("2026-12-31")
	waivers := map[uint16]*endpoint.Waiver{22: {Until: day}, 80: {Until: day}, 81: {Until: day}, 82: {Until: day}}
	found := func(port uint16, want endpoint.Want, state look.State, cause Cause) Finding {
		return Recorded(endpoint.Key{Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: "web", Port: port}}, Record{want, state, "x", cause})
	}
	v := Verdict{
		Findings: []Finding{
			found(22, endpoint.WantClosed, look.Open, UnexpectedOpen),
			found(80, endpoint.WantOpen, look.Open, ""),
			found(81, endpoint.WantOpen, look.Unknown, NotResolvable),
			found(82, endpoint.WantOpen, look.Unknown, VantageFailed),
			found(83, endpoint.WantOpen, look.Closed, ServiceDown),
		},
		Failed: []Failed{{Untested: []Finding{found(81, endpoint.WantOpen, look.Unknown, VantageFailed)}}},
	}
	of := func(e endpoint.Endpoint) *endpoint.Waiver { return waivers[e.Port] }
	listed := func(findings []Finding) (ports []uint16) {
		for _, f := range findings {
			ports = append(ports, f.Endpoint.Port)
		}
		return ports
	}
	for _, tt := range []struct {
		now            time.Time
		waived, failed []uint16
		ended          bool
	}{
		{day, []uint16{22, 81}, []uint16{82, 83}, false},
		{day.AddDate(0, 0, 1), nil, []uint16{22, 81, 82, 83}, true},
	} {
		v.Waive(of, tt.now)
		if got := listed(v.Waived()); !slices.Equal(got, tt.waived) {
			t.Errorf("at %s waived %v", tt.now, got)
		}
		if got := listed(v.Failures()); !slices.Equal(got, tt.failed) {
			t.Errorf("at %s failed %v", tt.now, got)
		}
		if f := v.Failed[0].Untested[0]; f.WaiverEnded != tt.ended || f.Excused() == tt.ended {
			t.Errorf("untested: %v", f)
		}
	}
}
