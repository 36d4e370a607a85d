package verdict

import (
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Record is the part of a finding that is kept when it is not as declared: nothing
// that differs between two runs in which nothing changed.
type Record struct {
	Declared endpoint.Want
	State    look.State
	Reason   look.Reason
	Cause    Cause
}

// Record returns the part of f that is kept.
func (f Finding) Record() Record {
	return Record{f.Want, f.Last.State, f.Last.Reason, f.Cause}
}

// Recorded returns the finding that a record was kept of, without evidence.
func Recorded(k endpoint.Key, r Record) Finding {
	return Finding{
		Endpoint: k.Endpoint, From: k.From, Want: r.Declared, Cause: r.Cause,
		Observation: Observation{Last: look.Result{State: r.State, Reason: r.Reason}},
	}
}

// Outlasts tells whether r is to be kept although the same endpoint was found
// anew. It keeps the stored reason while the state is the same: silence never
// replaces an ICMP error or a reset, whose senders limit their rate; these do
// replace silence. How a service fails is no matter of luck: the last counts.
func (r Record) Outlasts(now Record) bool {
	replaced := r.Reason == look.NoResponse && now.Reason != look.NoResponse
	return r.State == now.State && r.State != look.Unresponsive && !replaced
}
