package provider

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

var (
	_ resource.ResourceWithConfigure      = (*checkResource)(nil)
	_ resource.ResourceWithValidateConfig = (*checkResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*checkResource)(nil)
)

// NewCheckResource returns the resource portcheck_check.
func NewCheckResource() resource.Resource { return &checkResource{} }

type checkResource struct{ data *providerData }

const (
	typeCheck = "portcheck_check"

	attrOnDrift  = "on_drift"
	attrTriggers = "triggers"

	onDriftIgnore  = "ignore"
	onDriftRecheck = "recheck"
	onDriftError   = "error"
	onDriftWarning = "warning"
)

var (
	resourceOnFailure = []string{onFailureError, onFailureWarning}
	resourceOnDrift   = []string{onDriftRecheck, onDriftError, onDriftWarning, onDriftIgnore}
)

func (r *checkResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_check"
	resp.ResourceBehavior.MutableIdentity = true // it is the declaration
}

func (r *checkResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Checks that ports are as you declared them. Apply re-checks until they are, or fails. Plan reports ports that no longer are.",
		Attributes: map[string]schema.Attribute{
			attrTriggers: schema.DynamicAttribute{
				Optional:            true,
				MarkdownDescription: "Any value. When it changes, apply probes again. Prefer single attributes, such as `aws_security_group.web.ingress`. A whole object, `aws_security_group.web`, also works.",
			},
		},
		Blocks: map[string]schema.Block{attrTimeouts: timeoutsBlock(ctx,
			"How long create keeps re-checking until everything is as declared, such as `\"2m\"`. Defaults to `\"1m\"`. Even with a very short timeout, create makes the first probe and its re-checks.",
			"The same for update.")},
	}
	resp.Schema.Attributes[attrSuccesses] = successesAttribute()
	inResource.add(resp.Schema.Attributes, shared()...)
	inResource.add(resp.Schema.Attributes, whenPassed, attribute{
		name: attrOnFailure, kind: kindString, words: resourceOnFailure,
		description: "What apply does when the timeout has passed and an endpoint is not as declared, or could not be tested. " + choices(resourceOnFailure) +
			" With `warning`, apply accepts the endpoints that are not as declared, and they are not drift later. An endpoint that could not be tested is let through, but not accepted.",
	}, attribute{
		name: attrOnDrift, kind: kindString, words: resourceOnDrift,
		description: "What plan does when an endpoint was as declared at the last apply and no longer is. " + choices(resourceOnDrift) +
			" `recheck` warns and plans an update in place, so that apply probes again. `error` fails the plan, and destroy too unless you pass `-refresh=false`. If `triggers`, the declaration or the settings of the check change in the same plan, `error` acts as `recheck`, because that apply may be the fix. `warning` only warns. `ignore` does not probe at plan.",
	})
}

func (r *checkResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = dataFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *checkResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	resp.Diagnostics.Append(r.data.validate(ctx, req.Config)...)
}

func (r *checkResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	created := tfsdk.State{Schema: req.Plan.Schema, Raw: req.Plan.Raw.Copy()}
	ok := r.apply(ctx, applyRequest{plan: req.Plan, timeout: timeouts.Value.Create, private: resp.Private}, &created, &resp.Diagnostics)
	if ok {
		resp.State = created
		resp.Diagnostics.Append(identify(ctx, resp.State, resp.Identity)...)
	}
}

// Update looks if ModifyPlan planned that. Otherwise only what says how to report
// has changed.
func (r *checkResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	updated := tfsdk.State{Schema: req.Plan.Schema, Raw: req.Plan.Raw.Copy()}
	looks, diags := r.updateLooks(ctx, req)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	again := applyRequest{plan: req.Plan, prior: &req.State, timeout: timeouts.Value.Update, private: resp.Private}
	if looks && !r.apply(ctx, again, &updated, &resp.Diagnostics) {
		return
	}
	if !looks {
		resp.Diagnostics.Append(r.settle(ctx, again, &updated)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.State = updated
	resp.Diagnostics.Append(identify(ctx, resp.State, resp.Identity)...)
}

// Delete forgets the check. Nothing is probed.
func (r *checkResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

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

// passedAtOf returns when the check last passed, null if never.
func passedAtOf(ctx context.Context, state *tfsdk.State) types.String {
	at := types.StringNull()
	if state != nil {
		_ = state.GetAttribute(ctx, path.Root(attrPassedAt), &at) // the schema has it
	}
	return at
}

// planKeep plans the recorded outcome.
func (c circumstances) planKeep(ctx context.Context, prior *tfsdk.State, plan *tfsdk.Plan) diag.Diagnostics {
	diags := plan.SetAttribute(ctx, path.Root(attrPassedAt), passedAtOf(ctx, prior))
	kept, more := c.keptBy(ctx, prior, keep, true)
	diags.Append(more...)
	diags.Append(kept.write(ctx, plan)...)
	return diags
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
// where that is of another declaration.
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
			if looked && stands.changed {
				kept = stands.at(r.data.now).values(ctx)
			}
			passedAt = passedAtOf(ctx, req.prior)
		}
	}
	diags.Append(kept.write(ctx, state)...)
	diags.Append(state.SetAttribute(ctx, path.Root(attrPassedAt), passedAt)...)
	return diags
}
