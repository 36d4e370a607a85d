package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// run is one run of the engine for a data source or a check, with everything
// that a report about it needs.
type run struct {
	declared *endpoint.Declared
	from     []string // names of places
	settings settings
	waivers  waivers
	now      time.Time // by which waivers have ended or not
	verdict  verdict.Verdict
}

// run probes what object declares, with object's own settings, until everything
// is as declared or, if until is not zero, the time is up. A port is never an
// error here; only a wrong declaration and an interruption are. The result is nil
// if there are errors, or if nothing may be probed.
func (d *providerData) run(ctx context.Context, object values, until time.Time) (*run, diag.Diagnostics) {
	task, diags := d.prepare(ctx, object, until)
	if task == nil {
		return nil, diags
	}
	r, more := d.do(ctx, task)
	return r, append(diags, more...)
}

// task is what one run is asked to do.
type task struct {
	declared *endpoint.Declared
	from     []string // names of places
	settings settings
	waivers  waivers
	options  scan.Options
}

// prepare reads what a run of object is asked to do. The result is nil if there are
// errors, or if nothing may be probed.
func (d *providerData) prepare(ctx context.Context, object values, until time.Time) (*task, diag.Diagnostics) {
	ctx, cancel := d.during(ctx)
	defer cancel()
	if d.gate.shut() {
		return nil, nil
	}
	from, known, diags := fromIn(ctx, object)
	g, more := d.gateFor(ctx, object, from)
	diags.Append(more...)
	if g.shut() {
		return nil, append(diags, g.rests()...)
	}
	declared, more := resolve(ctx, object)
	diags.Append(more...)
	s, more := d.settings.override(ctx, object, ofServices)
	diags.Append(more...)
	if diags.HasError() {
		return nil, diags
	}
	if declared == nil || known == isUnknown {
		diags.Append(bug("Unknown declaration", "Hosts, ports or places are not known although they are to be probed"))
		return nil, diags
	}
	diags.Append(d.placed(from, declared)...)
	declaration, _ := declarationOf(ctx, object) // which resolve has read
	diags.Append(d.refused(declaration)...)
	o := s.options(until)
	diags.Append(s.services(ctx, object, declared, &o)...)
	w, more := waiversIn(ctx, object, declared)
	diags.Append(more...)
	if diags.HasError() {
		return nil, diags
	}
	o.Waived = func(e endpoint.Endpoint) bool {
		waiver := w.Of(e)
		return waiver != nil && !waiver.Ended(d.now)
	}
	return &task{declared, from, s, w, o}, diags
}

// do does what t asks for. The error is an interruption, or that of the operator's rules.
func (d *providerData) do(ctx context.Context, t *task) (*run, diag.Diagnostics) {
	v, err := d.scan(ctx, t.from, t.declared, t.options)
	if err != nil {
		return nil, diag.Diagnostics{notScanned(err, t.declared, "Port check interrupted", "The check was interrupted before it finished. Nothing was recorded.")}
	}
	v.Waive(t.waivers.Of, d.now)
	return &run{t.declared, t.from, t.settings, t.waivers, d.now, v}, nil
}

// scan runs the engine, from all places at once. The error is that ctx ended or the
// CLI was interrupted before it had finished, or that the operator's rules refuse what
// is declared: a place that fails is in the verdict.
func (d *providerData) scan(ctx context.Context, from []string, declared *endpoint.Declared, o scan.Options) (verdict.Verdict, error) {
	if len(from) == 0 || declared.Nothing() {
		return verdict.Verdict{}, nil
	}
	ctx, cancel := d.during(ctx)
	defer cancel()
	log := startLog(ctx)
	o.Looked = both(o.Looked, log.follow(ctx))
	v, err := scan.Run(ctx, d.scannersOf(from), declared, o)
	log.end(ctx, declared, from, v, err)
	return v, err
}

// during returns a context that ends with ctx, or when the CLI is interrupted.
func (d *providerData) during(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	release := context.AfterFunc(d.stopped, cancel)
	if d.stopped.Err() != nil { // AfterFunc takes a moment, in which a scan may end well
		cancel()
	}
	return ctx, func() {
		release()
		cancel()
	}
}

// both returns a function that calls f and g. Either may be nil, and it is nil if
// both are.
func both(f, g func(scan.Look)) func(scan.Look) {
	switch {
	case f == nil:
		return g
	case g == nil:
		return f
	}
	return func(l scan.Look) {
		f(l)
		g(l)
	}
}

// interrupted tells whether a call must end: ctx has ended, or the CLI was
// interrupted.
func (d *providerData) interrupted(ctx context.Context) bool {
	return ctx.Err() != nil || d.stopped.Err() != nil
}

// about returns the context of a report about this run.
func (r *run) about(occasion report.Occasion, passedAt string) report.Context {
	return report.Context{
		Occasion: occasion,
		Timeout:  r.settings.timeout,
		MaxRate:  r.settings.limits.MaxRate,
		PassedAt: passedAt,
		Places:   r.verdict.Places,
	}
}

// warn adds d as a warning at the attribute that it is about.
func (r *run) warn(d report.Diagnostic, diags *diag.Diagnostics) {
	diags.AddAttributeWarning(findingPath(r.declared, d.Lead), d.Summary, d.Detail)
}

// fail adds d as an error at the attribute that it is about.
func (r *run) fail(d report.Diagnostic, diags *diag.Diagnostics) {
	diags.AddAttributeError(findingPath(r.declared, d.Lead), d.Summary, d.Detail)
}

// warnWaived names the endpoints that are not as declared and excused.
func (r *run) warnWaived(diags *diag.Diagnostics) {
	if waived := r.verdict.Waived(); len(waived) > 0 {
		d := report.Waived(waived, r.now)
		diags.AddAttributeWarning(path.Root(attrWaivers), d.Summary, d.Detail)
	}
}

// warnPassing names the endpoints that pass, and whose failure is excused, that changed
// while they were looked at, that have blocked the place that looked, or that pass by
// silence which nothing proves. Where a change was waited for, it is no news.
func (r *run) warnPassing(waited bool, diags *diag.Diagnostics) {
	r.warnWaived(diags)
	if flapping := r.verdict.Select(verdict.Finding.Flapping); len(flapping) > 0 && !waited {
		r.warn(report.Flapping(flapping, report.Context{}), diags)
	}
	if blocked := r.verdict.Select(verdict.Finding.Blocked); len(blocked) > 0 {
		r.warn(report.Blocked(blocked), diags)
	}
	if unsure := r.verdict.Select(verdict.Finding.Unsure); len(unsure) > 0 {
		r.warn(report.Unsure(unsure, r.about("", "")), diags)
	}
}
