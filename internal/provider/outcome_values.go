package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

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
