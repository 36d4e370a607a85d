package verdict

import (
	"slices"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestEveryReasonHasACause ranges over all reasons that an endpoint can be
// unknown for: each fault has a cause of its own, and evidence that was taken
// back is never a fault.
func TestEveryReasonHasACause(t *testing.T) {
	for _, reason := range look.Reasons() {
		last := look.Result{State: look.Unknown, Reason: reason}
		f := Finding{Want: endpoint.WantOpen, Observation: Observation{Last: last}}
		want, listed := faultCauses[reason]
		if listed != slices.Contains(look.Faults(), reason) {
			t.Errorf("%s is a fault for one package alone", reason)
		}
		if !listed {
			want = StoppedAnswering
		}
		if got := cause(f, Run{}); got != want || got == "" {
			t.Errorf("%s: cause %q, want %q", reason, got, want)
		}
	}
}

// TestCauseTable: each cause is there once, and endpoints that could not be
// tested have one that says so.
func TestCauseTable(t *testing.T) {
	inconclusive := map[Cause]bool{StoppedAnswering: true}
	seen := map[Cause]bool{}
	for _, row := range causeTable {
		if seen[row.cause] || row.cause.Scope() != row.scope {
			t.Errorf("%s, %v", row.cause, row.cause.Scope())
		}
		seen[row.cause] = true
		inconclusive[row.cause] = inconclusive[row.cause] || row.inconclusive
	}
	for reason, c := range faultCauses {
		if !inconclusive[c] || !seen[c] {
			t.Errorf("%s is unknown for %s, which says that it was tested", c, reason)
		}
	}
	if got := Cause("of-a-later-version").Scope(); got != OfEndpoint {
		t.Error(got)
	}
}

// TestCauses: the order and the scopes are what reports go by.
func TestCauses(t *testing.T) {
	scopes := map[Scope][]Cause{
		OfEndpoint: {UnexpectedOpen, NotFiltered, ServiceDown, Unhealthy, Rejected, FilteredBySource, Filtered, NotOpen},
		OfHost:     {StoppedAnswering, ProberBlocked, HostDown, NotResolvable, ProberOffline, ProberFiltered},
		OfRun:      {VantageFailed, ProberExhausted},
	}
	want := slices.Concat(scopes[OfEndpoint], scopes[OfHost], scopes[OfRun])
	got := Causes()
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for scope, causes := range scopes {
		for _, c := range causes {
			if c.Scope() != scope {
				t.Errorf("%s is of scope %d, want %d", c, c.Scope(), scope)
			}
		}
	}
	got[0] = "changed"
	if Causes()[0] != UnexpectedOpen {
		t.Error("who is told the causes can change them")
	}
}

// TestEvidenceTakenBack: what an ICMP error said is no fault of the prober's,
// even when it has the word of one.
func TestEvidenceTakenBack(t *testing.T) {
	last := look.Result{State: look.Unknown, Reason: look.NoRoute, ICMP: &look.ICMP{Type: 1}}
	for offline, want := range map[bool]Cause{false: StoppedAnswering, true: ProberOffline} {
		f := Finding{Want: endpoint.WantClosed, Observation: Observation{Last: last}}
		if got := Judge([]Finding{f}, Run{Offline: offline}).Findings[0].Cause; got != want {
			t.Errorf("offline %v: %s, want %s", offline, got, want)
		}
	}
}
