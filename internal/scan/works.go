package scan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// maxWitnesses is how many ports, of as many addresses, are asked whether a place
// still works.
const maxWitnesses = 3

// offline tells whether no declared and no control endpoint answered. Then
// silence proves nothing, for open and closed alike. Without control endpoints
// that the place lets us look at it does not know.
func (r *run) offline(ctx context.Context) bool {
	if len(r.answers) > 0 || len(r.scanner.control) == 0 {
		return false
	}
	if r.controlAnswers(ctx) {
		return false
	}
	if why := r.asked.fault(); why != nil {
		r.lost.Store(why)
	}
	return slices.ContainsFunc(r.asked.tracks, func(t *track) bool {
		o, _ := t.combined(true)
		return o.Last.Reason != look.VantageForbids
	})
}

// controlAnswers tells whether a control endpoint does, asked once after each round.
func (r *run) controlAnswers(ctx context.Context) bool {
	if len(r.scanner.control) == 0 {
		return false
	}
	if r.asked == nil {
		r.asked = r.controlRun(ctx)
	}
	r.works = len(r.asked.answers) > 0
	return r.works
}

// failure is why the place could not look at the end of the run; nil if it could.
// A fault that it had at some endpoints may be about these alone. So what answered
// is asked once more. Where nothing did, there is nothing to show that it works.
func (r *run) failure(ctx context.Context) *string {
	why := r.fault()
	if why == nil || r.works || r.stillWorks(ctx) {
		return nil
	}
	return cmp.Or(r.lost.Load(), why) // the last is the surest
}

// stillWorks tells whether one of a few ports that answered in this run still does.
func (r *run) stillWorks(ctx context.Context) bool {
	for _, at := range r.memory.portsToAsk(maxWitnesses) {
		w, err := r.scanner.limiter.enter(ctx, at.Addr())
		if err != nil {
			return false
		}
		result, err := r.lookOnce(ctx, w, nil, byAddress(at), look.Target{Scheme: endpoint.TCP, Addr: at}, r.options.Timeout)
		r.scanner.limiter.leave(at.Addr())
		if err == nil && verdict.Answers(result) {
			return true
		}
	}
	return false
}

// fault is why a look failed for a fault of the place that no later look at the
// same endpoint made good; nil if there is none.
func (r *run) fault() *string {
	for _, t := range r.tracks {
		for _, s := range t.seen {
			if s.mark == observed && s.kept.Last.Reason == look.VantageFailed {
				return &s.kept.Last.Detail
			}
		}
	}
	return r.lost.Load()
}

// doubtSilence does what doubtAll does, but leaves refusals by ICMP errors alone.
func (r *run) doubtSilence() {
	for _, t := range r.tracks {
		for i := range t.seen {
			if s := t.seen[i]; s.mark == wasSilent || s.mark == observed && s.kept.Last.Reason == look.NoResponse {
				t.doubt(i, doubt{silence: true, stopped: true})
			}
		}
	}
}

// doubtAll makes all silence inconclusive that would pass.
func (r *run) doubtAll() {
	for _, t := range r.tracks {
		for i := range t.seen {
			t.doubt(i, doubt{silence: true, stopped: true})
		}
	}
}

// controlRun looks at the control endpoints as often and as long as at any other.
// One that answers at one address is enough.
func (r *run) controlRun(ctx context.Context) *run {
	o, control := r.options, r.scanner.control
	hosts := names{}
	for _, c := range control {
		if query := cmp.Or(c.Query, c.Host); len(query) > len(hosts[c.Host]) { // of two spellings the absolute one
			hosts[c.Host] = query
		}
	}
	o.Until, o.OneIsEnough, o.Progress = time.Time{}, true, nil
	view := &guarded{r.view.View, r.view.passed, func(err error) { r.view.refuse(fmt.Errorf("control: %w", err)) }}
	resolved := resolve(ctx, view, hosts, o)
	var jobs []Job
	for _, c := range control {
		now := resolved[c.Host]
		jobs = append(jobs, Job{&Ports{c.Scheme, c.Host, endpoint.WantOpen}, &now, c.Port})
	}
	of := newRun(r.scanner, view, o, hosts, jobs)
	of.left = endpoint.MaxEndpoints
	of.rounds(ctx)
	return of
}
