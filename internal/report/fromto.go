package report

import (
	"maps"
	"slices"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

const (
	// maxSources is how many places the matrix from source to endpoint has room for.
	maxSources = 60
	// maxClosed is how many endpoints a check may declare closed for the matrix to
	// have those that are.
	maxClosed = 1000
)

// fromTo is the matrix from source to endpoint of all checks that have places:
// what one network may reach in another is often declared in several checks.
type fromTo struct {
	sources []string // names, empty for this machine; at most maxSources
	more    int      // sources that there is no room for
	rows    []fromToRow
}

// fromToRow is an endpoint as the sources see it.
type fromToRow struct {
	endpoint endpoint.Endpoint
	cells    map[string]fromToCell // by source
}

// fromToCell is what was declared of an endpoint from one source and what was
// found. The zero cell is one that no check speaks of.
type fromToCell struct {
	want   endpoint.Want
	state  look.State // empty where the port is not open, as declared
	bad    bool       // not as declared, or not tested
	waived bool       // not as declared, and excused
	cause  verdict.Cause
}

// newFromTo is empty if no check has places.
func newFromTo(checks []Check) fromTo {
	m := fromTo{}
	cells := cellsOf{}
	for _, c := range checks {
		if c.Probed && c.placed() {
			m.sources = append(m.sources, c.sources()...)
			c.fill(cells)
		}
	}
	seen := map[string]bool{}
	m.sources = slices.DeleteFunc(m.sources, func(name string) bool {
		again := seen[name]
		seen[name] = true
		return again
	})
	m.more = max(0, len(m.sources)-maxSources)
	m.sources = m.sources[:len(m.sources)-m.more]
	for _, e := range slices.SortedFunc(maps.Keys(cells), endpoint.Endpoint.Compare) {
		m.rows = append(m.rows, fromToRow{e, cells[e]})
	}
	return m
}

// sources are the places of c in the order of its attribute, then any others.
func (c Check) sources() []string {
	var names []string
	for _, name := range c.From {
		names = append(names, endpoint.NewKey(endpoint.Endpoint{}, name).From)
	}
	others := map[string]bool{}
	for k := range c.Results {
		others[k.From] = true
	}
	for _, records := range []map[endpoint.Key]verdict.Record{c.Failures, c.Waived} {
		for k := range records {
			others[k.From] = true
		}
	}
	if len(names) == 0 && len(others) == 0 {
		return []string{""}
	}
	for _, name := range names {
		delete(others, name)
	}
	return append(names, slices.Sorted(maps.Keys(others))...)
}

// cellsOf are cells by endpoint and source.
type cellsOf map[endpoint.Endpoint]map[string]fromToCell

// put takes in a cell. What is not as declared in one check is not hidden by
// another.
func (m cellsOf) put(k endpoint.Key, cell fromToCell) {
	if m[k.Endpoint] == nil {
		m[k.Endpoint] = map[string]fromToCell{}
	}
	if before, ok := m[k.Endpoint][k.From]; !ok || cell.bad && !before.bad {
		m[k.Endpoint][k.From] = cell
	}
}

// fill puts what c says into cells.
func (c Check) fill(cells cellsOf) {
	j := c.judge()
	listed := map[endpoint.Key]bool{}
	lost := map[string]bool{} // places that could not test some endpoints
	for _, f := range j.failures {
		listed[f.EndpointKey()] = true
		lost[f.From] = lost[f.From] || f.Last.Reason == look.VantageFailed
		cells.put(f.EndpointKey(), fromToCell{want: f.Want, state: f.Last.State, bad: true, cause: f.Cause})
	}
	for _, f := range j.waived {
		listed[f.EndpointKey()] = true
		cells.put(f.EndpointKey(), fromToCell{want: f.Want, state: f.Last.State, waived: true})
	}
	for _, k := range j.passed {
		cells.put(k, fromToCell{want: c.want(k), state: c.Results[k]})
	}
	for _, k := range j.unsure {
		listed[k] = true
		cells.put(k, fromToCell{state: c.Results[k]})
	}
	if c.Declared != nil && c.Declared.ClosedCount <= maxClosed && !c.cut() {
		c.fillClosed(cells, listed, lost)
	}
}

// fillClosed puts into cells what is declared closed and not listed. lost has the
// places that could not test some endpoints.
func (c Check) fillClosed(cells cellsOf, listed map[endpoint.Key]bool, lost map[string]bool) {
	sources := c.sources()
	for e, want := range c.Declared.All() {
		if want != endpoint.WantClosed {
			continue
		}
		for _, name := range sources {
			if k := endpoint.NewKey(e, name); !listed[k] {
				cells.put(k, closedCell(lost[k.From]))
			}
		}
	}
}

// closedCell is a port declared closed that c does not list. It is not open, but
// for places that could not test all.
func closedCell(lost bool) fromToCell {
	if lost {
		return fromToCell{want: endpoint.WantClosed, state: look.Unknown, bad: true, cause: verdict.VantageFailed}
	}
	return fromToCell{want: endpoint.WantClosed}
}
