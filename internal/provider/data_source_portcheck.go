package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

var (
	_ datasource.DataSourceWithConfigure      = (*portcheckDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*portcheckDataSource)(nil)
)

// NewPortcheckDataSource returns the data source portcheck.
func NewPortcheckDataSource() datasource.DataSource { return &portcheckDataSource{} }

type portcheckDataSource struct{ data *providerData }

const (
	attrOnFailure = "on_failure"

	onFailureError   = "error"
	onFailureWarning = "warning"
	onFailureNone    = "none"
)

// dataSourceOnFailure lists the values of on_failure in a data source. Warning
// is the default: an error in a data source blocks destroy and refresh too.
var dataSourceOnFailure = []string{onFailureWarning, onFailureError, onFailureNone}

func (d *portcheckDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName
}

func (d *portcheckDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Probes ports each time it is read, and reports whether they are as declared.",
		Attributes:          map[string]schema.Attribute{},
	}
	inDataSource.add(resp.Schema.Attributes, shared()...)
	inDataSource.add(resp.Schema.Attributes, attribute{
		name: attrOnFailure, kind: kindString, words: dataSourceOnFailure,
		description: "What to do when an endpoint is not as declared, or could not be tested. " + choices(dataSourceOnFailure) +
			" An error in a data source also blocks refresh and destroy, unless you pass `-refresh=false`.",
	})
}

func (d *portcheckDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = dataFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *portcheckDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	resp.Diagnostics.Append(d.data.validate(ctx, req.Config)...)
}

func (d *portcheckDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	resp.State.Raw = req.Config.Raw.Copy()
	onFailure, diags := choice(ctx, req.Config, attrOnFailure, dataSourceOnFailure)
	resp.Diagnostics.Append(diags...)
	from, _, diags := fromIn(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	// A name that no block has shuts the gate, and run says nothing.
	resp.Diagnostics.Append(d.data.placed(from, nil)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if onFailure == onFailureError {
		resp.Diagnostics.Append(d.data.gateTo(from).refusal()...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	r, diags := d.data.run(ctx, req.Config, time.Time{})
	resp.Diagnostics.Append(diags...)
	switch {
	case diags.HasError():
	case r == nil:
		resp.Diagnostics.Append(nothingFound().write(ctx, &resp.State)...)
	default:
		resp.Diagnostics.Append(r.outcome().write(ctx, &resp.State)...)
		r.report(onFailure, &resp.Diagnostics)
	}
}

// report adds the findings of a data source to diags: as an error, as a warning
// or not at all, as onFailure says.
func (r *run) report(onFailure string, diags *diag.Diagnostics) {
	if onFailure == onFailureNone {
		return
	}
	r.warnPassing(diags)
	failures := r.verdict.Failures()
	if len(failures) == 0 {
		return
	}
	about := r.about(report.Read, "")
	if onFailure == onFailureError {
		about.Closing = "An error in a data source blocks destroy too; to destroy all the same: terraform destroy -refresh=false."
		r.fail(report.Failures(failures, about), diags)
		return
	}
	r.warn(report.Failures(failures, about), diags)
}
