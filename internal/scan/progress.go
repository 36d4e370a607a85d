package scan

import (
	"sync"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// maxAwaited is how many endpoints a Standing names.
const maxAwaited = 3

// Progress tells how far one call of Run has come, before, during and after it: it is
// made for that one and given to it with the Options. Its methods are safe for
// concurrent use.
type Progress struct {
	mu       sync.Mutex
	declared *endpoint.Declared
	places   []placeProgress
}

// placeProgress is how far the run from one place has come. There is a run when the
// place is open, and ended when its rounds are over.
type placeProgress struct {
	name  string // empty for this machine
	run   *run
	ended *Standing
}

// Standing is what was found so far. An endpoint counts once for each place.
type Standing struct {
	Declared   int
	AsDeclared int
	Waived     int // not as declared, and excused
	// Awaited are the first few of the others, by place and then in the order of the
	// declaration, with what was seen last. Where no look has ended, that is the
	// state unknown for the reason cancelled.
	Awaited []verdict.Finding
}

// NewProgress returns the Progress of a Run of scanners, which looks at declared.
func NewProgress(scanners []*Scanner, declared *endpoint.Declared) *Progress {
	p := &Progress{declared: declared, places: make([]placeProgress, len(scanners))}
	for i, s := range scanners {
		p.places[i].name = s.place().Name
	}
	return p
}

// follow follows r until the function that it returns is called. A nil Progress
// follows nothing.
func (p *Progress) follow(r *run) (end func()) {
	if p == nil {
		return func() {}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	of := &placeProgress{}
	for i := range p.places {
		if p.places[i].name == r.from {
			of = &p.places[i]
		}
	}
	of.run = r
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		last := r.standing()
		of.ended = &last
	}
}

// Now returns what was found so far.
func (p *Progress) Now() Standing {
	p.mu.Lock()
	defer p.mu.Unlock()
	var now Standing
	for _, of := range p.places {
		var s Standing
		switch {
		case of.ended != nil:
			s = *of.ended
		case of.run != nil:
			s = of.run.standing()
		default:
			s = unbegun(p.declared, of.name)
		}
		now.Declared += s.Declared
		now.AsDeclared += s.AsDeclared
		now.Waived += s.Waived
		for _, f := range s.Awaited {
			now.await(f)
		}
	}
	return now
}

// unbegun is the standing from a place that is not open yet.
func unbegun(declared *endpoint.Declared, from string) (s Standing) {
	for e, want := range declared.All() {
		s.Declared++
		s.await(verdict.Finding{Endpoint: e, Want: want, From: from, Observation: unknown(look.Cancelled)})
	}
	return s
}

// standing is how far the rounds of r have come.
func (r *run) standing() (s Standing) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.tracks {
		s.Declared++
		switch waived := r.options.Waived; {
		case t.asDeclared(r.options.OneIsEnough):
			s.AsDeclared++
		case waived != nil && waived(t.job.Endpoint()):
			s.Waived++
		case len(s.Awaited) < maxAwaited:
			o, _ := t.combined(r.options.OneIsEnough)
			s.await(verdict.Finding{Endpoint: t.job.Endpoint(), Want: t.job.Want, From: r.from, Observation: o})
		}
	}
	return s
}

func (s *Standing) await(f verdict.Finding) {
	if len(s.Awaited) < maxAwaited {
		s.Awaited = append(s.Awaited, f)
	}
}
