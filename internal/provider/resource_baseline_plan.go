package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

var (
	// scannedAttributes are the arguments whose change calls for a scan. The
	// settings of the scan are not among them: they do not change which ports
	// are open.
	scannedAttributes = []string{endpoint.AttrHosts, endpoint.AttrPorts, attrFrom, attrTriggers}
)

// ModifyPlan decides whether apply scans. It never probes. If apply does not
// scan, the plan keeps the outputs, so that references to them stay known. It
// runs at plan, and again at apply.
func (r *baselineResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() { // destroy
		return
	}
	declared, diags := resolveSweep(ctx, req.Plan)
	resp.Diagnostics.Append(diags...)
	from, _, diags := fromOne(ctx, req.Plan)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(ending(r.data.placed(from, declared), destroyAllTheSame)...)
	scans, diags := r.scans(ctx, req, from)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if scans {
		resp.Diagnostics.Append(ending(r.data.refused(sweptHosts(ctx, req.Plan)), destroyAllTheSame)...)
	}
	next := recordedValues{types.MapUnknown(listOfStrings), types.ListUnknown(types.StringType), types.StringUnknown()}
	if !scans {
		next, diags = recordedIn(ctx, req.State)
		resp.Diagnostics.Append(diags...)
	}
	resp.Diagnostics.Append(next.write(ctx, &resp.Plan)...)
}

// scans tells whether apply scans, or may do so.
func (r *baselineResource) scans(ctx context.Context, req resource.ModifyPlanRequest, from []string) (bool, diag.Diagnostics) {
	g, diags := r.data.gateFor(ctx, req.Plan, from)
	diags.Append(g.rests()...)
	if req.State.Raw.IsNull() { // a plan made without a network may be applied with one
		return true, diags
	}
	changed, more := changesOf(req.Plan.Raw, req.State.Raw, names(recordedTable...))
	diags.Append(more...)
	both := meant{plan: req.Plan, state: req.State, resolve: func(ctx context.Context, of values) *endpoint.Declared {
		declared, _ := resolveSweep(ctx, of) // an error is told of elsewhere
		return declared
	}}
	changed = both.respelt(ctx, changed, []string{endpoint.AttrHosts, endpoint.AttrPorts})
	recorded, more := recordedIn(ctx, req.State)
	diags.Append(more...)
	var due bool
	diags.Append(getJSON(ctx, req.Private, keyDue, &due)...)
	due = due || recorded.at.IsNull() ||
		changed.contains(func(name string) bool { return slices.Contains(scannedAttributes, name) })
	if g.shut() {
		return due && changed.any(), diags // an update comes anyway, and may find the gate open
	}
	return due, diags
}
