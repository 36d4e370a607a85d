package report

import (
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// judged has the endpoints of a check by how they ended, each list in the order
// of Endpoint.Compare.
type judged struct {
	failures []verdict.Finding // not as declared, or could not be tested
	passed   []endpoint.Endpoint
	unsure   []endpoint.Endpoint // open, but maybe declared closed
}

// cut tells whether Failures is full: it may lack failures that come later in
// the order of the keys.
func (c Check) cut() bool { return len(c.Failures) >= KeptFailures }

// judge tells the endpoints of c apart. When Failures is full, it says nothing
// about later endpoints. One that is not open has failed; one that is open may
// have been declared open or closed.
func (c Check) judge() judged {
	var j judged
	last := ""
	for e, r := range c.Failures {
		j.failures = append(j.failures, verdict.Recorded(e, r))
		last = max(last, e.String())
	}
	for e, state := range c.Results {
		_, failed := c.Failures[e]
		beyond := c.cut() && e.String() > last
		switch {
		case failed:
		case !beyond:
			j.passed = append(j.passed, e)
		case state == look.Open || state == look.OpenFiltered:
			j.unsure = append(j.unsure, e)
		default:
			j.failures = append(j.failures, verdict.Recorded(e, verdict.Record{Declared: endpoint.WantOpen, State: state}))
		}
	}
	slices.SortFunc(j.failures, verdict.Finding.Compare)
	slices.SortFunc(j.passed, endpoint.Endpoint.Compare)
	slices.SortFunc(j.unsure, endpoint.Endpoint.Compare)
	return j
}

// counts has the number of endpoints by how they ended.
type counts struct {
	failed, untested, passed int
	more                     bool // there may be further ones that failed
	unlisted                 bool // those that passed are too many to list
}

func (c Check) counts(j judged) counts {
	n := counts{passed: len(j.passed), more: c.cut(), unlisted: c.Probed && c.Results == nil}
	for _, f := range j.failures {
		if f.Inconclusive() {
			n.untested++
		} else {
			n.failed++
		}
	}
	return n
}

func (n *counts) add(other counts) {
	n.failed += other.failed
	n.untested += other.untested
	n.passed += other.passed
	n.more = n.more || other.more
	n.unlisted = n.unlisted || other.unlisted
}

// String is empty if there is nothing to count.
func (n counts) String() string {
	var parts []string
	if n.failed > 0 {
		parts = append(parts, counted(n.failed, "endpoint")+" not as declared")
	}
	if n.untested > 0 {
		parts = append(parts, count(n.untested)+" could not be tested")
	}
	if n.more && len(parts) > 0 {
		parts[0] = "at least " + parts[0]
	}
	if n.passed > 0 && !n.unlisted {
		parts = append(parts, count(n.passed)+" open as declared")
	}
	return strings.Join(parts, ", ")
}

// findings returns all known endpoints, in order. Those that did not fail have
// a state, but no declaration.
func (c Check) findings(j judged) []verdict.Finding {
	all := slices.Clone(j.failures)
	for _, endpoints := range [][]endpoint.Endpoint{j.passed, j.unsure} {
		for _, e := range endpoints {
			all = append(all, verdict.Recorded(e, verdict.Record{State: c.Results[e]}))
		}
	}
	slices.SortFunc(all, verdict.Finding.Compare)
	return all
}
