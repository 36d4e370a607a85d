package provider

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Read refreshes the outcome. A port is never an error here: that would block
// destroy. A check without an outcome, because its apply could not probe, is
// left for the next apply.
func (r *checkResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	r.data.phase.refresh()
	resp.Diagnostics.Append(identify(ctx, req.State, resp.Identity)...)
	onDrift, diags := choice(ctx, req.State, attrOnDrift, resourceOnDrift)
	resp.Diagnostics.Append(diags...)
	recorded, ever, diags := recordedOutcome(ctx, req.State)
	resp.Diagnostics.Append(diags...)
	onFailure, diags := choice(ctx, req.State, attrOnFailure, resourceOnFailure)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || onDrift == onDriftIgnore || !ever {
		return
	}
	accepted, diags := acceptedFailures(ctx, req.Private, onFailure)
	resp.Diagnostics.Append(diags...)
	found, diags := r.data.run(ctx, req.State, time.Time{})
	if diags.HasError() && !r.data.interrupted(ctx) {
		diags = notRefreshed(diags)
	}
	resp.Diagnostics.Append(diags...)
	if found == nil {
		return
	}
	unknown := found.verdict.Select(func(f verdict.Finding) bool { return f.Inconclusive() && f.Failed() })
	drifted := found.verdict.Select(func(f verdict.Finding) bool {
		return f.Failed() && !f.Inconclusive() && !accepted[f.Key()]
	})
	now := found.refreshed(recorded)
	resp.Diagnostics.Append(now.write(ctx, &resp.State)...)
	resp.Diagnostics.Append(setDrifted(ctx, resp.Private, now.drifted(accepted))...)
	about := found.about(report.Drift, passedAtOf(ctx, &req.State).ValueString())
	if onDrift == onDriftRecheck {
		about.Closing = "This is what the refresh found. Apply probes again."
	}
	found.warnAtRefresh(about, drifted, unknown, &resp.Diagnostics)
	r.data.warned.add(now)
	found.warnPassing(false, &resp.Diagnostics)
}

// refreshLooks tells whether a refresh looks at a check as state has it: if it is not
// to be ignored, and nothing pauses it.
func (r *checkResource) refreshLooks(ctx context.Context, state tfsdk.State) (bool, diag.Diagnostics) {
	onDrift, diags := choice(ctx, state, attrOnDrift, resourceOnDrift)
	from, _, more := fromIn(ctx, state)
	diags.Append(more...)
	g, more := r.data.gateFor(ctx, state, from)
	diags.Append(more...)
	return onDrift != onDriftIgnore && !g.shut(), diags
}

// notRefreshed makes warnings of the errors that kept a refresh from looking,
// such as a missing ca_file: as errors they would block destroy.
func notRefreshed(errors diag.Diagnostics) diag.Diagnostics {
	var warnings diag.Diagnostics
	for _, d := range errors {
		const kept = " Nothing was probed, and state stays as it is."
		if at, ok := d.(diag.DiagnosticWithPath); ok {
			warnings.AddAttributeWarning(at.Path(), "Port check not refreshed: "+d.Summary(), d.Detail()+kept)
		} else {
			warnings.AddWarning("Port check not refreshed: "+d.Summary(), d.Detail()+kept)
		}
	}
	return warnings
}

// warnAtRefresh gives one warning for all endpoints that drifted or could not
// be tested. If there are no such endpoints, it warns of the accepted failures.
func (r *run) warnAtRefresh(about report.Context, drifted, unknown []verdict.Finding, diags *diag.Diagnostics) {
	findings := slices.Concat(drifted, unknown)
	const kept = "Endpoints that could not be tested keep their values in state."
	switch {
	case len(findings) == 0:
		findings = r.verdict.Failures()
		about.Occasion = report.Accepted
		about.Closing = "An earlier apply warned of this and accepted it, so this is not drift."
	case len(drifted) == 0:
		about.Occasion = report.Untested
		about.Closing = kept
	case len(unknown) > 0:
		about.Closing = strings.TrimSpace(kept + " " + about.Closing)
	}
	if len(findings) > 0 {
		r.warn(report.Failures(findings, about), diags)
	}
}
