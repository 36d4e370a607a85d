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
	rule := ""
	if onFailure == onFailureError {
		rule = "With on_failure = \"error\" a data source must not pass unprobed. Expected values that are known at plan, or depends_on in the data source that names what the provider's configuration waits for: then the data source is read during apply."
	}
	resp.Diagnostics.Append(ending(d.data.admit(ctx, req.Config, rule), destroyAllTheSame)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r, diags := d.data.run(ctx, req.Config, time.Time{})
	resp.Diagnostics.Append(ending(diags, destroyAllTheSame)...)
	switch {
	case diags.HasError():
	case r == nil:
		resp.Diagnostics.Append(nothingFound().write(ctx, &resp.State)...)
	default:
		resp.Diagnostics.Append(r.outcome().write(ctx, &resp.State)...)
		about := r.about(report.Read, "")
		about.Closing = "An error in a data source blocks destroy too; to destroy all the same: terraform destroy -refresh=false."
		r.report(onFailure, about, &resp.Diagnostics)
	}
}

// report adds the findings to diags as onFailure says: as an error, as a warning or not
// at all. The closing of about is for errors alone.
func (r *run) report(onFailure string, about report.Context, diags *diag.Diagnostics) {
	if onFailure == onFailureNone {
		return
	}
	r.warnPassing(about.Waited != nil, diags)
	failures := r.verdict.Failures()
	if len(failures) == 0 {
		return
	}
	if onFailure == onFailureError {
		r.fail(report.Failures(failures, about), diags)
		return
	}
	about.Closing = ""
	r.warn(report.Failures(failures, about), diags)
}
