package verdict

import (
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// Waive notes the waiver of each finding, and whether it has ended at now. waiverOf
// returns the one for an endpoint, nil if there is none.
func (v Verdict) Waive(waiverOf func(endpoint.Endpoint) *endpoint.Waiver, now time.Time) {
	waive(v.Findings, waiverOf, now)
	for _, failed := range v.Failed {
		waive(failed.Untested, waiverOf, now)
	}
}

func waive(findings []Finding, waiverOf func(endpoint.Endpoint) *endpoint.Waiver, now time.Time) {
	for i := range findings {
		f := &findings[i]
		f.Waiver = waiverOf(f.Endpoint)
		f.WaiverEnded = f.Waiver != nil && f.Waiver.Ended(now)
	}
}

// Excused tells whether a waiver holds for the endpoint, whatever was found.
func (f Finding) Excused() bool { return f.Waiver != nil && !f.WaiverEnded }

// Waived tells whether the endpoint is not as declared, and a waiver excuses that. A
// waiver is about an endpoint: it never excuses a place that failed, whose finding
// stands for others too.
func (f Finding) Waived() bool {
	return f.Excused() && !f.AsDeclared() && f.Cause != VantageFailed
}

// Failed tells whether the endpoint is not as declared, and no waiver excuses that.
func (f Finding) Failed() bool { return !f.AsDeclared() && !f.Waived() }

// Waived returns the findings that are not as declared and excused.
func (v Verdict) Waived() []Finding { return v.Select(Finding.Waived) }
