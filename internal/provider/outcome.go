package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

const (
	// maxResults is how many endpoints that are not declared closed the attribute
	// results may hold: the plugin framework takes quadratic time over a map.
	maxResults = report.KeptResults
	// maxFailures is how many failures are kept in state.
	maxFailures = report.KeptFailures
)

// outcome is the result of a run as data source and resource write it. It has
// nothing volatile, so that a run in which nothing changed changes no byte of
// state.
type outcome struct {
	results  map[string]look.State // nil if there are too many
	failures map[string]verdict.Record
	// waived has the keys of those failures that are excused; nil if the object has
	// no waivers.
	waived map[string]bool
}

// passed tells whether there is no failure, or each of them is excused.
func (o outcome) passed() bool { return len(o.keys(false)) == 0 }

// keys returns the keys of the failures that are excused, or of those that are not,
// in order.
func (o outcome) keys(waived bool) []string {
	var keys []string
	for key := range o.failures {
		if o.waived[key] == waived {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// fail adds a failure.
func (o outcome) fail(key string, r verdict.Record, waived bool) {
	o.failures[key] = r
	if o.waived != nil {
		delete(o.waived, key)
		if waived {
			o.waived[key] = true
		}
	}
}

// unforeseen marks, in a plan, an endpoint whose passing state is not known
// yet: a UDP port may pass as open or as open|filtered.
const unforeseen look.State = ""

// newOutcome returns an empty outcome. Its results are nil if there would be too many;
// an endpoint counts once for each place.
func newOutcome(declared *endpoint.Declared, from []string, w waivers) outcome {
	o := outcome{failures: map[string]verdict.Record{}}
	if w.given {
		o.waived = map[string]bool{}
	}
	if n := (declared.Count() - declared.ClosedCount) * len(from); n <= maxResults {
		o.results = make(map[string]look.State, n)
	}
	return o
}

// passingState is what results have of an endpoint that is as declared, whichever of
// several states it was seen in; listed is false if they do not have it.
func passingState(want endpoint.Want) (state look.State, listed bool) {
	switch want {
	case endpoint.WantOpen:
		return look.Open, true
	case endpoint.WantUnfiltered:
		return look.Unfiltered, true
	case endpoint.WantFiltered:
		return look.Filtered, true
	case endpoint.WantClosed:
	}
	return "", false
}

// expected is the outcome of an apply that passes.
//
// The state of a UDP port is never foretold, whatever assume_silent_udp_open is
// now: apply may find that setting changed in the environment. Nor is that of an
// endpoint with a waiver, whether or not that has ended: apply may be on a machine
// whose clock is another.
func expected(declared *endpoint.Declared, from []string, w waivers) outcome {
	o := newOutcome(declared, from, w)
	if o.results == nil {
		return o
	}
	for _, h := range declared.Hosts {
		for e, want := range h.All() {
			state, listed := passingState(want)
			if !listed {
				break // closed comes last
			}
			if e.Scheme == endpoint.UDP || w.unknown || w.Has(e) {
				state = unforeseen
			}
			for _, name := range from {
				o.results[endpoint.NewKey(e, name).String()] = state
			}
		}
	}
	return o
}

// filtered adds what is declared filtered, as if it were.
func (o outcome) filtered(declared *endpoint.Declared, from []string) {
	state, _ := passingState(endpoint.WantFiltered)
	for _, h := range declared.Hosts {
		for port := range h.Filtered[endpoint.TCP].All() {
			for _, name := range from {
				o.results[endpoint.NewKey(endpoint.Endpoint{Scheme: endpoint.TCP, Host: h.Host, Port: port}, name).String()] = state
			}
		}
	}
}

// outcome returns the outcome of the run. A place that failed is one failure, and
// each endpoint that results list is unknown from there. A verdict has no finding of
// an endpoint declared filtered that is.
func (r *run) outcome() outcome {
	o := newOutcome(r.declared, r.from, r.waivers)
	if o.results != nil {
		o.filtered(r.declared, r.from)
	}
	for _, f := range r.verdict.Findings {
		key := f.Key()
		if !f.AsDeclared() {
			o.fail(key, f.Record(), f.Waived())
		}
		if o.results != nil && (f.Want != endpoint.WantClosed || f.Cause == verdict.UnexpectedOpen && !f.Waived()) {
			o.results[key] = recordedState(f)
		}
	}
	for f := range r.verdict.Untested() {
		if o.results != nil && f.Want != endpoint.WantClosed {
			o.results[f.Key()] = f.Last.State
		}
	}
	return o
}

// recordedState is the state of f that results have: of a port declared unfiltered
// not whether it is open or closed, which changes as services do.
func recordedState(f verdict.Finding) look.State {
	if f.Want == endpoint.WantUnfiltered && f.AsDeclared() {
		return look.Unfiltered
	}
	return f.Last.State
}

// refreshed returns the outcome that a refresh records, given the recorded one.
// An endpoint that could not be tested keeps its recorded values: a prober
// without a network, or a place that failed, must not turn an estate into drift.
func (r *run) refreshed(recorded outcome) outcome {
	o := r.outcome()
	for f := range r.verdict.Untested() {
		o.keep(f, recorded)
	}
	return o.steady(recorded)
}

// steady keeps the recorded reason and cause of failures that are as they were,
// see verdict.Record.Outlasts.
func (o outcome) steady(recorded outcome) outcome {
	for key, now := range o.failures {
		if before, ok := recorded.failures[key]; ok && before.Outlasts(now) {
			o.failures[key] = before
		}
	}
	return o
}

// drifted tells whether an endpoint failed that is neither excused nor accepted. An
// endpoint that could not be tested did not drift.
func (o outcome) drifted(accepted map[string]bool) bool {
	for key, f := range o.failures {
		if !o.waived[key] && !accepted[key] && f.State != look.Unknown {
			return true
		}
	}
	return false
}

// keep restores the recorded state and failure of an endpoint that could not be
// tested.
func (o outcome) keep(f verdict.Finding, recorded outcome) {
	key := f.Key()
	delete(o.failures, key)
	delete(o.waived, key)
	state, known := recorded.results[key]
	before, failed := recorded.failures[key]
	f.Last.State = state
	switch {
	case failed:
		o.fail(key, before, f.Excused())
	case known && state != look.Unknown && !f.AsDeclared(): // it failed, beyond the failures that are listed
		o.fail(key, f.Record(), f.Excused())
	}
	if o.results == nil {
		return
	}
	delete(o.results, key)
	passing, listed := passingState(f.Want)
	switch {
	case known:
		o.results[key] = state
	case listed:
		o.results[key] = passing // it was recorded as passing
	}
}

// listed returns the keys of the failures that state lists, in order.
func (o outcome) listed() []string {
	keys := o.keys(false)
	return keys[:min(len(keys), maxFailures)]
}

// cut tells whether state may lack failures, excused or not: it keeps the first of each.
func (o outcome) cut() bool {
	return len(o.keys(false)) >= maxFailures || len(o.keys(true)) >= maxFailures
}

// text writes the failures that state lists, one a line.
func (o outcome) text() string {
	var b strings.Builder
	for _, key := range o.listed() {
		fmt.Fprintf(&b, "%s is %s\n", key, o.failures[key])
	}
	return b.String()
}
