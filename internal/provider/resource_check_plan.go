package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
	declared, from, diags := r.toPlan(ctx, req.Plan)
	resp.Diagnostics.Append(diags...)
	var prior *tfsdk.State
	if !req.State.Raw.IsNull() {
		prior = &req.State
	}
	c, diags := r.circumstancesOf(ctx, req, prior)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	g, diags := r.gateOfPlan(ctx, req.Plan, from)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.restsUnsaid(ctx, g, prior)...)
	either, kept := g.shut() || g.mayRest, prior
	if either && (c.changes.contains(declares) || c.standing.lost()) { // then the recorded outcome says nothing
		kept = nil
	}
	switch c.nextUnder(g) {
	case keep:
		diags = c.planKeep(ctx, prior, &resp.Plan)
	case lookAgain:
		diags = planLook(ctx, declared, from, &resp.Plan)
	case unsure:
		diags = c.planEither(ctx, declared, from, kept, &resp.Plan, either)
	case refuse:
		diags = r.refusal(ctx, c, prior, declared)
	}
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.promise(ctx, c.next(), g, resp)...)
}

// toPlan reads what plan declares, and from which places, and finds what is wrong with it.
// declared is nil while it, or a place, is not known.
func (r *checkResource) toPlan(ctx context.Context, plan tfsdk.Plan) (declared *endpoint.Declared, from []string, diags diag.Diagnostics) {
	declared, diags = r.data.resolve(ctx, plan)
	_, more := waiversIn(ctx, plan, declared)
	diags.Append(more...)
	from, known, more := fromIn(ctx, plan)
	diags.Append(more...)
	diags.Append(ending(r.data.placed(from, declared), destroyAllTheSame)...)
	declaration, _ := declarationOf(ctx, plan) // which resolve has read
	diags.Append(ending(r.data.refused(declaration), destroyAllTheSame)...)
	if known == isUnknown {
		declared = nil
	}
	return declared, from, diags
}

// gateOfPlan is the gate of a check that is planned. Where a saved plan is applied, an
// open gate is sure to stay open: apply probes, as the plan may have promised.
func (r *checkResource) gateOfPlan(ctx context.Context, plan tfsdk.Plan, from []string) (gate, diag.Diagnostics) {
	g, diags := r.data.gateFor(ctx, plan, from)
	if g.mayRest && !g.shut() {
		g.mayRest = !parentCommandLine().savedPlan().given()
	}
	return g, diags
}

// restsUnsaid says that the check is paused, unless a refresh has said it.
func (r *checkResource) restsUnsaid(ctx context.Context, g gate, prior *tfsdk.State) diag.Diagnostics {
	if prior != nil {
		_, looked, diags := recordedOutcome(ctx, *prior)
		onDrift, more := choice(ctx, *prior, attrOnDrift, resourceOnDrift)
		diags.Append(more...)
		before, more := r.data.gateFor(ctx, *prior, nil)
		diags.Append(more...)
		if diags.HasError() || looked && onDrift != onDriftIgnore && before.paused {
			return diags
		}
	}
	return g.rests()
}

// planKeep plans the recorded outcome.
func (c circumstances) planKeep(ctx context.Context, prior *tfsdk.State, plan *tfsdk.Plan) diag.Diagnostics {
	diags := plan.SetAttribute(ctx, path.Root(attrPassedAt), passedAtOf(ctx, prior))
	kept, more := c.keptBy(ctx, prior, keep, true)
	diags.Append(more...)
	diags.Append(kept.write(ctx, plan)...)
	return diags
}

// planLook plans an apply that looks. If a failure is an error, the outcome is
// known: apply reaches exactly that or fails. So references to it stay known,
// and drift shows as one line an endpoint.
func planLook(ctx context.Context, declared *endpoint.Declared, from []string, plan *tfsdk.Plan) diag.Diagnostics {
	text, state, diags := attribute{name: attrOnFailure}.text(ctx, plan)
	if declared == nil || state == isUnknown || state == isKnown && text != onFailureError {
		diags.Append(planUnknown(ctx, plan)...)
		return diags
	}
	w, more := waiversIn(ctx, plan, declared)
	diags.Append(more...)
	diags.Append(plan.SetAttribute(ctx, path.Root(attrPassedAt), types.StringUnknown())...)
	diags.Append(expected(declared, from, w).values(ctx).waivable(w).write(ctx, plan)...)
	return diags
}

func planUnknown(ctx context.Context, plan *tfsdk.Plan) diag.Diagnostics {
	diags := plan.SetAttribute(ctx, path.Root(attrPassedAt), types.StringUnknown())
	w, more := waiversIn(ctx, plan, nil)
	diags.Append(more...)
	diags.Append(notFoundYet(w).write(ctx, plan)...)
	return diags
}

// planEither plans an apply that may look or may keep the outcome of state, which
// is nil if there is none to keep. The plan promises only what is the same in both
// cases, since the CLI holds apply to what the plan knows.
func (c circumstances) planEither(ctx context.Context, declared *endpoint.Declared, from []string, state *tfsdk.State, plan *tfsdk.Plan, shut bool) diag.Diagnostics {
	if state == nil {
		return planUnknown(ctx, plan)
	}
	kept, diags := c.keptBy(ctx, state, unsure, shut)
	diags.Append(planLook(ctx, declared, from, plan)...)
	found, more := outcomeIn(ctx, *plan)
	diags.Append(more...)
	if diags.HasError() {
		return diags
	}
	diags.Append(found.common(ctx, kept).write(ctx, plan)...)
	return diags
}

// refusalClosing says why there is no plan, and how to have one.
const refusalClosing = "on_drift is \"error\", so nothing is planned. A plan that also changes triggers, the declaration or the check's own settings is let through, since that may be the fix. " +
	"So is -replace of the check (outside Linux together with -refresh=false): apply then probes again. To destroy all the same: terraform destroy -refresh=false."

// refusal fails the plan because of drift, in the order of the refresh's warning,
// which has the evidence: state keeps none.
func (r *checkResource) refusal(ctx context.Context, c circumstances, prior *tfsdk.State, declared *endpoint.Declared) diag.Diagnostics {
	var diags diag.Diagnostics
	recorded := c.standing.at(r.data.now)
	var findings []verdict.Finding
	for _, key := range recorded.listed() {
		k, err := endpoint.ParseKey(key)
		if err != nil || c.accepted[key] {
			continue
		}
		findings = append(findings, verdict.Recorded(k, recorded.failures[key]))
	}
	verdict.Verdict{Findings: findings}.Waive(c.standing.waivers.Of, r.data.now)
	if len(findings) == 0 {
		diags.AddError(fmt.Sprintf("%sendpoints after the first %d failures", report.Refused, maxFailures),
			fmt.Sprintf("State lists the first %d failures, and an apply accepted all of these. Others have drifted since; the warning of the refresh names them. %s", maxFailures, refusalClosing))
		return diags
	}
	slices.SortFunc(findings, func(a, b verdict.Finding) int { return a.EndpointKey().Compare(b.EndpointKey()) })
	(&run{declared: declared}).fail(report.Failures(findings, report.Context{
		Occasion: report.Refused,
		Known:    r.data.warned.has(recorded),
		PassedAt: passedAtOf(ctx, prior).ValueString(),
		Closing:  refusalClosing,
	}), &diags)
	return diags
}
