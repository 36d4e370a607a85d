package provider

import (
	"context"
	"fmt"
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

// setter writes attributes: a plan or a state.
type setter interface {
	SetAttribute(ctx context.Context, p path.Path, value any) diag.Diagnostics
}

// write puts the outcome into plan or state.
func (o outcome) write(ctx context.Context, to setter) diag.Diagnostics {
	return o.values(ctx).write(ctx, to)
}

// values returns the outcome as plan or state have it.
func (o outcome) values(ctx context.Context) outcomeValues {
	v := outcomeValues{types.BoolValue(o.passed()), o.texts(ctx, o.listed()), types.MapNull(types.StringType), o.resultsValue(ctx)}
	if o.waived != nil {
		waived := o.keys(true)
		v.waived = o.texts(ctx, waived[:min(len(waived), maxFailures)])
	}
	return v
}

func (o outcome) resultsValue(ctx context.Context) types.Map {
	if o.results == nil {
		return types.MapNull(types.StringType)
	}
	results, foreseen := make(map[string]string, len(o.results)), true
	for key, state := range o.results {
		results[key], foreseen = string(state), foreseen && state != unforeseen
	}
	if foreseen {
		return newTexts(ctx, results)
	}
	elements := make(map[string]attr.Value, len(results))
	for key, state := range results {
		elements[key] = types.StringValue(state)
		if state == string(unforeseen) {
			elements[key] = types.StringUnknown()
		}
	}
	return types.MapValueMust(types.StringType, elements)
}

// texts writes the failures under keys.
func (o outcome) texts(ctx context.Context, keys []string) types.Map {
	texts := make(map[string]string, len(keys))
	for _, key := range keys {
		texts[key] = o.failures[key].String()
	}
	return newTexts(ctx, texts)
}

// outcomeValues are the outputs that are an outcome, known or not.
type outcomeValues struct {
	passed                    types.Bool
	failures, waived, results types.Map
}

// nothingFound is the outcome where nothing was probed.
func nothingFound() outcomeValues {
	null := types.MapNull(types.StringType)
	return outcomeValues{types.BoolNull(), null, null, null}
}

// notFoundYet is the outcome that apply will tell.
func notFoundYet(w waivers) outcomeValues {
	unknown := types.MapUnknown(types.StringType)
	return outcomeValues{types.BoolUnknown(), unknown, unknown, unknown}.waivable(w)
}

// waivable returns v as an apply may find it under waivers: without any, nothing is
// waived, and otherwise only the apply tells.
func (v outcomeValues) waivable(w waivers) outcomeValues {
	v.waived = types.MapUnknown(types.StringType)
	if !w.given {
		v.waived = types.MapNull(types.StringType)
	}
	return v
}

func outcomeIn(ctx context.Context, from values) (v outcomeValues, diags diag.Diagnostics) {
	diags = from.GetAttribute(ctx, path.Root(attrPassed), &v.passed)
	diags.Append(from.GetAttribute(ctx, path.Root(attrFailures), &v.failures)...)
	diags.Append(from.GetAttribute(ctx, path.Root(attrWaived), &v.waived)...)
	diags.Append(from.GetAttribute(ctx, path.Root(attrResults), &v.results)...)
	return v, diags
}

func (v outcomeValues) write(ctx context.Context, to setter) diag.Diagnostics {
	diags := to.SetAttribute(ctx, path.Root(attrPassed), v.passed)
	diags.Append(to.SetAttribute(ctx, path.Root(attrFailures), v.failures)...)
	diags.Append(to.SetAttribute(ctx, path.Root(attrWaived), v.waived)...)
	diags.Append(to.SetAttribute(ctx, path.Root(attrResults), v.results)...)
	return diags
}

// common returns v with unknown values where w differs.
func (v outcomeValues) common(ctx context.Context, w outcomeValues) outcomeValues {
	both := outcomeValues{types.BoolUnknown(), inCommon(ctx, v.failures, w.failures), inCommon(ctx, v.waived, w.waived), inCommon(ctx, v.results, w.results)}
	if v.passed.Equal(w.passed) {
		both.passed = v.passed
	}
	return both
}

// inCommon returns a with unknown elements where those of b differ; it is unknown as a
// whole if the two have other keys.
func inCommon(ctx context.Context, a, b types.Map) types.Map {
	if a.Equal(b) {
		return a
	}
	a, b = wholeTexts(ctx, a), wholeTexts(ctx, b)
	theirs := b.Elements()
	if known(a) != isKnown || known(b) != isKnown || len(a.Elements()) != len(theirs) {
		return types.MapUnknown(types.StringType)
	}
	both := a.Elements()
	for key, element := range both {
		switch other, ok := theirs[key]; {
		case !ok:
			return types.MapUnknown(types.StringType)
		case !element.Equal(other):
			both[key] = types.StringUnknown()
		}
	}
	return types.MapValueMust(types.StringType, both)
}

// recordedOutcome reads the outcome that state holds; ok is false if nothing
// was ever recorded. It leaves out a failure that it cannot read, which is one of
// another version: as an error it would block destroy, and this run finds it anew.
func recordedOutcome(ctx context.Context, state values) (o outcome, ok bool, diags diag.Diagnostics) {
	v, diags := outcomeIn(ctx, state)
	if !v.results.IsNull() {
		results := textsIn(ctx, v.results)
		o.results = make(map[string]look.State, len(results))
		for key, state := range results {
			o.results[key] = look.State(state)
		}
	}
	failures, waived := textsIn(ctx, v.failures), textsIn(ctx, v.waived)
	o.failures = make(map[string]verdict.Record, len(failures))
	if !v.waived.IsNull() {
		o.waived = map[string]bool{}
	}
	for _, texts := range []map[string]string{failures, waived} {
		for key, text := range texts {
			if record, err := verdict.ParseRecord(text); err == nil {
				_, excused := waived[key]
				o.fail(key, record, excused)
			}
		}
	}
	return o, !v.passed.IsNull(), diags
}
