// Package scan decides what to look at, in what order and how hard, and does
// it: a pure plan, then rounds of looks under limits that all runs share.
//
// One run, with the functions that do it:
//
//	Run                      from several places at once: a Scanner is one
//	  Scanner.unseen         is there a scheme that a place cannot see?
//	  Scanner.run            for each place by itself, up to its own verdict
//	  verdict.Join           what one place saw explains what another did not
//
//	Scanner.run
//	  openInTime             the Vantage, at the first run of all
//	  resolve, Plan, newRun  a Job for each endpoint, a track for each Job
//	    guarded.check        may the operator's rules let these addresses through?
//	  rounds                 until everything is as declared or the time is up
//	    recheck              from the second round on: what fails, at a low pace
//	      recheckAddress     of many ports that fail alike, a sample first
//	    round                all addresses at once, as far as the limits allow
//	      lookAtAddress      the tasks of one address, by some workers
//	        doTask           one endpoint at one address
//	          lookOnce       one look, when the limits allow: View.Look
//	          track.record   what it saw
//	          watch.saw      has the address stopped answering?
//	        watch.doubts     is the silence of this round evidence? are its refusals?
//	  offline, stopped, askSlowly, pinged, failure
//	  findings               what verdict.Judge makes the verdict of
//
// A track goes through the rounds with one sight for each address of its host.
// It needs no further look when its endpoint is as declared; a sweep of a million
// closed ports leaves a mark of one byte for each.
//
// Silence is the evidence that deceives, and so are the refusals of a device that
// bans us. So the memory of a Scanner keeps which ports answered any of its runs,
// and the watch of each address asks one of them again while others fall silent or
// refuse: an open one if there is one, for only the host itself completes a
// handshake. If it has stopped answering, or some silent ports answer at a lower
// pace, track.doubt makes inconclusive what the round saw, and the next round looks
// again.
//
// The limiter bounds how many addresses are looked at at once (enter, leave), how
// many looks are under way at each and how many begin a second (acquire,
// release), over all runs of a Scanner.
//
// A look never fails, and neither does a place: one that cannot be opened, or that
// breaks down during a run, is part of the verdict. Run gives an error only when
// ctx has ended, when a place does not see a declared scheme, or when the operator's
// rules refuse what is declared.
package scan

import (
	"context"
	"fmt"
	"sync"
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
	// Ask writes the options of a service into a target that has TLS; nil if there
	// are no others. It may be called by many goroutines at once.
	Ask func(endpoint.Endpoint, *look.Target)
	// Until is how long to go on looking at endpoints that are not as declared.
	// Zero: not beyond the re-checks. When only ports are left that are open and
	// declared closed, it ends earlier: after Rechecks looks, at least one, and ten
	// seconds in which none of them closed.
	Until time.Time
	// Waived tells whether the failure of an endpoint is excused, so that nobody
	// waits until it is over; nil if none is. It is re-checked like any other.
	Waived func(endpoint.Endpoint) bool
	// Looked is told of every look when it has ended, by many goroutines at
	// once; nil if nobody wants to know.
	Looked func(Look)
	// Progress follows the run; nil if nobody wants to know.
	Progress *Progress
}

// Look is one look at one endpoint, for those who follow a run.
type Look struct {
	// Endpoint is as it was declared. Where the look was for something else,
	// such as whether a host still answers, its host is the address.
	Endpoint endpoint.Endpoint
	From     string // name of the place; empty for this machine
	look.Result
}

// Run looks at everything that is declared from the places of all scanners at once
// and returns one verdict, whose places are in the order of scanners. There is at
// least one, and no two have one name. Each goes by its own limits, asks its own
// control endpoints and takes as long as it takes.
//
// A place that fails is no error: the verdict names it, and what the others saw
// stands. The error is that of ctx, when it ended before the run did, or it names a
// scheme that a place does not see, before anything is opened, or it is a
// [guard.Refusal]: the operator's rules refuse something that is declared, and
// nothing was sent there. All goroutines have ended when Run returns.
func Run(ctx context.Context, scanners []*Scanner, declared *endpoint.Declared, o Options) (verdict.Verdict, error) {
	for _, s := range scanners {
		if scheme := s.unseen(declared); scheme != "" {
			return verdict.Verdict{}, fmt.Errorf("%s endpoints cannot be looked at from vantage %s", scheme, s.vantage.Name())
		}
	}
	ctx, refuse := context.WithCancelCause(ctx)
	defer refuse(nil)
	seen := make([]verdict.Seen, len(scanners))
	var wg sync.WaitGroup
	for i, s := range scanners[1:] {
		wg.Go(func() { seen[1+i] = s.run(ctx, refuse, declared, o) })
	}
	seen[0] = scanners[0].run(ctx, refuse, declared, o)
	wg.Wait()
	if ctx.Err() != nil {
		return verdict.Verdict{}, context.Cause(ctx)
	}
	return verdict.Join(seen), nil
}
