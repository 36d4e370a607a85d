package scan

import (
	"context"
	"sync"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/target"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// stopped tells which hosts answered earlier in this run and no longer do:
// those of which something is silent are asked once more for what answered.
func (r *run) stopped(ctx context.Context) map[target.Host]bool {
	silent := map[target.Host]bool{}
	for _, t := range r.failing() {
		if o, ok := t.combined(r.options.OneIsEnough); ok && o.Last.Reason == probe.NoResponse {
			silent[t.job.Endpoint.Host] = true
		}
	}
	stopped := map[target.Host]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for host := range silent {
		answered, ok := r.answers[host]
		if !ok {
			continue
		}
		w, err := r.scanner.limiter.enter(ctx, answered.Remote.Addr())
		if err != nil {
			break
		}
		wg.Go(func() {
			defer r.scanner.limiter.leave(answered.Remote.Addr())
			result, err := r.ask(ctx, w, probe.Target{Scheme: target.TCP, Addr: answered.Remote}, r.options.Timeout)
			mu.Lock()
			defer mu.Unlock()
			stopped[host] = err == nil && result.Reason == probe.NoResponse
		})
	}
	wg.Wait()
	return stopped
}

// findings are the endpoints that a verdict speaks of.
func (r *run) findings() []verdict.Finding {
	var findings []verdict.Finding
	for _, t := range r.tracks {
		o, ok := t.combined(r.options.OneIsEnough)
		f := verdict.Finding{Endpoint: t.job.Endpoint, Want: t.job.Want, Observation: o}
		if ok && (f.Want == target.WantOpen || !f.AsDeclared() || f.Flapping()) {
			findings = append(findings, f)
		}
	}
	return findings
}

// offline tells whether nothing at all answered, the control endpoints
// neither. Without failures or control endpoints it does not ask.
func (r *run) offline(ctx context.Context) bool {
	if len(r.answers) > 0 || len(r.scanner.control) == 0 || len(r.failing()) == 0 {
		return false
	}
	return len(r.scanner.controlRun(ctx, r.options).answers) == 0
}

// controlRun looks at the control endpoints, of which one that answers at one
// address is enough, as often and as long as at any other.
func (s *Scanner) controlRun(ctx context.Context, o Options) *run {
	hosts := map[target.Host]bool{}
	for _, e := range s.control {
		hosts[e.Host] = true
	}
	o.Until, o.OneIsEnough = time.Time{}, true
	resolved := s.resolveHosts(ctx, hosts, o)
	r := &run{scanner: s, options: o, answers: map[target.Host]probe.Result{}}
	for _, e := range s.control {
		now := resolved[e.Host]
		r.tracks = append(r.tracks, newTrack(Job{e, target.WantOpen, now.Addrs, now.Fault}))
	}
	r.looks(ctx)
	return r
}
