package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// check is one run of the engine for a data source or a resource, with what
// is needed to speak about it.
type check struct {
	declared *endpoint.Declared
	settings settings
	verdict  verdict.Verdict
}

// check probes what object declares, with object's own settings, until
// everything is as declared or, if until is not zero, the time is up. A port
// is never an error here; only a wrong declaration and an interruption are.
func (d *providerData) check(ctx context.Context, object values, until time.Time) (*check, diag.Diagnostics) {
	declared, diags := resolve(ctx, object)
	s, more := d.settings.override(ctx, object, ofServices)
	diags.Append(more...)
	if diags.HasError() {
		return nil, diags
	}
	if declared == nil {
		diags.AddError("Unknown declaration", "Hosts or ports are not known although they are to be probed. This is always a bug in the provider and should be reported to its developers.")
		return nil, diags
	}
	o := s.options(until)
	diags.Append(s.services(ctx, object, declared, &o)...)
	if diags.HasError() {
		return nil, diags
	}
	v, err := d.scan(ctx, declared, o)
	if err != nil {
		diags.AddError("Port check interrupted", "The check was interrupted before it finished. Nothing was recorded.")
		return nil, diags
	}
	return &check{declared, s, v}, diags
}

// scan runs the engine. The only error is that ctx ended or the CLI was
// interrupted before it had finished.
func (d *providerData) scan(ctx context.Context, declared *endpoint.Declared, o scan.Options) (verdict.Verdict, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.stopped, cancel)() //nolint:contextcheck // ctx ends when either does
	log := startLog(ctx)
	o.Looked = log.follow(ctx)
	v, err := d.scanner.Run(ctx, declared, o)
	log.end(ctx, declared, v, err)
	return v, err
}

// interrupted tells whether a call is to end: ctx has, or the CLI was interrupted.
func (d *providerData) interrupted(ctx context.Context) bool {
	return ctx.Err() != nil || d.stopped.Err() != nil
}

// context is what a report about this check says besides its findings.
func (c *check) context(occasion report.Occasion, passedAt string) report.Context {
	return report.Context{
		Occasion: occasion,
		Timeout:  c.settings.timeout,
		MaxRate:  c.settings.limits.MaxRate,
		PassedAt: passedAt,
	}
}

// warn adds d as a warning at the attribute that it is about.
func (c *check) warn(d report.Diagnostic, diags *diag.Diagnostics) {
	diags.AddAttributeWarning(findingPath(c.declared, d.Lead), d.Summary, d.Detail)
}

// fail adds d as an error at the attribute that it is about.
func (c *check) fail(d report.Diagnostic, diags *diag.Diagnostics) {
	diags.AddAttributeError(findingPath(c.declared, d.Lead), d.Summary, d.Detail)
}

// warnFlapping names the endpoints that changed while they were looked at.
func (c *check) warnFlapping(diags *diag.Diagnostics) {
	if flapping := c.verdict.Select(verdict.Finding.Flapping); len(flapping) > 0 {
		c.warn(report.Flapping(flapping), diags)
	}
}
