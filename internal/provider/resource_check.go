package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
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
