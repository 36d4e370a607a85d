package verdict

import (
	"iter"
	"maps"
	"net/netip"
	"slices"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Place is where looks are taken from, as messages name it.
type Place struct {
	Name string // as in `from`; empty for this machine
	// Description is what the place says of itself, such as "ssh
	// bastion.example.com, key SHA256:…"; it may be empty.
	Description string
}

// Failed is a place that could not be opened, or that no longer could look at the
// end of the run. One that has a fault at single endpoints only, such as a bastion
// without a route to them, is none: those have a finding each.
type Failed struct {
	Place
	Err string // why, and what to do about it
	// Untested has each endpoint that could not be tested from there, in
	// Compare's order: those declared open, and those declared closed. What the
	// place saw before is in Verdict.Findings like that of any other.
	Untested []Finding
}

// Seen is what one place saw in a run.
type Seen struct {
	Place
	// Verdict is that of Judge.
	Verdict Verdict
	// Lost is why the place could not be opened, or could not look at the end of
	// the run, as in Run; nil if it could.
	Lost *string
}

// Join makes one verdict of what several places saw in the same run, in the order
// of `from`; there is at least one. It takes their findings over.
//
// All that a place that failed could not look at becomes one finding. A port that is silent from one place and open from another has the cause
// FilteredBySource.
func Join(seen []Seen) Verdict {
	v := Verdict{Answers: seen[0].Verdict.Answers}
	for i := range seen {
		s := &seen[i]
		v.Places = append(v.Places, s.Place)
		if s.Lost != nil {
			v.Failed = append(v.Failed, s.collapse())
		}
		v.Findings = append(v.Findings, s.Verdict.Findings...)
	}
	if len(seen) > 1 {
		v.Answers, v.heard = map[endpoint.Host]bool{}, map[heard]bool{}
		for _, s := range seen {
			maps.Copy(v.Answers, s.Verdict.Answers)
			maps.Copy(v.heard, s.Verdict.heard)
		}
		slices.SortStableFunc(v.Findings, Finding.Compare)
		bySource(v.Findings)
		notDown(v, working(seen))
	}
	return v
}

// Untested are all endpoints that could not be tested, from each place one by
// one: also those for which a place that failed has one finding.
func (v Verdict) Untested() iter.Seq[Finding] {
	return func(yield func(Finding) bool) {
		failed := map[string]bool{}
		for _, f := range v.Failed {
			failed[f.Name] = true
		}
		for _, f := range v.Findings {
			listed := failed[f.From] && lost(f)
			if f.Inconclusive() && !listed && !yield(f) {
				return
			}
		}
		for _, failed := range v.Failed {
			for _, f := range failed.Untested {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// lost tells whether f could not be tested for a fault of its place.
func lost(f Finding) bool {
	return f.Last.State == look.Unknown && f.Last.Reason == look.VantageFailed
}

// collapse leaves one finding of all that the place could not look at.
func (s *Seen) collapse() Failed {
	failed := Failed{Place: s.Place, Err: *s.Lost}
	var rest []Finding
	at := -1
	for _, f := range s.Verdict.Findings {
		switch {
		case !lost(f):
			rest = append(rest, f)
			continue
		case at < 0:
			at = len(rest)
			rest = append(rest, f)
		}
		failed.Untested = append(failed.Untested, f)
	}
	if at >= 0 {
		rest[at].Others, rest[at].Last.Detail = len(failed.Untested)-1, failed.Err
	}
	s.Verdict.Findings = rest
	return failed
}

// bySource finds the endpoints that are silent from one place and open from
// another: those are next to each other in findings.
func bySource(findings []Finding) {
	for len(findings) > 0 {
		n := 1
		for n < len(findings) && findings[n].Endpoint == findings[0].Endpoint {
			n++
		}
		same := findings[:n]
		findings = findings[n:]
		open := slices.IndexFunc(same, func(f Finding) bool { return f.Last.State == look.Open })
		if open < 0 {
			continue
		}
		name := same[open].From
		if name == "" {
			name = endpoint.Local
		}
		for i := range same {
			if f := &same[i]; filteredHere(*f) {
				f.Cause, f.OpenFrom = FilteredBySource, name
			}
		}
	}
}

// heard is a host with an address that answered for it, which is invalid where the
// place that asked resolves names by itself.
type heard struct {
	host endpoint.Host
	addr netip.Addr
}

// heardAt is of an answer of addr, which may be a stand-in for a name: one of
// 0.0.0.0/8, which is nobody's (RFC 791).
func heardAt(host endpoint.Host, addr netip.Addr) heard {
	if addr.Is4() && addr.As4()[0] == 0 {
		addr = netip.Addr{}
	}
	return heard{host, addr}
}

// working are the places that anything answered.
func working(seen []Seen) map[string]bool {
	names := map[string]bool{}
	for _, s := range seen {
		names[s.Name] = len(s.Verdict.Answers) > 0
	}
	return names
}

// notDown corrects what was made of silent ports whose host is not down, since it
// answered another place, at the same address as far as that is known. Declared
// filtered, such a port is, if its own place works.
func notDown(v Verdict, works map[string]bool) {
	for i := range v.Findings {
		f := &v.Findings[i]
		if f.Last.Reason != look.NoResponse || f.Cause != HostDown && !f.Unproven {
			continue
		}
		at := heardAt(f.Endpoint.Host, f.Last.Remote.Addr())
		switch heard := v.heard[at] || v.heard[heard{host: at.host}] || !at.addr.IsValid() && v.Answers[at.host]; {
		case !heard:
		case f.Want != endpoint.WantFiltered:
			f.Cause = Filtered
		case f.Unproven || works[f.From]:
			f.Last.State, f.Cause, f.Unproven = look.Filtered, "", false
		}
	}
}

// filteredHere tells whether f is a port that must be reached and of which this place
// heard nothing, for no reason that is of the place.
func filteredHere(f Finding) bool {
	ofNetwork := f.Cause == Filtered || f.Cause == ProberBlocked || f.Cause == HostDown
	return ofNetwork && f.Last.Reason == look.NoResponse && f.Want != endpoint.WantFiltered
}
