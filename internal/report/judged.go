package report

import (
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// judged has the endpoints of a check by how they ended, each list in the order
// of Key.Compare.
type judged struct {
	failures []verdict.Finding // not as declared, or could not be tested
	passed   []endpoint.Key
	waived   []verdict.Finding // not as declared, and excused
	// lost are those of failures that no failure was kept of: one stands for all
	// that a place which failed could not look at.
	lost   map[endpoint.Key]bool
	unsure []endpoint.Key // in a state that may be as declared or not
}

// full tells whether records, the failures or what is waived, may lack some that come
// later in the order of the keys.
func full(records map[endpoint.Key]verdict.Record) bool { return len(records) >= KeptFailures }

// cut tells whether not all that is not as declared was kept.
func (c Check) cut() bool { return full(c.Failures) || full(c.Waived) }

// listed is how far a list of records reaches, which may be cut.
type listed struct {
	last string // the last key
	cut  bool
}

func listOf(records map[endpoint.Key]verdict.Record) listed {
	l := listed{cut: full(records)}
	for k := range records {
		l.last = max(l.last, k.String())
	}
	return l
}

// mayLack tells whether a record of k may have been cut off.
func (l listed) mayLack(k endpoint.Key) bool { return l.cut && k.String() > l.last }

// judge tells the endpoints of c apart. When Failures or Waived is full, it says
// nothing about later endpoints: their states do, where it is known what is declared.
func (c Check) judge() judged {
	j := judged{lost: map[endpoint.Key]bool{}, waived: c.waived()}
	for k, r := range c.Failures {
		j.failures = append(j.failures, c.recorded(k, r))
	}
	failures, waived := listOf(c.Failures), listOf(c.Waived)
	for k, state := range c.Results {
		_, failed := c.Failures[k]
		_, excused := c.Waived[k]
		if !failed && !excused {
			mayBeWaived := waived.mayLack(k) && (state != look.Unknown || c.waiver(k) != nil)
			j.add(c, k, state, failures.mayLack(k), mayBeWaived)
		}
	}
	c.findOpen(j.failures)
	slices.SortFunc(j.failures, byKey)
	slices.SortFunc(j.waived, byKey)
	slices.SortFunc(j.passed, endpoint.Key.Compare)
	slices.SortFunc(j.unsure, endpoint.Key.Compare)
	return j
}

// add adds an endpoint of c that has a state and no record, which may have been cut off.
func (j *judged) add(c Check, k endpoint.Key, state look.State, mayFail, mayBeWaived bool) {
	beyond := mayFail || mayBeWaived
	switch {
	case !beyond && state == look.Unknown:
		j.lost[k] = true
		j.failures = append(j.failures, verdict.Recorded(k, verdict.Record{
			Declared: c.want(k), State: state, Reason: look.VantageFailed, Cause: verdict.VantageFailed}))
	case !beyond, state == look.Unfiltered:
		j.passed = append(j.passed, k)
	case c.mayPass(k, state):
		j.unsure = append(j.unsure, k)
	case !mayFail: // it would be among the failures
		j.waived = append(j.waived, c.excused(k, verdict.Record{Declared: c.want(k), State: state}))
	default:
		j.failures = append(j.failures, verdict.Recorded(k, verdict.Record{Declared: c.want(k), State: state}))
	}
}

// waived are the endpoints that are not as declared and excused.
func (c Check) waived() []verdict.Finding {
	var waived []verdict.Finding
	for k, r := range c.Waived {
		waived = append(waived, c.excused(k, r))
	}
	return waived
}

// want is what c declares of k; open where that is not known.
func (c Check) want(k endpoint.Key) endpoint.Want {
	if c.Declared != nil {
		if want, ok := c.Declared.Want(k.Endpoint); ok {
			return want
		}
	}
	return endpoint.WantOpen
}

// mayPass tells whether state may be as declared of k.
func (c Check) mayPass(k endpoint.Key, state look.State) bool {
	return state == look.Open || state == look.OpenFiltered || state == look.Filtered && c.want(k) == endpoint.WantFiltered
}

// gathered are the failures with those of lost in the one that stands for them.
func (j judged) gathered() []verdict.Finding {
	if len(j.lost) == 0 {
		return j.failures
	}
	var kept []verdict.Finding
	for _, f := range j.failures {
		if !j.lost[f.EndpointKey()] {
			kept = append(kept, f)
		}
	}
	at := map[string]int{} // by place, the first that may stand for others
	for i, f := range slices.Backward(kept) {
		if f.Last.Reason == look.VantageFailed {
			at[f.From] = i
		}
	}
	for _, f := range j.failures {
		if !j.lost[f.EndpointKey()] {
			continue
		}
		if i, ok := at[f.From]; ok {
			kept[i].Others++
			continue
		}
		at[f.From] = len(kept)
		kept = append(kept, f)
	}
	return kept
}

// findOpen finds from where the endpoints are open that are silent from one place.
func (c Check) findOpen(failures []verdict.Finding) {
	if !slices.ContainsFunc(failures, func(f verdict.Finding) bool { return f.Cause == verdict.FilteredBySource }) {
		return
	}
	open := map[endpoint.Endpoint]string{} // the first name
	for k, state := range c.Results {
		name := endpoint.Local
		if k.From != "" {
			name = k.From
		}
		if before, ok := open[k.Endpoint]; state == look.Open && (!ok || name < before) {
			open[k.Endpoint] = name
		}
	}
	for i := range failures {
		if f := &failures[i]; f.Cause == verdict.FilteredBySource {
			f.OpenFrom = open[f.Endpoint]
		}
	}
}

// closed is how many endpoints that are declared closed were looked at and are not
// open, from all places: Results has none of them. It is 0 where that is not known.
func (c Check) closed(j judged) int {
	if c.Declared == nil || !c.Probed || c.cut() {
		return 0
	}
	n := c.Declared.ClosedCount * max(1, len(c.From))
	for _, f := range j.failures {
		if f.Last.Reason == look.VantageFailed { // it stands for others
			return 0
		}
	}
	for _, f := range slices.Concat(j.failures, j.waived) {
		if f.Want == endpoint.WantClosed {
			n--
		}
	}
	return n
}

// counts has the number of endpoints by how they ended.
type counts struct {
	failed, untested, waived int
	// asDeclared are those that are, by what is declared. Of those declared closed
	// there are none where that is not known.
	asDeclared map[endpoint.Want]int
	more       bool // there may be further ones that failed
	moreWaived bool // there may be further ones that are waived
	unlisted   bool // those that passed are too many to list
}

// closed is how many are declared closed and are not open.
func (n counts) closed() int { return n.asDeclared[endpoint.WantClosed] }

func (c Check) counts(j judged) counts {
	n := counts{waived: len(j.waived), asDeclared: map[endpoint.Want]int{endpoint.WantClosed: c.closed(j)}, more: full(c.Failures), moreWaived: full(c.Waived), unlisted: c.Probed && c.Results == nil}
	for _, k := range j.passed {
		switch c.Results[k] { //nolint:exhaustive // all others pass as open
		case look.Unfiltered:
			n.asDeclared[endpoint.WantUnfiltered]++
		case look.Filtered:
			n.asDeclared[endpoint.WantFiltered]++
		default:
			n.asDeclared[endpoint.WantOpen]++
		}
	}
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
	if n.asDeclared == nil {
		n.asDeclared = map[endpoint.Want]int{}
	}
	n.failed += other.failed
	n.untested += other.untested
	n.waived += other.waived
	for want, as := range other.asDeclared {
		n.asDeclared[want] += as
	}
	n.more = n.more || other.more
	n.moreWaived = n.moreWaived || other.moreWaived
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
	switch {
	case n.moreWaived:
		parts = append(parts, "at least "+count(n.waived)+" waived")
	case n.waived > 0:
		parts = append(parts, count(n.waived)+" waived")
	}
	for _, want := range endpoint.Wants() {
		if as := n.asDeclared[want]; as > 0 && (want == endpoint.WantClosed || !n.unlisted) {
			parts = append(parts, count(as)+" "+string(want)+" as declared")
		}
	}
	return strings.Join(parts, ", ")
}

// findings returns all known endpoints, in order. Those that did not fail have
// a state, but no declaration.
func (c Check) findings(j judged) []verdict.Finding {
	all := slices.Concat(j.failures, j.waived)
	for _, keys := range [][]endpoint.Key{j.passed, j.unsure} {
		for _, k := range keys {
			all = append(all, verdict.Recorded(k, verdict.Record{State: c.Results[k]}))
		}
	}
	slices.SortFunc(all, byKey)
	return all
}

func byKey(a, b verdict.Finding) int { return a.EndpointKey().Compare(b.EndpointKey()) }
