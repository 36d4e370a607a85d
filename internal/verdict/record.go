package verdict

import (
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// The words for what was observed, for those who only keep them.
type (
	// State is what was observed of a port.
	State = probe.State
	// Reason is the evidence for it.
	Reason = probe.Reason
)

// The states that decide something beyond this package.
const (
	// Open is the state that an endpoint declared open has when it passes.
	Open = probe.Open
	// Unknown is the state of an endpoint that could not be tested.
	Unknown = probe.Unknown
)

// Record is what is worth keeping of a finding that is not as declared:
// nothing that differs between two runs in which nothing changed.
type Record struct {
	Declared endpoint.Want
	State    State
	Reason   Reason
	Cause    Cause
}

// Record returns what is worth keeping of f.
func (f Finding) Record() Record {
	return Record{f.Want, f.Last.State, f.Last.Reason, f.Cause}
}

// Recorded returns the finding that a record was kept of, without evidence.
func Recorded(e endpoint.Endpoint, r Record) Finding {
	return Finding{
		Endpoint: e, Want: r.Declared, Cause: r.Cause,
		Observation: Observation{Last: probe.Result{State: r.State, Reason: r.Reason}},
	}
}

// Outlasts tells whether r is to be kept although the same endpoint was found
// anew. Where the state did not change, silence does not replace an ICMP error
// or a reset as its reason, since their senders limit the rate of both; only
// the reverse does. How a service fails is no matter of luck: the last counts.
func (r Record) Outlasts(now Record) bool {
	replaced := r.Reason == probe.NoResponse && now.Reason != probe.NoResponse
	return r.State == now.State && r.State != probe.Unresponsive && !replaced
}
