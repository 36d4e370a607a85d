package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

var (
	_ resource.ResourceWithConfigure      = (*baselineResource)(nil)
	_ resource.ResourceWithValidateConfig = (*baselineResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*baselineResource)(nil)
)

// NewBaselineResource returns the resource portcheck_baseline.
func NewBaselineResource() resource.Resource { return &baselineResource{} }

type baselineResource struct{ data *providerData }

const (
	attrRequireAll  = "require_all"
	attrUnreachable = "unreachable"
	attrRecordedAt  = "recorded_at"
)

// sweepTable is the one list of the arguments that belong to baselines alone.
var sweepTable = []attribute{
	{
		name: endpoint.AttrHosts, kind: kindStrings, mode: required,
		description: "Host names, IPv4 and IPv6 addresses, and CIDRs (their usable addresses).",
	}, {
		name: endpoint.AttrPorts, kind: kindStrings, mode: required,
		description: "The ports to scan on each of `hosts`, as " + portGrammar + ". At most 1,000,000 endpoints, hosts times ports.",
	}, {
		name: attrFrom, kind: kindStrings,
		description: "The place to scan from, as a list of one name: `local` is this machine, and other names are those of the provider's blocks. Defaults to `[\"local\"]`.",
	}, {
		name: attrRequireAll, kind: kindBool,
		description: "`true`: an `unreachable` host is an error, and nothing is recorded. `false`: a warning names the host. Defaults to `false`.",
	},
}

// recordedTable is the one list of the outputs of a baseline.
var recordedTable = []attribute{
	{
		name: endpoint.AttrOpen, kind: kindPorts, mode: computed,
		description: "The ports that were open, ready for the `baseline` of a check: a map from host to its ports in order, such as `[\"22\", \"8000-8010\", \"53/udp\"]`. Adjacent ports are one range. A host that answered and had nothing open has an empty list. Scans that find the same ports give the same value.",
	}, {
		name: attrUnreachable, kind: kindStrings, mode: computed,
		description: "The hosts that did not answer at all, not even with a refusal, and the hosts that could not be tested in full. They are not in `open`.",
	}, {
		name: attrRecordedAt, kind: kindString, mode: computed,
		description: "When the baseline was recorded: RFC 3339, UTC.",
	},
}

// inScans describes the settings that mean something else to a scan for open ports
// than to a check.
var inScans = map[string]string{
	"rechecks":  "How many times a port that was found open is re-checked, each time with twice the previous timeout and at a low pace. It is re-checked at least once, because two probes must agree that a port is open. Defaults to the provider's.",
	"addresses": "`all`: a port of a name counts if it is open at every address that the name resolves to. `any`: one address is enough. Defaults to the provider's.",
}

// scanOverrides are the settings that a scan for open ports may have of its own.
func scanOverrides() []attribute {
	all := overrides(ofScans)
	for i, a := range all {
		if meaning, ok := inScans[a.name]; ok {
			all[i].description = meaning
		}
	}
	return all
}

func (r *baselineResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_baseline"
}

func (r *baselineResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Records which ports of hosts are open now, for the `baseline` of checks. It scans when it is created and when `hosts`, `ports`, `from` or `triggers` change, never at refresh.",
		Attributes: map[string]schema.Attribute{
			attrTriggers: schema.DynamicAttribute{
				Optional:            true,
				MarkdownDescription: "Any value. When it changes, apply scans again.",
			},
		},
		Blocks: map[string]schema.Block{attrTimeouts: timeoutsBlock(ctx,
			"How long the scan of a create may take, such as `\"10m\"`. When the time is up, the create fails and nothing is recorded. No limit by default.",
			"The same for an update; what was recorded before stays.")},
	}
	inResource.add(resp.Schema.Attributes, sweepTable...)
	inResource.add(resp.Schema.Attributes, recordedTable...)
	inResource.add(resp.Schema.Attributes, scanOverrides()...)
}

func (r *baselineResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = dataFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *baselineResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	declared, diags := resolveSweep(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	_, _, diags = fromOne(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(emptyDiags(ctx, req.Config, declared, "")...)
}

func (r *baselineResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	created := tfsdk.State{Schema: req.Plan.Schema, Raw: req.Plan.Raw.Copy()}
	if scanned := r.scan(ctx, scanRequest{plan: req.Plan, timeout: timeouts.Value.Create}, &created, &resp.Diagnostics); !scanned {
		resp.Diagnostics.Append(recordedValues{}.write(ctx, &created)...) // null
	}
	if !resp.Diagnostics.HasError() {
		resp.State = created
	}
}

// Update scans if ModifyPlan planned that. If nothing may be probed now, it
// keeps the recorded values and remembers that a scan is due.
func (r *baselineResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	updated := tfsdk.State{Schema: req.Plan.Schema, Raw: req.Plan.Raw.Copy()}
	planned, diags := recordedIn(ctx, req.Plan)
	resp.Diagnostics.Append(diags...)
	before, diags := recordedIn(ctx, req.State)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if planned.at.IsUnknown() { // otherwise only settings of the scan have changed
		scanned := r.scan(ctx, scanRequest{plan: req.Plan, before: before, timeout: timeouts.Value.Update}, &updated, &resp.Diagnostics)
		if resp.Diagnostics.HasError() { // then the scan stays due
			return
		}
		if !scanned {
			resp.Diagnostics.Append(before.write(ctx, &updated)...)
		}
		resp.Diagnostics.Append(setJSON(ctx, resp.Private, keyDue, !scanned)...)
	}
	if !resp.Diagnostics.HasError() {
		resp.State = updated
	}
}

// Read leaves state as it is and probes nothing: a baseline records the past.
func (r *baselineResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Delete forgets the baseline. Nothing is probed.
func (r *baselineResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// scanRequest has the differences between create and update.
type scanRequest struct {
	plan    tfsdk.Plan
	before  recordedValues // null for create
	timeout timeoutOf
}

// timeIsUp is why a scan ended whose time limit was over.
type timeIsUp struct{ limit time.Duration }

func (e timeIsUp) Error() string {
	return fmt.Sprintf("the time limit of %s was over", e.limit)
}

// within returns a context that ends when limit is over; 0 is no limit.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, limit, timeIsUp{limit})
}

// scan records the open ports into state and warns of gaps, unsteady ports and
// changes since before. It returns false if nothing was recorded: there is an
// error in diags, or nothing may be probed.
func (r *baselineResource) scan(ctx context.Context, req scanRequest, state *tfsdk.State, diags *diag.Diagnostics) bool {
	var requireAll types.Bool
	diags.Append(req.plan.GetAttribute(ctx, path.Root(attrRequireAll), &requireAll)...)
	timeout, more := req.timeout.in(ctx, req.plan, 0)
	diags.Append(more...)
	if diags.HasError() {
		return false
	}
	limited, cancel := within(ctx, timeout)
	defer cancel()
	now, more := r.data.record(limited, req.plan)
	diags.Append(more...)
	if now == nil {
		return false
	}
	switch {
	case now.lost && len(now.gaps) > 0:
		refused := report.Gaps(now.gaps, true, refusedClosing("The place to scan from failed", req.before.at.ValueString()))
		diags.AddAttributeError(path.Root(attrFrom), refused.Summary, refused.Detail)
		return false
	case len(now.gaps) > 0 && requireAll.ValueBool():
		refused := report.Gaps(now.gaps, true, refusedClosing("require_all is true", req.before.at.ValueString()))
		diags.AddAttributeError(path.Root(endpoint.AttrHosts), refused.Summary, refused.Detail)
		return false
	}
	diags.Append(now.warnings(req.before.baseline(ctx))...)
	diags.Append(valuesOf(ctx, *now, time.Now()).write(ctx, state)...)
	return true
}

// refusedClosing says that nothing was recorded, and why.
func refusedClosing(why, recordedAt string) string {
	closing := why + ", so nothing was recorded of any host"
	if recordedAt != "" {
		closing += fmt.Sprintf(", and what was recorded at %s stays", recordedAt)
	}
	return closing + "."
}

// warnings returns warnings about hosts and ports that were not recorded, and
// about changes from the baseline before, which may be nil.
func (r recording) warnings(before baseline.Baseline) diag.Diagnostics {
	var diags diag.Diagnostics
	if len(r.gaps) > 0 {
		closing := "The hosts and ports listed here are not in the baseline, so a check that uses the baseline does not probe them. Once they answer, record again, with -replace or a change of triggers. With require_all = true this is an error."
		if len(r.open) == 0 {
			closing = "No host answered, so open is empty: a check that uses it as its baseline has nothing to probe. " + closing
		}
		d := report.Gaps(r.gaps, false, closing)
		diags.AddAttributeWarning(path.Root(endpoint.AttrHosts), d.Summary, d.Detail)
	}
	if len(r.unsteady) > 0 {
		d := report.Unsteady(r.unsteady, report.ForBaseline)
		diags.AddAttributeWarning(path.Root(endpoint.AttrPorts), d.Summary, d.Detail)
	}
	if before == nil {
		return diags
	}
	if changes := r.changes(before); len(changes) > 0 {
		d := report.Changes(changes)
		diags.AddWarning(d.Summary, d.Detail)
	}
	return diags
}
