// Package scan decides what to look at, in what order and how hard, and does
// it: a pure plan, then rounds of looks under shared limits.
package scan

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/target"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Re-checks begin at recheckRate a second against one address, but so that a
// round of them begins within recheckSpan. A second look is evidence only if
// it does not meet the limit that spoilt the first: hosts and routers limit
// their ICMP errors and resets, and intrusion-prevention systems count new
// connections.
const (
	recheckRate = 50
	recheckSpan = 20 * time.Second
)

// recheckPace is how many of n re-checks a second begin against one address.
func recheckPace(n int) rate.Limit {
	return max(recheckRate, rate.Limit(float64(n)/recheckSpan.Seconds()))
}

// unpaced is for first looks: the limits of the provider are all there is.
func unpaced(int) rate.Limit { return rate.Inf }

// maxBackOff is the longest pause between two looks of an apply that waits
// for everything to become as declared.
const maxBackOff = 5 * time.Second

// Looker takes one look at one endpoint. [probe.Prober] is one.
type Looker interface {
	Look(ctx context.Context, t probe.Target, timeout time.Duration) probe.Result
}

// Options are the settings of one run.
type Options struct {
	Timeout         time.Duration // how long one look waits
	Rechecks        int           // further looks, each with twice the time-out before
	RecheckInterval time.Duration // pause before a re-check
	IPVersion       int           // 4, 6, or 0 for any
	OneIsEnough     bool          // one address of a name that is as declared is enough
	// Until is how long to go on looking at what is not as declared; zero is
	// not beyond the re-checks.
	Until time.Time
}

// Scanner runs scans under limits that all its runs share.
type Scanner struct {
	looker   Looker
	resolver Resolver
	limiter  *limiter
	control  []target.Endpoint
}

// Config is what all runs of a Scanner have in common.
type Config struct {
	Limits Limits
	Source netip.Addr // local address to probe from; the system's choice if invalid
	// Control are endpoints known to be up. When nothing answers, they tell
	// whether the prober itself is cut off. There may be none.
	Control []target.Endpoint
}

// New returns a Scanner that probes the network from this machine.
func New(c Config) *Scanner {
	return newScanner(probe.Prober{Source: c.Source}, net.DefaultResolver, c.Limits, c.Control)
}

func newScanner(looker Looker, resolver Resolver, limits Limits, control []target.Endpoint) *Scanner {
	return &Scanner{looker, resolver, newLimiter(limits), control}
}

// Run looks at everything that is declared and returns the verdict. The only
// error is that of ctx, when it ended before the run did. All goroutines have
// ended when Run returns.
func (s *Scanner) Run(ctx context.Context, declared *target.Declared, o Options) (verdict.Verdict, error) {
	r := &run{scanner: s, options: o, answers: map[target.Host]bool{}}
	resolved := s.resolve(ctx, declared, o)
	for _, job := range Plan(declared, resolved) {
		r.tracks = append(r.tracks, newTrack(job))
	}
	r.looks(ctx)
	offline := r.offline(ctx)
	if err := ctx.Err(); err != nil {
		return verdict.Verdict{}, context.Cause(ctx)
	}
	return verdict.Judge(r.findings(), len(r.tracks), r.answers, offline), nil
}

// run is one scan under way.
type run struct {
	scanner *Scanner
	options Options
	tracks  []*track

	mu      sync.Mutex
	answers map[target.Host]bool
}

// looks does the first look, the re-checks, and further looks until the time
// is up.
func (r *run) looks(ctx context.Context) {
	timeout, pause := r.options.Timeout, r.options.RecheckInterval
	r.round(ctx, r.tracks, timeout, unpaced)
	for range r.options.Rechecks {
		failing := r.failing()
		if len(failing) == 0 || sleep(ctx, pause) != nil {
			return
		}
		timeout *= 2
		r.again(ctx, failing, timeout)
	}
	for pause = max(pause, time.Second); ; pause = min(2*pause, maxBackOff) {
		failing := r.failing()
		left := time.Until(r.options.Until)
		if len(failing) == 0 || left <= pause || sleep(ctx, pause) != nil {
			return
		}
		bounded, cancel := context.WithDeadline(ctx, r.options.Until)
		r.again(bounded, failing, timeout)
		cancel()
	}
}

// again looks at failing once more, at a low pace. Names that did not resolve
// are tried again too: a record may be as new as the port behind it.
func (r *run) again(ctx context.Context, failing []*track, timeout time.Duration) {
	hosts := map[target.Host]bool{}
	for _, t := range failing {
		if t.job.Fault != "" {
			hosts[t.job.Endpoint.Host] = true
		}
	}
	resolved := r.scanner.resolveHosts(ctx, hosts, r.options)
	for _, t := range failing {
		if now, ok := resolved[t.job.Endpoint.Host]; ok && ctx.Err() == nil {
			t.job.Addrs, t.job.Fault = now.Addrs, now.Fault
			t.seen = make([]*verdict.Observation, len(now.Addrs))
		}
	}
	r.round(ctx, failing, timeout, recheckPace)
}

func (r *run) failing() []*track {
	var failing []*track
	for _, t := range r.tracks {
		if !t.asDeclared(r.options.OneIsEnough) {
			failing = append(failing, t)
		}
	}
	return failing
}

// task is one look of a round: the track's job at its i-th address.
type task struct {
	track *track
	i     int
}

// round looks at each address of each track that is not known to be as
// declared, all addresses at once as far as the limits allow; pace says how
// many of n looks a second begin at each.
func (r *run) round(ctx context.Context, tracks []*track, timeout time.Duration, pace func(n int) rate.Limit) {
	queues := map[netip.Addr][]task{}
	var order []netip.Addr
	for _, t := range tracks {
		for i, addr := range t.job.Addrs {
			if t.settled(i) {
				continue
			}
			if len(queues[addr]) == 0 {
				order = append(order, addr)
			}
			queues[addr] = append(queues[addr], task{t, i})
		}
	}
	var wg sync.WaitGroup
	for _, addr := range order {
		window, err := r.scanner.limiter.enter(ctx, addr)
		if err != nil {
			break
		}
		wg.Go(func() {
			defer r.scanner.limiter.leave(addr)
			r.drain(ctx, window, queues[addr], timeout, rate.NewLimiter(pace(len(queues[addr])), 1))
		})
	}
	wg.Wait()
}

// drain does the tasks of one address with as many workers as may look at it
// at once.
func (r *run) drain(ctx context.Context, w *window, tasks []task, timeout time.Duration, pace *rate.Limiter) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(len(tasks), r.scanner.limiter.maxChecks) {
		wg.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(tasks) || r.look(ctx, w, tasks[n], timeout, pace) != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

// look does one task. The error is ctx's.
func (r *run) look(ctx context.Context, w *window, t task, timeout time.Duration, pace *rate.Limiter) error {
	if err := pace.Wait(ctx); err != nil {
		return err
	}
	if err := r.scanner.limiter.acquire(ctx, w); err != nil {
		return err
	}
	job := t.track.job
	result := r.scanner.looker.Look(ctx, probe.Target{
		Scheme: job.Endpoint.Scheme,
		Addr:   job.Endpoint.AddrPort(job.Addrs[t.i]),
		Abort:  job.Want == target.WantClosed,
	}, timeout)
	r.scanner.limiter.release(w)
	t.track.record(t.i, result)
	if verdict.Answers(result) {
		r.mu.Lock()
		r.answers[job.Endpoint.Host] = true
		r.mu.Unlock()
	}
	return nil
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
	control := r.scanner.controlRun(ctx, r.options)
	return !slices.ContainsFunc(control.tracks, func(t *track) bool { return t.asDeclared(true) })
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
	r := &run{scanner: s, options: o, answers: map[target.Host]bool{}}
	for _, e := range s.control {
		now := resolved[e.Host]
		r.tracks = append(r.tracks, newTrack(Job{e, target.WantOpen, now.Addrs, now.Fault}))
	}
	r.looks(ctx)
	return r
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
