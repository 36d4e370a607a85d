package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

const (
	// maxResults is how many endpoints declared open the attribute results may
	// hold: the plugin framework takes quadratic time over a map.
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
}

func (o outcome) passed() bool { return len(o.failures) == 0 }

// unforeseen marks, in a plan, an endpoint whose passing state is not known
// yet: a UDP port may pass as open or as open|filtered.
const unforeseen look.State = ""

// newOutcome returns an empty outcome. Its results are nil if too many endpoints are
// declared open; an endpoint counts once for each place.
func newOutcome(declared *endpoint.Declared, from []string) outcome {
	o := outcome{failures: map[string]verdict.Record{}}
	if n := declared.OpenCount * len(from); n <= maxResults {
		o.results = make(map[string]look.State, n)
	}
	return o
}

// expected is the outcome of an apply that passes.
//
// The state of a UDP port is never foretold, whatever assume_silent_udp_open is
// now: apply may find that setting changed in the environment.
func expected(declared *endpoint.Declared, from []string) outcome {
	o := newOutcome(declared, from)
	if o.results == nil {
		return o
	}
	for _, h := range declared.Hosts {
		for e, want := range h.All() {
			if want == endpoint.WantClosed {
				break // open comes first
			}
			state := look.Open
			if e.Scheme == endpoint.UDP {
				state = unforeseen
			}
			for _, name := range from {
				o.results[endpoint.NewKey(e, name).String()] = state
			}
		}
	}
	return o
}

// outcome returns the outcome of the run. A place that failed is one failure, and
// each endpoint declared open is unknown from there.
func (r *run) outcome() outcome {
	o := newOutcome(r.declared, r.from)
	for _, f := range r.verdict.Findings {
		key := f.Key()
		if !f.AsDeclared() {
			o.failures[key] = f.Record()
		}
		if o.results != nil && (f.Want == endpoint.WantOpen || f.Cause == verdict.UnexpectedOpen) {
			o.results[key] = f.Last.State
		}
	}
	for f := range r.verdict.Untested() {
		if o.results != nil && f.Want == endpoint.WantOpen {
			o.results[f.Key()] = f.Last.State
		}
	}
	return o
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

// drifted tells whether an endpoint failed that is not an accepted one. An
// endpoint that could not be tested did not drift.
func (o outcome) drifted(accepted map[string]bool) bool {
	for key, f := range o.failures {
		if !accepted[key] && f.State != look.Unknown {
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
	state, known := recorded.results[key]
	before, failed := recorded.failures[key]
	f.Last.State = state
	switch {
	case failed:
		o.failures[key] = before
	case known && state != look.Unknown && !f.AsDeclared(): // it failed, beyond the failures that are listed
		o.failures[key] = f.Record()
	}
	if o.results == nil {
		return
	}
	delete(o.results, key)
	switch {
	case known:
		o.results[key] = state
	case f.Want == endpoint.WantOpen:
		o.results[key] = look.Open // it was recorded as passing
	}
}

// listed returns the keys of the failures that state lists, in order.
func (o outcome) listed() []string {
	keys := slices.Sorted(maps.Keys(o.failures))
	return keys[:min(len(keys), maxFailures)]
}

// text writes the failures that state lists, one a line.
func (o outcome) text() string {
	var b strings.Builder
	for _, key := range o.listed() {
		fmt.Fprintf(&b, "%s is %s\n", key, o.failures[key])
	}
	return b.String()
}

// setter writes attributes: a plan or a state.
type setter interface {
	SetAttribute(ctx context.Context, p path.Path, value any) diag.Diagnostics
}

// write puts the outcome into plan or state.
func (o outcome) write(ctx context.Context, to setter) diag.Diagnostics {
	failures := make(map[string]attr.Value, len(o.failures))
	for _, key := range o.listed() {
		failures[key] = types.StringValue(o.failures[key].String())
	}
	results := types.MapNull(types.StringType)
	if o.results != nil {
		elements := make(map[string]attr.Value, len(o.results))
		for key, state := range o.results {
			elements[key] = types.StringValue(string(state))
			if state == unforeseen {
				elements[key] = types.StringUnknown()
			}
		}
		results = types.MapValueMust(types.StringType, elements)
	}
	return outcomeValues{types.BoolValue(o.passed()), types.MapValueMust(types.StringType, failures), results}.write(ctx, to)
}

// outcomeValues are the outputs that are an outcome, known or not.
type outcomeValues struct {
	passed            types.Bool
	failures, results types.Map
}

// nothingFound is the outcome where nothing was probed.
func nothingFound() outcomeValues {
	return outcomeValues{types.BoolNull(), types.MapNull(types.StringType), types.MapNull(types.StringType)}
}

// notFoundYet is the outcome that apply will tell.
func notFoundYet() outcomeValues {
	return outcomeValues{types.BoolUnknown(), types.MapUnknown(types.StringType), types.MapUnknown(types.StringType)}
}

func outcomeIn(ctx context.Context, from values) (v outcomeValues, diags diag.Diagnostics) {
	diags = from.GetAttribute(ctx, path.Root(attrPassed), &v.passed)
	diags.Append(from.GetAttribute(ctx, path.Root(attrFailures), &v.failures)...)
	diags.Append(from.GetAttribute(ctx, path.Root(attrResults), &v.results)...)
	return v, diags
}

func (v outcomeValues) write(ctx context.Context, to setter) diag.Diagnostics {
	diags := to.SetAttribute(ctx, path.Root(attrPassed), v.passed)
	diags.Append(to.SetAttribute(ctx, path.Root(attrFailures), v.failures)...)
	diags.Append(to.SetAttribute(ctx, path.Root(attrResults), v.results)...)
	return diags
}

// common returns v with unknown values where w differs.
func (v outcomeValues) common(w outcomeValues) outcomeValues {
	both := notFoundYet()
	if v.passed.Equal(w.passed) {
		both.passed = v.passed
	}
	if v.failures.Equal(w.failures) {
		both.failures = v.failures
	}
	if v.results.Equal(w.results) {
		both.results = v.results
	}
	return both
}

// recordedOutcome reads the outcome that state holds; ok is false if nothing
// was ever recorded. It leaves out a failure that it cannot read, which is one of
// another version: as an error it would block destroy, and this run finds it anew.
func recordedOutcome(ctx context.Context, state values) (o outcome, ok bool, diags diag.Diagnostics) {
	var passed types.Bool
	var failures map[string]string
	diags = state.GetAttribute(ctx, path.Root(attrPassed), &passed)
	diags.Append(state.GetAttribute(ctx, path.Root(attrFailures), &failures)...)
	diags.Append(state.GetAttribute(ctx, path.Root(attrResults), &o.results)...)
	o.failures = make(map[string]verdict.Record, len(failures))
	for key, text := range failures {
		if record, err := verdict.ParseRecord(text); err == nil {
			o.failures[key] = record
		}
	}
	return o, !passed.IsNull(), diags
}
