package verdict_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// TestRecord: what is kept of a finding is the same of each run in which nothing
// changed, and makes a finding without evidence.
func TestRecord(t *testing.T) {
	f := verdict.Finding{
		Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: "web", Port: 443},
		Want:     endpoint.WantOpen,
		Observation: verdict.Observation{
			Last: look.Result{
				State:  look.Filtered,
				Reason: look.AdminProhibited,
				ICMP:   &look.ICMP{Type: 3, Code: 13},
				Start:  time.Unix(1, 0),
				RTT:    time.Second,
			},
			Looks: 3,
			Was:   look.Filtered,
		},
		Cause: verdict.Rejected,
	}
	want := verdict.Record{
		Declared: endpoint.WantOpen,
		State:    look.Filtered,
		Reason:   look.AdminProhibited,
		Cause:    verdict.Rejected,
	}
	if got := f.Record(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	recorded := verdict.Finding{Endpoint: f.Endpoint, Want: f.Want, Cause: f.Cause}
	recorded.Last.State, recorded.Last.Reason = look.Filtered, look.AdminProhibited
	got := verdict.Recorded(endpoint.Key{Endpoint: f.Endpoint}, f.Record())
	if diff := cmp.Diff(recorded, got, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if again := got.Record(); again != want {
		t.Errorf("what is read back would be kept as %+v", again)
	}
}

func TestOutlasts(t *testing.T) {
	tests := []struct {
		state       look.State
		before, now look.Reason
		state2      look.State
		outlasts    bool
	}{
		{look.Filtered, look.AdminProhibited, look.NoResponse, look.Filtered, true},
		{look.Filtered, look.NoResponse, look.AdminProhibited, look.Filtered, false},
		{look.Filtered, look.AdminProhibited, look.HostProhibited, look.Filtered, true},
		{look.Filtered, look.NoResponse, look.NoResponse, look.Filtered, true},
		{look.Filtered, look.AdminProhibited, look.ConnRefused, look.Closed, false},
		{look.Filtered, look.NoResponse, look.ConnRefused, look.Closed, false},
		{look.Closed, look.ConnRefused, look.PortUnreach, look.Closed, true},
		{look.Closed, look.ConnRefused, look.NoResponse, look.Filtered, false},
		{look.OpenFiltered, look.NoResponse, look.NoResponse, look.OpenFiltered, true},
		{look.Open, look.SynAck, look.UDPResponse, look.Open, true},
		{look.Unknown, look.NoSuchHost, look.ResolverTimeout, look.Unknown, true},
		{look.Unknown, look.NoSuchHost, look.NoResponse, look.Filtered, false},
		{look.Unresponsive, "status-503", look.TLSExpired, look.Unresponsive, false},
		{look.Unresponsive, look.TLSExpired, look.NoGreeting, look.Unresponsive, false},
		{look.Unresponsive, look.TLSExpired, look.TLSExpired, look.Unresponsive, false},
	}
	for _, tt := range tests {
		before := verdict.Record{State: tt.state, Reason: tt.before}
		now := verdict.Record{State: tt.state2, Reason: tt.now}
		if got := before.Outlasts(now); got != tt.outlasts {
			t.Errorf("%s %s, then %s %s: %v", tt.state, tt.before, tt.state2, tt.now, got)
		}
	}
}
