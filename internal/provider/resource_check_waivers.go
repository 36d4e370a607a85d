package provider

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// A change of waivers is applied without a look, unless state may lack failures: it
// says what of the recorded outcome is excused. But waivers end, between plan and apply too, and the CLI holds apply to
// what the plan knows. So ModifyPlan promises only what is right whenever apply
// comes, and Update decides by its own clock: it excuses what it may and, if the
// waiver of a recorded failure has ended, looks as after any drift.
//
// While waivers stay as they are, nothing here goes by the clock. The last refresh or
// apply has told failures and waived apart, and a plan takes that as it is.

// standing is a recorded outcome under the waivers of a plan.
type standing struct {
	recorded outcome
	waivers  waivers
	changed  bool // the waivers of the plan are not those of state
	// hang are the keys of failures, excused or not, that have a waiver in the
	// plan or may have one. Whether they are excused depends on the time.
	hang []string
}

// standingOf returns how the outcome of prior stands under the waivers of a plan.
func standingOf(ctx context.Context, plan tfsdk.Plan, prior *tfsdk.State, all changes) (s standing, ok bool, diags diag.Diagnostics) {
	s.recorded, ok, diags = recordedOutcome(ctx, *prior)
	var more diag.Diagnostics
	s.waivers, more = waiversIn(ctx, plan, nil) // a key that nothing declares is told of elsewhere
	diags.Append(more...)
	s.changed = slices.Contains(slices.Concat(all.sure, all.unsure), attrWaivers)
	if !s.changed {
		return s, ok, diags
	}
	for _, key := range slices.Concat(s.recorded.keys(false), s.recorded.keys(true)) {
		if s.waivers.concerns(key) {
			s.hang = append(s.hang, key)
		}
	}
	return s, ok, diags
}

// lost tells whether the recorded outcome says nothing under the waivers of the plan:
// state may lack failures, and whether those are excused is not known without a look.
func (s standing) lost() bool { return s.changed && s.recorded.cut() }

// under returns the recorded outcome with exactly those failures excused that are
// told.
func (s standing) under(excused func(key string) bool) outcome {
	o := outcome{results: map[string]look.State{}, failures: s.recorded.failures}
	if s.waivers.given {
		o.waived = map[string]bool{}
	}
	for key, state := range s.recorded.results {
		o.results[key] = state
	}
	for key, r := range o.failures {
		waived := excused(key)
		o.fail(key, r, waived)
		switch {
		case !listedOnlyFailing(r):
		case waived:
			delete(o.results, key)
		default:
			o.results[key] = r.State
		}
	}
	if s.recorded.results == nil {
		o.results = nil
	}
	return o
}

// listedOnlyFailing tells whether results have the endpoint only because it fails, and
// so not while it is waived.
func listedOnlyFailing(r verdict.Record) bool {
	return r.Declared == endpoint.WantClosed && r.Cause == verdict.UnexpectedOpen
}

// at returns the recorded outcome as the waivers excuse it at now.
func (s standing) at(now time.Time) outcome {
	if !s.changed {
		return s.recorded
	}
	return s.under(func(key string) bool { return s.waivers.excuses(key, now) })
}

// definite is the recorded outcome without the failures that hang.
func (s standing) definite() outcome {
	if !s.changed {
		return s.recorded
	}
	return s.under(func(key string) bool { return slices.Contains(s.hang, key) })
}

// whenever returns what is right of the recorded outcome whenever apply comes.
func (s standing) whenever(ctx context.Context) outcomeValues {
	v := s.definite().values(ctx)
	if len(s.hang) == 0 {
		return v
	}
	v.passed, v.failures, v.waived = types.BoolUnknown(), types.MapUnknown(types.StringType), types.MapUnknown(types.StringType)
	if slices.ContainsFunc(s.hang, func(key string) bool { return listedOnlyFailing(s.recorded.failures[key]) }) {
		v.results = types.MapUnknown(types.StringType)
	}
	return v
}

// keptBy returns the outcome of prior as a plan that does not look may promise it.
func (c circumstances) keptBy(ctx context.Context, prior *tfsdk.State, next step, shut bool) (outcomeValues, diag.Diagnostics) {
	if !c.standing.changed || !c.looked {
		return outcomeIn(ctx, *prior)
	}
	v := c.standing.whenever(ctx)
	if next == unsure && c.hangs && !shut { // what is no longer excused is looked at
		v = c.standing.definite().values(ctx).waivable(c.standing.waivers)
	}
	return v, nil
}
