package scan

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// maxWitnesses is how many ports, of as many addresses, are asked whether a place
// still works.
const maxWitnesses = 3

// longestPing is how long a ping waits: the ports were waited for already.
const longestPing = 2 * time.Second

// silentHosts are the hosts that fail because a port is silent, each with an
// address where one is.
func (r *run) silentHosts() map[endpoint.Host]netip.Addr {
	silent := map[endpoint.Host]netip.Addr{}
	for _, t := range r.failing() {
		if o, ok := t.combined(r.options.OneIsEnough); ok && o.Last.Reason == look.NoResponse && o.Looks > 0 {
			silent[t.job.Endpoint.Host] = o.Last.Remote.Addr()
		}
	}
	return silent
}

// forEachHost asks something of hosts at their addresses, as many at once as may
// be probed, and returns those for which the answer is yes.
func (r *run) forEachHost(ctx context.Context, hosts map[endpoint.Host]netip.Addr, ask func(w *window, host endpoint.Host) bool) map[endpoint.Host]bool {
	holds := map[endpoint.Host]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for host, addr := range hosts {
		w, err := r.scanner.limiter.enter(ctx, addr)
		if err != nil {
			break
		}
		wg.Go(func() {
			defer r.scanner.limiter.leave(addr)
			yes := ask(w, host)
			mu.Lock()
			defer mu.Unlock()
			holds[host] = yes
		})
	}
	wg.Wait()
	return holds
}

// stopped tells which hosts answered earlier in this run and no longer do: hosts
// with a silent port are asked once more where they answered, at an open port if
// there was one.
func (r *run) stopped(ctx context.Context) map[endpoint.Host]bool {
	hosts := r.silentHosts()
	for host, addr := range hosts {
		if _, ok := r.memory.portToAsk(addr, 0); !ok {
			delete(hosts, host)
		}
	}
	return r.forEachHost(ctx, hosts, func(w *window, host endpoint.Host) bool {
		at, _ := r.memory.portToAsk(hosts[host], 1)
		result, err := r.lookOnce(ctx, w, byAddress(at), look.Target{Scheme: endpoint.TCP, Addr: at}, r.options.Timeout)
		return err == nil && result.State == look.Filtered
	})
}

// pinged tells which hosts answer ping although no port of theirs answers.
func (r *run) pinged(ctx context.Context) map[endpoint.Host]bool {
	pinger, ok := r.view.(Pinger)
	if !ok {
		return nil
	}
	hosts := r.silentHosts()
	for host := range r.answers {
		delete(hosts, host)
	}
	return r.forEachHost(ctx, hosts, func(w *window, host endpoint.Host) bool {
		if r.scanner.limiter.acquire(ctx, w) != nil {
			return false
		}
		defer r.scanner.limiter.release(w)
		return pinger.Ping(ctx, hosts[host], min(r.options.Timeout, longestPing))
	})
}

// findings are the endpoints that a verdict speaks of.
func (r *run) findings() []verdict.Finding {
	var findings []verdict.Finding
	for _, t := range r.tracks {
		o, ok := t.combined(r.options.OneIsEnough)
		o.SilentIsOpen = t.silentIsOpen
		f := verdict.Finding{Endpoint: t.job.Endpoint, From: r.from, Want: t.job.Want, Observation: o}
		if ok && (f.Want == endpoint.WantOpen || !f.AsDeclared() || f.Flapping()) {
			findings = append(findings, f)
		}
	}
	return findings
}

// offline tells whether no declared and no control endpoint answered. Then
// silence proves nothing, for open and closed alike. Without control endpoints
// that the place lets us look at it does not know.
func (r *run) offline(ctx context.Context) bool {
	if len(r.answers) > 0 || len(r.scanner.control) == 0 {
		return false
	}
	asked := r.controlRun(ctx)
	if r.works = len(asked.answers) > 0; r.works {
		return false
	}
	if why := asked.fault(); why != nil {
		r.lost.Store(why)
	}
	return slices.ContainsFunc(asked.tracks, func(t *track) bool {
		o, _ := t.combined(true)
		return o.Last.Reason != look.VantageForbids
	})
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
		result, err := r.lookOnce(ctx, w, byAddress(at), look.Target{Scheme: endpoint.TCP, Addr: at}, r.options.Timeout)
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
				t.doubt(i, true)
			}
		}
	}
}

// doubtAll makes all silence of ports declared closed inconclusive.
func (r *run) doubtAll() {
	for _, t := range r.tracks {
		for i := range t.seen {
			t.doubt(i, true)
		}
	}
}

// controlRun looks at the control endpoints as often and as long as at any other.
// One that answers at one address is enough.
func (r *run) controlRun(ctx context.Context) *run {
	o, control := r.options, r.scanner.control
	hosts := map[endpoint.Host]bool{}
	for _, e := range control {
		hosts[e.Host] = true
	}
	o.Until, o.OneIsEnough = time.Time{}, true
	resolved := resolveHosts(ctx, r.view, hosts, o)
	var jobs []Job
	for _, e := range control {
		now := resolved[e.Host]
		jobs = append(jobs, Job{e, endpoint.WantOpen, now.Addrs, now.Fault})
	}
	of := newRun(r.scanner, r.view, o, jobs)
	of.rounds(ctx)
	return of
}
