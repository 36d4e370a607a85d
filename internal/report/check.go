package report

import (
	"slices"

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
	Results  map[endpoint.Key]look.State
	Failures map[endpoint.Key]verdict.Record
	// Waived are those that are not as declared and excused; Waivers returns the
	// waiver of an endpoint, nil if there is none. Both may be nil.
	Waived  map[endpoint.Key]verdict.Record
	Waivers func(endpoint.Endpoint) *endpoint.Waiver
	// From are the places that the check looks from, as its attribute has them;
	// nil if it has none.
	From []string
	// Declared is what the check declares; nil if that is not known. It is for
	// the ports declared closed that are, which Results does not have.
	Declared *endpoint.Declared
}

// The limits of what a check keeps in state; the provider takes them from here.
const (
	// KeptResults is how many endpoints declared open are kept one by one.
	KeptResults = 10_000
	// KeptFailures is how many failures are kept.
	KeptFailures = 1_000
)

// placed tells whether c looks from anywhere but this machine.
func (c Check) placed() bool {
	if slices.ContainsFunc(c.From, func(name string) bool { return name != endpoint.Local }) {
		return true
	}
	for k := range c.Results {
		if k.From != "" {
			return true
		}
	}
	for _, records := range []map[endpoint.Key]verdict.Record{c.Failures, c.Waived} {
		for k := range records {
			if k.From != "" {
				return true
			}
		}
	}
	return false
}

// waiver is what excuses the failure of k, whether or not it has ended; nil if there
// is none, or none that is known.
func (c Check) waiver(k endpoint.Key) *endpoint.Waiver {
	if c.Waivers == nil {
		return nil
	}
	return c.Waivers(k.Endpoint)
}

// recorded returns the finding that a record was kept of among the failures. If it has
// a waiver, that has ended.
func (c Check) recorded(k endpoint.Key, r verdict.Record) verdict.Finding {
	f := verdict.Recorded(k, r)
	if r.Cause != verdict.VantageFailed {
		f.Waiver = c.waiver(k)
	}
	f.WaiverEnded = f.Waiver != nil
	return f
}

// excused returns the finding of a failure that is waived.
func (c Check) excused(k endpoint.Key, r verdict.Record) verdict.Finding {
	f := verdict.Recorded(k, r)
	if f.Waiver = c.waiver(k); f.Waiver == nil { // nobody knows until when
		f.Waiver = &endpoint.Waiver{}
	}
	return f
}

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
	case c.Passed && len(c.Waived) > 0:
		return passed, "as declared, but for waivers"
	case c.Passed:
		return passed, "as declared"
	case unknown > 0 && unknown == len(c.Failures):
		return inconclusive, "inconclusive"
	}
	return failed, "not as declared"
}
