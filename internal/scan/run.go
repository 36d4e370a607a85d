package scan

import (
	"context"
	"iter"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// run is one scan under way.
type run struct {
	scanner *Scanner
	from    string // name of the place; empty for this machine
	view    *guarded
	options Options
	hosts   names
	left    int // how many more ports of addresses may be looked at
	tracks  []*track
	memory  *memory

	// lost is why a look of the last round, or one after it, failed for a fault of
	// the place; nil if none did. Works tells that control shows that the place
	// works all the same.
	lost  atomic.Pointer[string]
	works bool
	asked *run // the control endpoints, since the last round began; nil if they were not asked

	// mu guards what follows and, during the rounds, what tracks have seen: a Progress
	// reads it meanwhile. Of one track at one address there is one writer at a time,
	// which itself reads it without mu.
	mu      sync.Mutex
	answers map[netip.Addr]bool // addresses where anything answered; under mu while looks are under way
	opened  map[netip.Addr]bool // addresses where a TCP port was open; likewise
	pings   map[netip.Addr]bool // whether silent addresses answered ping, where it was asked early; likewise

	// portsAt is how many TCP ports are looked at at each address.
	portsAt func() map[netip.Addr]int
}

func newRun(s *Scanner, view *guarded, o Options, hosts names, jobs []Job) *run {
	r := &run{scanner: s, from: s.place().Name, view: view, options: o, hosts: hosts, tracks: newTracks(jobs, o), answers: map[netip.Addr]bool{}, opened: map[netip.Addr]bool{}, pings: map[netip.Addr]bool{}, memory: s.memory}
	r.portsAt = sync.OnceValue(r.countPorts)
	return r
}

// countPorts counts each port once, whatever is spoken there. It is rarely asked
// for, and takes memory.
func (r *run) countPorts() map[netip.Addr]int {
	counts := map[netip.Addr]int{}
	seen := map[netip.AddrPort]bool{}
	for _, t := range r.tracks {
		if t.job.Scheme.Transport() != endpoint.TCP {
			continue
		}
		for _, addr := range t.job.Addrs {
			if at := t.job.AddrPort(addr); !seen[at] {
				seen[at] = true
				counts[addr]++
			}
		}
	}
	return counts
}

// heard yields tracks until ctx ends: a loop over a million of them may take a
// second.
func heard(ctx context.Context, tracks []*track) iter.Seq[*track] {
	const often = 1 << 10 // to ask ctx each time would cost more than the rest
	return func(yield func(*track) bool) {
		for i, t := range tracks {
			if i%often == 0 && ctx.Err() != nil || !yield(t) {
				return
			}
		}
	}
}

// lookOnce takes one look at e as soon as the limits allow, and another only if
// the place was exhausted; at says where and how. The error is ctx's, when no look
// was taken. c is the crew of the worker that looks; nil if it has none.
func (r *run) lookOnce(ctx context.Context, w *window, c *crew, e endpoint.Endpoint, at look.Target, timeout time.Duration) (result look.Result, err error) {
	limits := r.scanner.limiter
	for pause := shortestPause; ; pause *= 2 {
		err := limits.spacing.wait(ctx, c, at)
		if err == nil {
			err = limits.acquire(ctx, w)
		}
		if err != nil {
			return look.Result{State: look.Unknown, Reason: look.Cancelled}, err
		}
		result = r.look(ctx, c, at, timeout)
		limits.release(w)
		if shows(result) {
			w.heard.Store(true)
		}
		if r.options.Looked != nil {
			r.options.Looked(Look{e, r.from, result})
		}
		// The prober's own exhaustion passes when other looks end.
		if !look.Exhausted(result.Reason) || pause > longestPause || sleep(ctx, pause) != nil {
			break
		}
	}
	if result.Reason == look.VantageFailed {
		why := result.Detail // or each result would be on the heap
		r.lost.Store(&why)
	}
	if at.Scheme.Transport() == endpoint.TCP && verdict.Answers(result) {
		r.learn(at, result)
	}
	return result, nil
}

// look looks, and a worker of c waits for that.
func (r *run) look(ctx context.Context, c *crew, at look.Target, timeout time.Duration) look.Result {
	at.Doubt = at.Doubt && r.memory.mayBeProxied()
	c.away()
	defer c.back()
	result := r.view.Look(ctx, at, timeout)
	r.memory.accepted(at, result)
	return result
}

// learn takes in the answer of a TCP port to a look at at. A service takes a time of
// its own.
func (r *run) learn(at look.Target, result look.Result) {
	r.memory.learn(at, result)
	if at.Scheme == endpoint.TCP {
		r.scanner.limiter.observe(result.RTT)
	}
}

// shows tells whether anything came back, be it from the address or from something
// on the way to it.
func shows(r look.Result) bool { return r.State != look.Unknown && !isSilent(r) }

// byAddress names a look that belongs to no declared endpoint: its host is the
// bare address.
func byAddress(at netip.AddrPort) endpoint.Endpoint {
	return endpoint.Endpoint{Scheme: endpoint.TCP, Host: endpoint.Host(at.Addr().String()), Port: at.Port()}
}

// record takes in the result of a task, for its track and its address.
func (r *run) record(t task, result look.Result) {
	r.mu.Lock()
	t.track.record(t.i, result)
	r.mu.Unlock()
	if t.track.changed(t.i) {
		r.memory.forget(result)
	}
	if !verdict.Answers(result) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[result.Remote.Addr()] = true
	if result.State != look.Closed && t.track.job.Scheme.Transport() == endpoint.TCP {
		r.opened[result.Remote.Addr()] = true
	}
}

// sawOpen tells whether a TCP port of addr was open in this run.
func (r *run) sawOpen(addr netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.opened[addr]
}
