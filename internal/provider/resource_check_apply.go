package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

// applyRequest has the differences between create and update.
type applyRequest struct {
	plan    tfsdk.Plan
	prior   *tfsdk.State // nil for create
	timeout timeoutOf
	private privateState
}

// timeoutName is how messages call the timeout.
func (req applyRequest) timeoutName() string {
	if req.prior == nil {
		return attrTimeouts + ".create"
	}
	return attrTimeouts + ".update"
}

// apply probes until everything is as planned or the time is up. It returns
// false if it failed. State must not be written then, so that the next plan has
// the same create or update again.
func (r *checkResource) apply(ctx context.Context, req applyRequest, state *tfsdk.State, diags *diag.Diagnostics) bool {
	timeout, more := req.timeout.in(ctx, req.plan, defaultTimeout)
	diags.Append(more...)
	onFailure, more := choice(ctx, req.plan, attrOnFailure, resourceOnFailure)
	diags.Append(more...)
	onDrift, more := choice(ctx, req.plan, attrOnDrift, resourceOnDrift)
	diags.Append(more...)
	passedAt := passedAtOf(ctx, req.prior)
	if diags.HasError() {
		return false
	}
	began := time.Now()
	found, more := r.data.runInRow(ctx, req.plan, began.Add(timeout))
	diags.Append(more...)
	if diags.HasError() {
		return false
	}
	if found.run == nil {
		diags.Append(r.settle(ctx, req, state)...)
		return !diags.HasError()
	}
	var recorded outcome
	now := found.outcome()
	if req.prior != nil {
		recorded, _, more = recordedOutcome(ctx, *req.prior)
		diags.Append(more...)
		now = now.steady(recorded)
	}
	failures := found.verdict.Failures()
	var failed *report.Diagnostic
	if len(failures) > 0 {
		about := found.about(report.Apply, passedAt.ValueString())
		about.Waited = &report.Waited{By: "Apply", For: time.Since(began), Most: timeout, Timeout: req.timeoutName()}
		about.Known = onDrift != onDriftIgnore && recorded.text() == now.text()
		text := report.Failures(failures, about)
		failed = &text
	} else {
		failed = found.unsteady(req.timeoutName())
	}
	switch {
	case failed == nil:
		passedAt = types.StringValue(time.Now().UTC().Format(time.RFC3339))
	case onFailure == onFailureError:
		found.warnWaived(diags)
		found.fail(*failed, diags)
		return false
	default:
		found.warn(*failed, diags)
	}
	found.warnPassing(diags)
	diags.Append(now.write(ctx, state)...)
	diags.Append(state.SetAttribute(ctx, path.Root(attrPassedAt), passedAt)...)
	diags.Append(accept(ctx, req.private, failures)...)
	return !diags.HasError()
}

// updateLooks tells whether an update looks: if that was planned, unless it was only
// because the waiver of a failure might end before apply, and it has not.
func (r *checkResource) updateLooks(ctx context.Context, req resource.UpdateRequest) (bool, diag.Diagnostics) {
	if at := passedAtOf(ctx, &tfsdk.State{Schema: req.Plan.Schema, Raw: req.Plan.Raw}); !at.IsUnknown() {
		return false, nil
	}
	c, diags := r.circumstancesOf(ctx, resource.ModifyPlanRequest{Plan: req.Plan, State: req.State, Private: req.Private}, &req.State)
	c.planning = false // and never refused
	return c.next() != unsure || c.lapsed, diags
}

// settle records the outcome of an apply that did not look: that of state, or null
// where that is of another declaration, or says nothing under other waivers. Then the
// next apply that may probe looks.
func (r *checkResource) settle(ctx context.Context, req applyRequest, state *tfsdk.State) diag.Diagnostics {
	kept, passedAt := nothingFound(), types.StringNull()
	var diags diag.Diagnostics
	if req.prior != nil {
		changed, more := changesOfCheck(ctx, req.plan, *req.prior)
		diags.Append(more...)
		if !changed.contains(declares) {
			kept, more = outcomeIn(ctx, *req.prior)
			diags.Append(more...)
			stands, looked, more := standingOf(ctx, req.plan, req.prior, changed)
			diags.Append(more...)
			switch {
			case looked && stands.lost():
				kept = nothingFound()
			case looked && stands.changed:
				kept = stands.at(r.data.now).values(ctx)
			}
			passedAt = passedAtOf(ctx, req.prior)
		}
	}
	diags.Append(kept.write(ctx, state)...)
	diags.Append(state.SetAttribute(ctx, path.Root(attrPassedAt), passedAt)...)
	return diags
}

// passedAtOf returns when the check last passed, null if never.
func passedAtOf(ctx context.Context, state *tfsdk.State) types.String {
	at := types.StringNull()
	if state != nil {
		_ = state.GetAttribute(ctx, path.Root(attrPassedAt), &at) // the schema has it
	}
	return at
}
