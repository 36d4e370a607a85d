package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/target"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// ModifyPlan decides whether apply looks again, and plans what it will find.
// It never probes. It runs at plan, and again at apply with all known.
func (r *checkResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() { // destroy
		return
	}
	declared, diags := resolve(ctx, req.Plan)
	resp.Diagnostics.Append(diags...)
	var prior *tfsdk.State
	if !req.State.Raw.IsNull() {
		prior = &req.State
	}
	next, diags := r.next(ctx, req, prior)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	switch next {
	case keep:
		diags = keepOutcome(ctx, prior, &resp.Plan)
	case look:
		diags = planLook(ctx, declared, &resp.Plan)
	case unsure:
		diags = planUnknown(ctx, &resp.Plan)
	case refuse:
		diags = refusal(ctx, prior, declared)
	}
	resp.Diagnostics.Append(diags...)
}

// step is what a plan makes of a check.
type step int

const (
	keep   step = iota // apply does nothing; what is recorded stays
	look               // apply looks again
	unsure             // whether apply looks is not known yet
	refuse             // the plan fails
)

// next decides what the plan makes of the check; prior is nil for a create.
func (r *checkResource) next(ctx context.Context, req resource.ModifyPlanRequest, prior *tfsdk.State) (step, diag.Diagnostics) {
	changed, diags := changedArguments(req.Plan.Raw, req.State.Raw)
	drifted, more := hasDrifted(ctx, req.Private)
	diags.Append(more...)
	onDrift, more := choice(ctx, req.Plan, attrOnDrift, resourceOnDrift)
	diags.Append(more...)
	wanted := keep
	switch mayBeFix := slices.ContainsFunc(changed, mayFix); {
	case prior == nil:
		wanted = look
	case drifted && onDrift == onDriftError && !mayBeFix:
		wanted = refuse
	case len(changed) > 0, drifted && (onDrift == onDriftRecheck || onDrift == onDriftError):
		wanted = look
	}
	switch {
	case r.data.idle == "":
	case r.data.unsure && wanted == look:
		wanted = unsure
	default:
		wanted = keep
	}
	return wanted, diags
}

// mayFix tells whether an apply that changes the argument called name may be
// the fix for a drift: the world or the declaration is about to change.
func mayFix(name string) bool { return name == attrTriggers || isDeclaration(name) }

func isDeclaration(name string) bool {
	return slices.ContainsFunc(declarationTable, func(a attribute) bool { return a.name == name })
}

// changedArguments names the arguments in which plan differs from state. What
// is unknown differs.
func changedArguments(plan, state tftypes.Value) ([]string, diag.Diagnostics) {
	var diags diag.Diagnostics
	planned, recorded := map[string]tftypes.Value{}, map[string]tftypes.Value{}
	if state.IsNull() {
		return nil, diags
	}
	for v, into := range map[*tftypes.Value]*map[string]tftypes.Value{&plan: &planned, &state: &recorded} {
		if err := v.As(into); err != nil {
			diags.AddError("Unreadable plan", "The plan or state cannot be read: "+err.Error()+". This is always a bug in the provider and should be reported to its developers.")
			return nil, diags
		}
	}
	var changed []string
	for name, v := range planned { // the maps are the values' own: only read
		if !slices.Contains(outcomeAttributes, name) && !v.Equal(recorded[name]) {
			changed = append(changed, name)
		}
	}
	return changed, diags
}

// planLook plans an apply that looks. If a failure is an error, the outcome is
// known: apply reaches exactly that or fails. So nothing that refers to it
// becomes unknown, and drift shows as one line an endpoint.
func planLook(ctx context.Context, declared *target.Declared, plan *tfsdk.Plan) diag.Diagnostics {
	text, state, diags := attribute{name: attrOnFailure}.text(ctx, plan)
	if declared == nil || state == isUnknown || state == isKnown && text != onFailureError {
		diags.Append(planUnknown(ctx, plan)...)
		return diags
	}
	diags.Append(plan.SetAttribute(ctx, path.Root(attrPassedAt), types.StringUnknown())...)
	diags.Append(expected(declared).write(ctx, plan)...)
	return diags
}

func planUnknown(ctx context.Context, plan *tfsdk.Plan) diag.Diagnostics {
	diags := plan.SetAttribute(ctx, path.Root(attrPassedAt), types.StringUnknown())
	diags.Append(writeUnknown(ctx, plan)...)
	return diags
}

// refusal fails the plan because of drift. What state holds has no evidence;
// the warning that the refresh gave has it.
func refusal(ctx context.Context, prior *tfsdk.State, declared *target.Declared) diag.Diagnostics {
	recorded, _, diags := recordedOutcome(ctx, *prior)
	var findings []verdict.Finding
	for _, key := range recorded.listed() {
		endpoint, err := target.ParseEndpoint(key)
		if err != nil {
			continue // not one of ours
		}
		findings = append(findings, verdict.Recorded(endpoint, verdict.Record(recorded.failures[key])))
	}
	if len(findings) == 0 {
		return diags
	}
	c := check{declared: declared}
	c.fail(report.Failures(findings, report.Context{
		Occasion: report.Refused,
		PassedAt: passedAtOf(ctx, prior).ValueString(),
		Closing: "on_drift is \"error\", so nothing is planned. A change of triggers or of the declaration in the same plan is let through, as it may be the fix. " +
			"To destroy all the same: terraform destroy -refresh=false.",
	}), &diags)
	return diags
}
