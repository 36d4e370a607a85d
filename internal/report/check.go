package report

import (
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Check is a check or data source with the values of its attributes: the input
// of the reports.
type Check struct {
	Name string // what the user calls it
	// Probed is false if nothing was ever probed: then the rest is empty.
	Probed   bool
	Passed   bool
	PassedAt string // RFC 3339; empty if never or not known
	// Results is nil where there are too many to list.
	Results  map[endpoint.Endpoint]look.State
	Failures map[endpoint.Endpoint]verdict.Record
}

// The limits of what a check keeps in state; the provider takes them from here.
const (
	// KeptResults is how many endpoints declared open are kept one by one.
	KeptResults = 10_000
	// KeptFailures is how many failures are kept.
	KeptFailures = 1_000
)

// The outcomes of a check. The HTML page has a class of each name.
const (
	passed       = "pass"
	failed       = "fail"
	inconclusive = "none"
	unprobed     = "idle"
)

// outcome returns the outcome of c and the words for it.
func outcome(c Check) (string, string) {
	unknown := 0
	for _, r := range c.Failures {
		if r.State == look.Unknown {
			unknown++
		}
	}
	switch {
	case !c.Probed:
		return unprobed, "not probed"
	case c.Passed:
		return passed, "as declared"
	case unknown > 0 && unknown == len(c.Failures):
		return inconclusive, "inconclusive"
	}
	return failed, "not as declared"
}
