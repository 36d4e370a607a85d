package provider

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// ModifyPlan decides whether apply looks again, and plans the outcome. It never
// probes. It runs at plan, and again at apply with all values known.
func (r *checkResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() { // destroy
		return
	}
	declared, diags := r.data.resolve(ctx, req.Plan)
	resp.Diagnostics.Append(diags...)
	from, known, diags := fromIn(ctx, req.Plan)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.data.placed(from, declared)...)
	if known == isUnknown {
		declared = nil
	}
	var prior *tfsdk.State
	if !req.State.Raw.IsNull() {
		prior = &req.State
	}
	c, diags := r.circumstancesOf(ctx, req, prior)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	next := c.next()
	if g := r.data.gateTo(from); g.shut() {
		next = c.nextShut(g.unsure, prior == nil)
	}
	switch next {
	case keep:
		diags = keepOutcome(ctx, prior, &resp.Plan)
	case lookAgain:
		diags = r.data.settings.planLook(ctx, declared, from, &resp.Plan)
	case unsure:
		diags = planUnknown(ctx, &resp.Plan)
	case refuse:
		diags = refusal(ctx, req.Private, prior, declared)
	}
	resp.Diagnostics.Append(diags...)
}

// step is the decision of a plan about a check.
type step int

const (
	keep      step = iota // apply does nothing; the recorded outcome stays
	lookAgain             // apply looks again
	unsure                // it is not known yet whether apply looks
	refuse                // the plan fails
)

// circumstances decide the next step.
type circumstances struct {
	changed   []string // arguments in which plan and state differ
	passed    bool     // the recorded outcome
	looked    bool     // there is a recorded outcome: an apply has looked
	drifted   bool     // the last refresh found drift
	planning  bool     // this is surely plan, not apply, see phase
	onDrift   string
	onFailure string
}

// circumstancesOf reads the circumstances; prior is nil for a create.
func (r *checkResource) circumstancesOf(ctx context.Context, req resource.ModifyPlanRequest, prior *tfsdk.State) (c circumstances, diags diag.Diagnostics) {
	var more diag.Diagnostics
	c.planning = r.data.phase.planning()
	c.changed, diags = changedArguments(req.Plan.Raw, req.State.Raw, names(append(slices.Clone(outcomeTable), whenPassed)...))
	c.drifted, more = hasDrifted(ctx, req.Private)
	diags.Append(more...)
	c.onDrift, more = choice(ctx, req.Plan, attrOnDrift, resourceOnDrift)
	diags.Append(more...)
	c.onFailure, more = choice(ctx, req.Plan, attrOnFailure, resourceOnFailure)
	diags.Append(more...)
	if prior != nil {
		var passed types.Bool
		diags.Append(prior.GetAttribute(ctx, path.Root(attrPassed), &passed)...)
		c.passed, c.looked = passed.ValueBool(), !passed.IsNull()
	}
	// Terraform plans a replacement a second time without a prior state, but
	// with its private state.
	c.drifted = c.drifted && c.looked
	return c, diags
}

// next returns the step that the plan takes.
func (c circumstances) next() step {
	if c.drifted && c.onDrift == onDriftError && c.planning && !slices.ContainsFunc(c.changed, mayFix) {
		return refuse
	}
	switch {
	case !c.looked, len(c.changed) > 0:
		return lookAgain
	case c.drifted && (c.onDrift == onDriftRecheck || c.onDrift == onDriftError):
		return lookAgain
	case !c.planning && !c.passed && c.onFailure == onFailureError:
		// Plan let this update through because a value was not known. At apply
		// the value is known and unchanged, but the update stays planned.
		return lookAgain
	}
	return keep
}

// nextShut is next while nothing may be probed. The outcome of another
// declaration says nothing about this one. But this one's is planned as
// unknown, not as null: a plan made without a network may be applied with one,
// and a declaration that is not known yet may turn out to be unchanged.
func (c circumstances) nextShut(unknownConfiguration, create bool) step {
	if create || unknownConfiguration && len(c.changed) > 0 || slices.ContainsFunc(c.changed, declares) {
		return unsure
	}
	return keep
}

// declares tells whether the argument called name is part of the declaration,
// triggers and places included: the outcome of another declaration says nothing
// about this one.
func declares(name string) bool {
	return name == attrTriggers || name == attrFrom || slices.ContainsFunc(slices.Concat(declarationTable, serviceTable), func(a attribute) bool { return a.name == name })
}

// mayFix tells whether an apply that changes the argument called name may be
// the fix for a drift: triggers, the declaration or the settings of the looks
// are about to change.
func mayFix(name string) bool {
	return declares(name) || slices.ContainsFunc(settingsTable, func(s setting) bool { return s.scope != ofProvider && s.name == name })
}

// changedArguments names the arguments, all but outputs, in which plan differs
// from state. An unknown value differs.
func changedArguments(plan, state tftypes.Value, outputs []string) ([]string, diag.Diagnostics) {
	var diags diag.Diagnostics
	if state.IsNull() {
		return nil, diags
	}
	var planned, recorded map[string]tftypes.Value
	if err := errors.Join(plan.As(&planned), state.As(&recorded)); err != nil {
		diags.Append(bug("Unreadable plan", "The plan or state cannot be read: "+err.Error()))
		return nil, diags
	}
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(planned)) {
		if !slices.Contains(outputs, name) && !planned[name].Equal(recorded[name]) {
			changed = append(changed, name)
		}
	}
	return changed, diags
}

// planLook plans an apply that looks. If a failure is an error, the outcome is
// known: apply reaches exactly that or fails. So references to it stay known,
// and drift shows as one line an endpoint.
func (s settings) planLook(ctx context.Context, declared *endpoint.Declared, from []string, plan *tfsdk.Plan) diag.Diagnostics {
	text, state, diags := attribute{name: attrOnFailure}.text(ctx, plan)
	if declared == nil || state == isUnknown || state == isKnown && text != onFailureError {
		diags.Append(planUnknown(ctx, plan)...)
		return diags
	}
	diags.Append(plan.SetAttribute(ctx, path.Root(attrPassedAt), types.StringUnknown())...)
	diags.Append(s.expected(declared, from).write(ctx, plan)...)
	return diags
}

func planUnknown(ctx context.Context, plan *tfsdk.Plan) diag.Diagnostics {
	diags := plan.SetAttribute(ctx, path.Root(attrPassedAt), types.StringUnknown())
	diags.Append(writeUnknown(ctx, plan)...)
	return diags
}

// refusal fails the plan because of drift. State keeps no evidence; the warning
// of the refresh has it.
func refusal(ctx context.Context, private privateState, prior *tfsdk.State, declared *endpoint.Declared) diag.Diagnostics {
	recorded, _, diags := recordedOutcome(ctx, *prior)
	accepted, more := acceptedFailures(ctx, private)
	diags.Append(more...)
	var findings []verdict.Finding
	for _, key := range recorded.listed() {
		k, err := endpoint.ParseKey(key)
		if err != nil || accepted[key] {
			continue
		}
		findings = append(findings, verdict.Recorded(k, recorded.failures[key]))
	}
	if len(findings) == 0 {
		return diags
	}
	r := run{declared: declared}
	r.fail(report.Failures(findings, report.Context{
		Occasion: report.Refused,
		PassedAt: passedAtOf(ctx, prior).ValueString(),
		Closing: "on_drift is \"error\", so nothing is planned. A plan that also changes triggers, the declaration or the check's own settings is let through, since that may be the fix. " +
			"To destroy all the same: terraform destroy -refresh=false.",
	}), &diags)
	return diags
}
