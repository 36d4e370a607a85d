package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

var (
	_ datasource.DataSourceWithConfigure      = (*portcheckDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*portcheckDataSource)(nil)
)

// NewPortcheckDataSource returns the data source portcheck.
func NewPortcheckDataSource() datasource.DataSource { return &portcheckDataSource{} }

type portcheckDataSource struct{ data *providerData }

const attrOnFailure = "on_failure"

// dataSourceOnFailure is what a data source may do about a failure. Warning is
// the default: an error in a data source blocks destroy and refresh too.
var dataSourceOnFailure = []string{"warning", "error", "none"}

func (d *portcheckDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName
}

func (d *portcheckDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Probes ports each time it is read, and reports whether they are as declared.",
		Attributes: map[string]schema.Attribute{
			attrOnFailure: schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "What to do when an endpoint is not as declared, or could not be tested. " + choices(dataSourceOnFailure) +
					" An error in a data source also blocks refresh and destroy, unless you pass `-refresh=false`.",
				Validators: []validator.String{stringvalidator.OneOf(dataSourceOnFailure...)},
			},
			attrPassed:   schema.BoolAttribute{Computed: true, MarkdownDescription: passedDescription},
			attrFailures: schema.MapAttribute{Computed: true, ElementType: failureType, MarkdownDescription: failuresDescription},
			attrResults:  schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: resultsDescription},
		},
	}
	for _, a := range shared() {
		resp.Schema.Attributes[a.name] = a.inDataSource()
	}
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
	if d.data.unsure && onFailure == "error" {
		resp.Diagnostics.AddError("Port check impossible before apply", d.data.idle+
			" With on_failure = \"error\" a data source must not pass unprobed. Expected values that are known at plan, or depends_on in the data source that names what the provider's configuration waits for: then the data source is read during apply.")
		return
	}
	if d.data.idle != "" {
		resp.Diagnostics.Append(writeNull(ctx, &resp.State)...)
		return
	}
	c, diags := d.data.check(ctx, req.Config, time.Time{})
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(outcomeOf(c.declared, c.verdict).write(ctx, &resp.State)...)
	if onFailure == "none" {
		return
	}
	c.warnFlapping(&resp.Diagnostics)
	failures := c.verdict.Failures()
	if len(failures) == 0 {
		return
	}
	about := c.context(report.Read, "")
	if onFailure == "error" {
		about.Closing = "An error in a data source blocks destroy too; to destroy all the same: terraform destroy -refresh=false."
		c.fail(report.Failures(failures, about), &resp.Diagnostics)
		return
	}
	c.warn(report.Failures(failures, about), &resp.Diagnostics)
}
