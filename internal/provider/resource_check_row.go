package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

const (
	attrSuccesses = "consecutive_successes"

	// maxSuccesses keeps a slip of the pen from holding an apply for hours: each
	// success costs a whole run.
	maxSuccesses = 100
)

// successesAttribute is for checks alone: a data source looks once.
func successesAttribute() schema.Attribute {
	a := attribute{
		name: attrSuccesses, kind: kindNumber,
		description: fmt.Sprintf("How many times in a row apply must find everything as declared, at most %d. Defaults to `1`. Use it for roll-outs that flap: a port that fails starts the count anew, with `recheck_interval` between the times. Plan does not count.", maxSuccesses),
	}
	return inResource.number(a, []validator.Number{settingValidator{setting{
		attribute: a,
		set:       func(_ *settings, text string) (err error) { _, err = integer(text, 1, maxSuccesses); return },
	}}})
}

// row is a run of several in a row, which an apply makes.
type row struct {
	*run     // the last one
	wanted   int
	reached  int // how many in a row found everything as declared
	flapping []verdict.Finding
}

// runInRow is run until everything was as declared as many times in a row as object
// wants. A failure starts the count anew. It ends when a run fails, or when an
// endpoint changes while it is looked at and until has passed.
func (d *providerData) runInRow(ctx context.Context, object values, until time.Time) (row, diag.Diagnostics) {
	wanted, diags := successesIn(ctx, object)
	r := row{wanted: wanted}
	for !diags.HasError() {
		r.run, diags = d.run(ctx, object, until)
		if r.run == nil {
			break
		}
		r.reached++
		flapping := r.verdict.Select(verdict.Finding.Flapping)
		if len(flapping) > 0 {
			r.flapping, r.reached = flapping, 1
		}
		if len(r.verdict.Failures()) > 0 {
			r.reached = 0
			break
		}
		if r.reached >= r.wanted || len(flapping) > 0 && !time.Now().Before(until) {
			break
		}
		d.pause(ctx, r.settings.recheckInterval)
	}
	return r, diags
}

func successesIn(ctx context.Context, object values) (int, diag.Diagnostics) {
	text, state, diags := attribute{name: attrSuccesses, kind: kindNumber}.text(ctx, object)
	n, err := integer(text, 1, maxSuccesses)
	if state != isKnown || err != nil {
		return 1, diags
	}
	return n, diags
}

// pause waits for t, or until the call must end.
func (d *providerData) pause(ctx context.Context, t time.Duration) {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-d.stopped.Done():
	}
}

// unsteady is the failure of a row in which everything is as declared in the end,
// but was not often enough; nil if it was.
func (r row) unsteady(timeout string) *report.Diagnostic {
	if r.reached == 0 || r.reached >= r.wanted {
		return nil
	}
	failed := report.Flapping(r.flapping, report.Context{
		Occasion: report.Apply,
		Closing:  fmt.Sprintf("They are as declared now, but everything must be as declared %d times in a row (consecutive_successes), and %s had passed when the last of them failed.", r.wanted, timeout),
	})
	return &failed
}

// warnPassing is that of the last run, and names endpoints too that changed in one
// before it.
func (r row) warnPassing(diags *diag.Diagnostics) {
	r.run.warnPassing(false, diags)
	if len(r.flapping) > 0 && len(r.verdict.Select(verdict.Finding.Flapping)) == 0 {
		r.warn(report.Flapping(r.flapping, report.Context{}), diags)
	}
}
