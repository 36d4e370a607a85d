package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*portcheckEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*portcheckEphemeral)(nil)
)

// NewPortcheckEphemeral returns the ephemeral resource portcheck.
func NewPortcheckEphemeral() ephemeral.EphemeralResource { return &portcheckEphemeral{} }

type portcheckEphemeral struct{ data *providerData }

// ephemeralOnFailure lists the values of on_failure in an ephemeral resource. Error is
// the default: it is there to keep something from being tried too early.
var ephemeralOnFailure = []string{onFailureError, onFailureWarning, onFailureNone}

func (e *portcheckEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName
}

func (e *portcheckEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Probes ports until they are as you declared them, each time it is opened: a gate for the configuration of a provider. Nothing of it is kept in plan or state.",
		Attributes:          map[string]schema.Attribute{},
	}
	inEphemeral.add(resp.Schema.Attributes, shared()...)
	inEphemeral.add(resp.Schema.Attributes, timeoutAttribute, attribute{
		name: attrOnFailure, kind: kindString, words: ephemeralOnFailure,
		description: "What to do when the timeout has passed and an endpoint is not as declared, or could not be tested. " + choices(ephemeralOnFailure) +
			" With `error`, what refers to the ephemeral resource is not evaluated.",
	})
}

func (e *portcheckEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.data = dataFrom(req.ProviderData, &resp.Diagnostics)
}

func (e *portcheckEphemeral) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	resp.Diagnostics.Append(e.data.validate(ctx, req.Config)...)
}

// Open probes until everything is as declared or the time is up. The result has the
// arguments as they were given: what refers to its hosts waits for it.
func (e *portcheckEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	onFailure, diags := choice(ctx, req.Config, attrOnFailure, ephemeralOnFailure)
	resp.Diagnostics.Append(diags...)
	timeout, diags := timeoutIn(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	rule := ""
	if onFailure == onFailureError {
		rule = "With on_failure = \"error\" an ephemeral resource must not pass unprobed. Expected values that are known at plan."
	}
	resp.Diagnostics.Append(e.data.admit(ctx, req.Config, rule)...)
	if resp.Diagnostics.HasError() {
		return
	}
	began := time.Now()
	r, diags := e.data.run(ctx, req.Config, began.Add(timeout))
	resp.Diagnostics.Append(ending(diags, " Destroy opens the ephemeral resource too. To destroy all the same, set the environment variable PORTCHECK_ENABLED to false: then nothing is probed.")...)
	switch {
	case diags.HasError():
	case r == nil:
		resp.Diagnostics.Append(nothingFound().write(ctx, &resp.Result)...)
	default:
		resp.Diagnostics.Append(r.outcome().write(ctx, &resp.Result)...)
		about := r.about(report.Read, "")
		about.Waited = &report.Waited{By: "The ephemeral resource", For: time.Since(began), Most: timeout, Timeout: attrTimeout}
		// -refresh=false does not help where the configuration of a provider refers to it.
		about.Closing = "Destroy opens it too. To destroy all the same, set on_failure to \"warning\", or the environment variable PORTCHECK_ENABLED to false: then nothing is probed."
		r.report(onFailure, about, &resp.Diagnostics)
	}
}
