// Package scan decides what to look at, in what order and how hard, and does
// it: a pure plan, then rounds of looks under limits that all runs share.
//
// One run, with the functions that do it:
//
//	Scanner.Run
//	  open                   the Vantage, at the first run of all
//	  resolve, Plan, newRun  a Job for each endpoint, a track for each Job
//	  rounds                 until everything is as declared or the time is up
//	    recheck              from the second round on: what fails, at a low pace
//	    round                all addresses at once, as far as the limits allow
//	      lookAtAddress      the tasks of one address, by some workers
//	        doTask           one endpoint at one address
//	          lookOnce       one look, when the limits allow: View.Look
//	          track.record   what it saw
//	          watch.saw      has the address stopped answering?
//	        watch.doubts     is the silence of this round evidence?
//	  offline, stopped, pinged
//	  findings               what verdict.Judge makes the verdict of
//
// A track goes through the rounds with one sight for each address of its host.
// It needs no further look when its endpoint is as declared; a sweep of a million
// closed ports leaves a mark of one byte for each.
//
// Silence is the evidence that deceives. So the memory of a run keeps which ports
// answered, and the watch of each address asks one of them again while others fall
// silent. If it has stopped answering, or some silent ports answer at a lower
// pace, track.doubt makes the round's silence inconclusive, and the next round
// looks again.
//
// The limiter bounds how many addresses are looked at at once (enter, leave), how
// many looks are under way at each and how many begin a second (acquire,
// release), over all runs of a Scanner.
//
// A look never fails. Run gives an error only when ctx has ended, when the Vantage
// could not be opened, or when it does not see a declared scheme.
package scan

import (
	"context"
	"fmt"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Options are the settings of one run.
type Options struct {
	Timeout         time.Duration // how long one look waits
	Rechecks        int           // further looks, each with twice the time-out before
	RecheckInterval time.Duration // pause before a re-check
	IPVersion       int           // 4, 6, or 0 for any
	OneIsEnough     bool          // one address of a name that is as declared is enough
	SilentUDPIsOpen bool          // a UDP port that never answers counts as open; no service does
	TLS             look.TLS      // how certificates of services are verified
	// HTTP says what to ask HTTP services, which may be nil; nil asks all alike.
	HTTP func(endpoint.Endpoint) *look.HTTP
	// Until is how long to go on looking at endpoints that are not as declared.
	// Zero: not beyond the re-checks.
	Until time.Time
	// Looked is told of every look when it has ended, by many goroutines at
	// once; nil if nobody wants to know.
	Looked func(Look)
}

// Look is one look at one endpoint, for those who follow a run.
type Look struct {
	// Endpoint is as it was declared. Where the look was for something else,
	// such as whether a host still answers, its host is the address.
	Endpoint endpoint.Endpoint
	look.Result
}

// Scanner runs scans from one place, under limits that all its runs share. Its
// methods are safe for concurrent use.
type Scanner struct {
	vantage Vantage
	limiter *limiter
	control []endpoint.Endpoint

	opening chan struct{} // holds one token while view is looked for or opened
	view    View          // nil until the first run has opened it
}

// Config is what all runs of a Scanner have in common.
type Config struct {
	// Vantage is where looks are taken from.
	Vantage Vantage
	Limits  Limits
	// Control are endpoints known to be up. When nothing answers, they tell
	// whether the place itself is cut off. There may be none; those that the
	// Vantage does not see are left out.
	Control []endpoint.Endpoint
}

// New returns a Scanner. It opens nothing: the first run does.
func New(c Config) *Scanner {
	s := &Scanner{vantage: c.Vantage, limiter: newLimiter(c.Limits), opening: make(chan struct{}, 1)}
	for _, e := range c.Control {
		if s.vantage.Sees(e.Scheme) {
			s.control = append(s.control, e)
		}
	}
	return s
}

// unseen returns a declared scheme that cannot be looked at from the vantage;
// empty if there is none.
func (s *Scanner) unseen(declared *endpoint.Declared) endpoint.Scheme {
	for _, h := range declared.Hosts {
		for _, ports := range []endpoint.ByScheme{h.Open, h.Closed} {
			for scheme := range ports {
				if !s.vantage.Sees(scheme) {
					return scheme
				}
			}
		}
	}
	return ""
}

// open returns the view, which it opens if no run has yet. Meanwhile other runs
// wait, each until its own ctx ends.
func (s *Scanner) open(ctx context.Context) (View, error) {
	if err := take(ctx, s.opening); err != nil {
		return nil, err
	}
	defer func() { <-s.opening }()
	if s.view == nil {
		view, err := s.vantage.Open(ctx)
		if err != nil {
			return nil, fmt.Errorf("vantage %s: %w", s.vantage.Name(), err)
		}
		s.view = view
		s.limiter.bear(view.Capacity())
	}
	return s.view, nil
}

// Close closes the view, if a run has opened it. No run may be under way, and
// none may follow.
func (s *Scanner) Close() error {
	if s.view == nil {
		return nil
	}
	return s.view.Close()
}

// Run looks at everything that is declared and returns the verdict. The error is
// that of ctx, when it ended before the run did, or of opening the vantage, or it
// names a scheme that the vantage does not see, before anything is opened. All
// goroutines have ended when Run returns.
func (s *Scanner) Run(ctx context.Context, declared *endpoint.Declared, o Options) (verdict.Verdict, error) {
	if scheme := s.unseen(declared); scheme != "" {
		return verdict.Verdict{}, fmt.Errorf("%s endpoints cannot be looked at from vantage %s", scheme, s.vantage.Name())
	}
	view, err := s.open(ctx)
	if err != nil {
		return verdict.Verdict{}, err
	}
	r := newRun(s, view, o, Plan(declared, resolve(ctx, view, declared, o)))
	r.rounds(ctx)
	saw := verdict.Run{Answers: r.answers}
	// Where nothing answered at all, the place may be cut off; then there is
	// nothing that the next question could be asked of.
	saw.Offline = r.offline(ctx)
	// Soon after the last look: whoever blocks us may let go.
	saw.Stopped = r.stopped(ctx)
	// At last, for it only explains what no port of a host has answered.
	saw.Pinged = r.pinged(ctx)
	if ctx.Err() != nil {
		return verdict.Verdict{}, context.Cause(ctx)
	}
	if saw.Offline {
		r.doubtAll()
	}
	return verdict.Judge(r.findings(), saw), nil
}
