package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

var (
	_ action.ActionWithConfigure      = (*verifyAction)(nil)
	_ action.ActionWithValidateConfig = (*verifyAction)(nil)
	_ action.ActionWithModifyPlan     = (*verifyAction)(nil)
)

// NewVerifyAction returns the action portcheck_verify.
func NewVerifyAction() action.Action { return &verifyAction{} }

type verifyAction struct{ data *providerData }

const typeVerify = "portcheck_verify"

// progressInterval is the time between two lines of an action that waits.
const progressInterval = 5 * time.Second

func (a *verifyAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_verify"
}

func (a *verifyAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Probes ports until they are as you declared them, or fails when the time is up.",
		Attributes:          map[string]schema.Attribute{},
	}
	inAction.add(resp.Schema.Attributes, declaring()...)
	inAction.add(resp.Schema.Attributes, timeoutAttribute)
}

func (a *verifyAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.data = dataFrom(req.ProviderData, &resp.Diagnostics)
}

func (a *verifyAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	resp.Diagnostics.Append(a.data.validate(ctx, req.Config)...)
}

// ModifyPlan finds the mistakes in what validate did not know yet, such as variables,
// before anything is changed. It probes nothing. The warnings of validate stand.
func (a *verifyAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	resp.Diagnostics.Append(a.data.validate(ctx, req.Config).Errors()...)
	_, diags := timeoutIn(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	if a.data == nil || resp.Diagnostics.HasError() {
		return
	}
	_, diags = a.data.settings.override(ctx, req.Config, ofServices)
	resp.Diagnostics.Append(diags...)
	declaration, _ := declarationOf(ctx, req.Config) // which validate has read
	resp.Diagnostics.Append(a.data.refused(declaration)...)
	declared, _ := resolve(ctx, req.Config)
	from, _, _ := fromIn(ctx, req.Config)
	resp.Diagnostics.Append(a.data.placed(from, declared)...)
}

// Invoke probes until everything is as declared or the time is up. The CLI may put a
// sentence of its own before the summary of an error, make summary and detail one text,
// and lose the path (Terraform 1.14 and 1.15). So each of them says which endpoints it is
// about.
func (a *verifyAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	timeout, diags := timeoutIn(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(a.data.admit(ctx, req.Config, "An action must not pass unprobed. Expected a configuration of the provider that is known.")...)
	if resp.Diagnostics.HasError() {
		return
	}
	began := time.Now()
	from, _, _ := fromIn(ctx, req.Config)
	t, diags := a.data.prepare(ctx, req.Config, began.Add(timeout))
	resp.Diagnostics.Append(diags...)
	if t == nil {
		if !diags.HasError() {
			g, _ := a.data.gateFor(ctx, req.Config, from) // which prepare has asked
			resp.SendProgress(action.InvokeProgressEvent{Message: "No port is probed. " + g.why})
		}
		return
	}
	r, diags := a.data.watched(ctx, t, func(line string) {
		resp.SendProgress(action.InvokeProgressEvent{Message: line})
	})
	resp.Diagnostics.Append(diags...)
	if r == nil {
		return
	}
	r.warnPassing(true, &resp.Diagnostics)
	if failures := r.verdict.Failures(); len(failures) > 0 {
		about := r.about(report.Apply, "")
		about.Waited = &report.Waited{By: "The action", For: time.Since(began), Most: timeout, Timeout: attrTimeout}
		r.fail(report.Failures(failures, about), &resp.Diagnostics)
	}
}

// watched does what t asks for, and calls say with a line about how far it has come: at
// once, at each progressInterval and, if nothing failed, at the end. It calls say from
// the goroutine of its caller, and no longer when ctx has ended: then nobody may listen.
func (d *providerData) watched(ctx context.Context, t *task, say func(line string)) (r *run, diags diag.Diagnostics) {
	progress := scan.NewProgress(d.scannersOf(t.from), t.declared)
	t.options.Progress = progress
	tell := func() {
		if now := progress.Now(); ctx.Err() == nil {
			say(report.Progress(now.AsDeclared, now.Waived, now.Declared, now.Awaited))
		}
	}
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	tell()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r, diags = d.do(ctx, t)
	}()
	for {
		select {
		case <-ticker.C:
			tell()
		case <-ended:
			if r != nil && len(r.verdict.Failures()) == 0 {
				tell()
			}
			return r, diags
		}
	}
}
