package scan

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Scanner runs scans from one place, under limits that all its runs share, as they
// share what they know of addresses. Its methods are safe for concurrent use.
type Scanner struct {
	vantage Vantage
	limiter *limiter
	control []endpoint.Control
	memory  *memory
	passed  *passed

	runs sync.WaitGroup // those under way

	mu      sync.Mutex
	closed  bool
	view    View      // nil until a run has opened it
	opening *attempt  // nil unless a run is at it
	failed  error     // of the last attempt
	until   time.Time // how long failed stands
}

// errorStands is how long an error of opening a place stands for runs that come
// later: a hundred checks do not each wait for a place that is not there.
const errorStands = 10 * time.Second

// attempt is one attempt to open a place. err may be read when done is closed.
type attempt struct {
	done chan struct{}
	err  error
}

// Config is what all runs of a Scanner have in common.
type Config struct {
	// Vantage is where looks are taken from.
	Vantage Vantage
	Limits  Limits
	// Control are endpoints known to be up. When nothing answers, they tell
	// whether the place itself is cut off. There may be none; those that the
	// Vantage does not see are left out.
	Control []endpoint.Control
	// Guard has the operator's rules of what may be looked at.
	Guard guard.Policy
}

// New returns a Scanner. It opens nothing: the first run does.
func New(c Config) *Scanner {
	s := &Scanner{vantage: c.Vantage, limiter: newLimiter(c.Limits), memory: newMemory(), passed: &passed{rules: c.Guard, addrs: map[netip.Addr]bool{}}}
	for _, e := range c.Control {
		if s.vantage.Sees(e.Scheme) {
			s.control = append(s.control, e)
		}
	}
	return s
}

// Name is that of the place, as in `from`.
func (s *Scanner) Name() string { return s.vantage.Name() }

// Sees tells whether endpoints of scheme can be looked at from the place.
func (s *Scanner) Sees(scheme endpoint.Scheme) bool { return s.vantage.Sees(scheme) }

// place is the place for a verdict.
func (s *Scanner) place() verdict.Place {
	p := verdict.Place{Name: endpoint.NewKey(endpoint.Endpoint{}, s.vantage.Name()).From}
	if described, ok := s.vantage.(fmt.Stringer); ok {
		p.Description = described.String()
	}
	return p
}

// unseen returns a declared scheme that cannot be looked at from the vantage;
// empty if there is none.
func (s *Scanner) unseen(declared *endpoint.Declared) endpoint.Scheme {
	for _, h := range declared.Hosts {
		for _, want := range endpoint.Wants() {
			for scheme := range h.Ports(want) {
				if !s.vantage.Sees(scheme) {
					return scheme
				}
			}
		}
	}
	return ""
}

// Run is Run from this place alone.
func (s *Scanner) Run(ctx context.Context, declared *endpoint.Declared, o Options) (verdict.Verdict, error) {
	return Run(ctx, []*Scanner{s}, declared, o)
}

// errClosed is the error of a run that comes too late.
var errClosed = errors.New("the provider has ended its work and closed this place")

// Close closes the place, if a run has opened it, when the runs under way have
// ended; whoever is in a hurry ends their ctx before. Later runs find a place that
// has failed, and closing again does nothing. The provider closes its scanners
// when its process stops serving, and the tests close theirs.
func (s *Scanner) Close() error {
	s.mu.Lock()
	was := s.closed
	s.closed = true
	s.mu.Unlock()
	s.runs.Wait()
	if was || s.view == nil {
		return nil
	}
	return s.view.Close()
}

// begin counts a run in. The caller calls s.runs.Done when it has ended.
func (s *Scanner) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	s.runs.Add(1)
	return nil
}

// open returns the view, which it opens if no run has yet. Runs that come
// meanwhile wait for the same attempt, each until its own ctx ends, and share its
// error: a place that takes long to fail fails for all of them at once. Only again
// makes it try anew while an error stands.
func (s *Scanner) open(ctx context.Context, again bool) (View, error) {
	for ctx.Err() == nil {
		s.mu.Lock()
		view, now, failed := s.view, s.opening, s.failed
		if again || time.Now().After(s.until) {
			failed = nil
		}
		if view != nil || now == nil && failed != nil {
			s.mu.Unlock()
			return view, failed
		}
		if now == nil {
			now = &attempt{done: make(chan struct{})}
			s.opening = now
			s.mu.Unlock()
			return s.attempt(ctx, now)
		}
		s.mu.Unlock()
		select {
		case <-now.done:
			if now.err != nil {
				return nil, now.err
			}
		case <-ctx.Done():
		}
	}
	return nil, context.Cause(ctx)
}

// attempt opens the place for all that wait for a. Its error is not theirs when
// ctx has ended, which is not theirs either.
func (s *Scanner) attempt(ctx context.Context, a *attempt) (View, error) {
	view, err := s.vantage.Open(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(a.done)
	s.opening = nil
	if err != nil {
		if ctx.Err() == nil {
			a.err, s.failed, s.until = err, err, time.Now().Add(errorStands)
		}
		return nil, err
	}
	s.failed = nil
	s.limiter.bear(view.Capacity())
	s.view = view
	return view, nil
}

// openInTime is open, which it calls again, backing off, until until: a place may
// be as new as what is looked at from there.
func (s *Scanner) openInTime(ctx context.Context, until time.Time) (View, error) {
	again := false
	for pause := time.Second; ; pause = min(2*pause, maxBackOff) {
		view, err := s.open(ctx, again)
		again = true
		var lasting interface{ Permanent() bool }
		if err == nil || errors.As(err, &lasting) && lasting.Permanent() {
			return view, err
		}
		now := min(pause, time.Until(until)/2)
		if now < shortestPause || sleep(ctx, now) != nil {
			return nil, err
		}
	}
}

// run looks at everything that is declared from this place. When ctx ends, what it
// returns says nothing. refuse ends ctx.
func (s *Scanner) run(ctx context.Context, refuse context.CancelCauseFunc, declared *endpoint.Declared, o Options) verdict.Seen {
	err := s.begin()
	if err == nil {
		defer s.runs.Done()
		var view View
		if view, err = s.openInTime(ctx, o.Until); err == nil {
			v, lost := s.look(ctx, &guarded{view, s.passed, refuse}, declared, o)
			return verdict.Seen{Place: s.place(), Verdict: v, Lost: lost}
		}
	}
	if _, refused := errors.AsType[guard.Refusal](err); refused {
		refuse(fmt.Errorf("the place %s: %w", s.vantage.Name(), err))
	}
	place, why := s.place(), err.Error()
	if ctx.Err() != nil {
		return verdict.Seen{Place: place, Lost: &why}
	}
	return verdict.Seen{Place: place, Verdict: verdict.Verdict{Findings: unopened(place, declared, why)}, Lost: &why}
}

// unopened has a finding for each endpoint, since the place could not be opened.
func unopened(place verdict.Place, declared *endpoint.Declared, why string) []verdict.Finding {
	findings := make([]verdict.Finding, 0, declared.Count())
	o := unknown(look.VantageFailed)
	o.Last.Detail = why
	for e, want := range declared.All() {
		findings = append(findings, verdict.Finding{Endpoint: e, Want: want, From: place.Name, Observation: o})
	}
	return verdict.Judge(findings, verdict.Run{}).Findings
}

// look does the rounds of a run and judges what they saw; lost is as in
// verdict.Run.
func (s *Scanner) look(ctx context.Context, view *guarded, declared *endpoint.Declared, o Options) (v verdict.Verdict, lost *string) {
	hosts := namesOf(declared)
	resolved := resolve(ctx, view, hosts, o)
	if ctx.Err() != nil {
		return verdict.Verdict{}, nil
	}
	left := bound(declared, resolved)
	r := newRun(s, view, o, hosts, Plan(declared, resolved))
	r.left = left
	ended := o.Progress.follow(r)
	r.rounds(ctx)
	ended()
	saw := verdict.Run{}
	// Where nothing answered at all, the place may be cut off; then there is
	// nothing that the next question could be asked of.
	saw.Offline = r.offline(ctx)
	// Soon after the last look: whoever blocks us may let go.
	saw.Stopped = r.stopped(ctx)
	r.askSlowly(ctx)
	r.listen(ctx)
	// At last, for it only explains what no port of a host has answered.
	saw.Pinged = r.pinged(ctx)
	// Each look of the above may have shown that the place works no longer.
	saw.Lost = r.failure(ctx)
	if ctx.Err() != nil {
		return verdict.Verdict{}, nil
	}
	saw.Answers, saw.Hosts = r.answered(ctx)
	switch {
	case saw.Lost != nil:
		r.doubtSilence()
	case saw.Offline:
		r.doubtAll()
	}
	return verdict.Judge(r.findings(ctx), saw), saw.Lost
}
