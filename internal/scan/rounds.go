package scan

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

const (
	// recheckRate is how many re-checks a second start at most against one
	// address, unless more are needed to start them all within recheckSpan. A
	// second look is evidence only if it does not meet the limit that spoilt the
	// first: hosts and routers limit their ICMP errors and resets, and
	// intrusion-prevention systems count new connections.
	recheckRate = 50
	// recheckSpan is within what a round of re-checks starts.
	recheckSpan = 20 * time.Second
)

// recheckPace is how many of n re-checks a second begin against one address.
func recheckPace(n int) rate.Limit {
	return max(recheckRate, rate.Limit(float64(n)/recheckSpan.Seconds()))
}

const (
	// maxBackOff is the longest pause between two looks of an apply that waits
	// for everything to become as declared.
	maxBackOff = 5 * time.Second
	// closingTime is how long such an apply waits at least, after its re-checks, for
	// ports that are open and declared closed: a rule that was just made, such as one
	// of a security group, takes a few seconds to take effect.
	closingTime = 10 * time.Second
	// shortestPause is one that is worth making.
	shortestPause = 100 * time.Millisecond
	// longestPause is how long exhaustion of the prober is waited for at once.
	longestPause = 800 * time.Millisecond
)

// rounds does the first round, the re-checks, and further rounds until
// everything is as declared or the time is up.
func (r *run) rounds(ctx context.Context) {
	timeout, pause := r.options.Timeout, r.options.RecheckInterval
	r.round(ctx, r.tracks, func(w *watch, tasks []task) {
		r.lookAtAddress(ctx, w, tasks, timeout, nil)
	})
	for range r.options.Rechecks {
		failing := r.failing(ctx)
		if len(failing) == 0 || sleep(ctx, pause) != nil {
			return
		}
		timeout *= 2
		r.recheck(ctx, failing, timeout)
	}
	began, before, unchanged := time.Now(), -1, 0
	for pause = max(pause, time.Second); ; pause = min(2*pause, max(maxBackOff, r.options.RecheckInterval)) {
		failing := r.awaited(ctx)
		if unchanged++; len(failing) != before || !r.stayOpen(failing) {
			before, unchanged = len(failing), 0
		}
		if unchanged >= max(1, r.options.Rechecks) && time.Since(began) >= closingTime {
			return
		}
		// The second half of what is left is for the look: the time is used up
		// to its end, not to the last pause that fits.
		now := min(pause, time.Until(r.options.Until)/2)
		if len(failing) == 0 || now < shortestPause || sleep(ctx, now) != nil {
			return
		}
		bounded, cancel := context.WithDeadline(ctx, r.options.Until)
		r.recheck(bounded, failing, timeout)
		cancel()
	}
}

// recheck looks at failing once more, at a low pace. Names that did not resolve
// are tried again too: a record may be as new as the port behind it.
func (r *run) recheck(ctx context.Context, failing []*track, timeout time.Duration) {
	hosts, ports := names{}, map[endpoint.Host]int{}
	for t := range heard(ctx, failing) {
		if host := t.job.Host; t.job.Fault != "" {
			hosts[host] = r.hosts[host]
			ports[host]++
		}
	}
	resolved := resolve(ctx, r.view, hosts, r.options)
	for host, n := range ports {
		resolved[host], r.left = afford(resolved[host], n, r.left)
	}
	r.mu.Lock()
	for t := range heard(ctx, failing) {
		if now, ok := resolved[t.job.Host]; ok {
			t.job.Resolution = &now
			t.seen = make([]sight, len(now.Addrs))
		}
	}
	r.mu.Unlock()
	r.round(ctx, failing, func(w *watch, tasks []task) { r.recheckAddress(ctx, w, tasks, timeout) })
}

// stayOpen tells whether all of failing are open and declared closed: what an
// apply waits for is that something opens, or that a rule takes effect, which is a
// matter of seconds.
func (r *run) stayOpen(failing []*track) bool {
	for _, t := range failing {
		if o, _ := t.combined(r.options.OneIsEnough); t.job.Want != endpoint.WantClosed || o.Last.State != look.Open {
			return false
		}
	}
	return true
}

// failing are the tracks that are not as declared.
func (r *run) failing(ctx context.Context) []*track {
	var failing []*track
	for t := range heard(ctx, r.tracks) {
		if !t.asDeclared(r.options.OneIsEnough) {
			failing = append(failing, t)
		}
	}
	return failing
}

// awaited are the tracks that an apply waits for: those that are not as declared,
// and whose failure is not excused.
func (r *run) awaited(ctx context.Context) []*track {
	failing := r.failing(ctx)
	if r.options.Waived == nil {
		return failing
	}
	return slices.DeleteFunc(failing, func(t *track) bool { return r.options.Waived(t.job.Endpoint()) })
}

// task is one look of a round: the track's job at its i-th address.
type task struct {
	track *track
	i     int
}

// round looks at each address of each track that is not known to be as
// declared, all addresses at once as far as the limits allow; at does the tasks of
// one.
func (r *run) round(ctx context.Context, tracks []*track, at func(w *watch, tasks []task)) {
	r.lost.Store(nil)
	r.asked = nil
	order, queues := r.queues(ctx, tracks)
	var wg sync.WaitGroup
	for _, addr := range order {
		window, err := r.scanner.limiter.enter(ctx, addr)
		if err != nil {
			break
		}
		wg.Go(func() {
			defer r.scanner.limiter.leave(addr)
			at(newWatch(r, window, addr), queues[addr])
		})
	}
	wg.Wait()
	r.prove(ctx, tracks)
}

// queues returns the tasks of a round by address, and the addresses in order.
func (r *run) queues(ctx context.Context, tracks []*track) (order []netip.Addr, queues map[netip.Addr][]task) {
	lengths := map[netip.Addr]int{}
	for t := range heard(ctx, tracks) {
		for i, addr := range t.job.Addrs {
			if t.seen[i].asDeclared(t.job.Want) {
				continue
			}
			if lengths[addr] == 0 {
				order = append(order, addr)
			}
			lengths[addr]++
		}
	}
	queues = make(map[netip.Addr][]task, len(order))
	for _, addr := range order {
		queues[addr] = make([]task, 0, lengths[addr])
	}
	for t := range heard(ctx, tracks) {
		for i, addr := range t.job.Addrs {
			if !t.seen[i].asDeclared(t.job.Want) {
				queues[addr] = append(queues[addr], task{t, i})
			}
		}
	}
	return order, queues
}

// lookAtAddress does the tasks of one address with as many workers as may look at
// it at once, as fast as pace lets looks begin; nil lets all. When the address stops
// answering, ports that silence is good for are left out. What is no evidence of what
// this round saw is discarded then, or where a sample shows that we were too fast
// (track.doubt).
func (r *run) lookAtAddress(ctx context.Context, w *watch, tasks []task, timeout time.Duration, pace *rate.Limiter) {
	w.begin(ctx, tasks)
	c := newCrew(pace)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(len(tasks), r.scanner.limiter.maxChecks) {
		if next.Load() >= int64(len(tasks)) {
			break
		}
		c.back()
		wg.Go(func() {
			defer c.away()
			for {
				n := int(next.Add(1)) - 1
				if n >= len(tasks) {
					return
				}
				if w.stopped.Load() && tasks[n].track.job.Want.SilencePasses() {
					continue
				}
				if r.doTask(ctx, w, c, tasks[n], timeout) != nil {
					return
				}
			}
		})
		c.needed()
	}
	wg.Wait()
	d := w.doubts(ctx, tasks)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range tasks {
		t.track.doubt(t.i, d)
	}
}

// doTask looks at the endpoint of t at its address. The error is ctx's.
func (r *run) doTask(ctx context.Context, w *watch, c *crew, t task, timeout time.Duration) error {
	if err := paced(ctx, c.pace); err != nil {
		return err
	}
	job, at := t.track.job, r.target(t)
	if seen := t.track.seen[t.i].mark; job.Want.SilencePasses() && at.Scheme == endpoint.TCP && (seen == unseen || seen == doubtful) {
		// Silence is the good case here, and costs as long as it is waited
		// for: go by the host's round-trip time. A packet may have been lost,
		// so a port that is silent then is asked once more.
		if short := r.memory.usual(w.addr, timeout); short < timeout || job.Want == endpoint.WantFiltered {
			result, err := r.lookOnce(ctx, w.window, c, job.Endpoint(), at, short)
			if err != nil || result.Reason != look.NoResponse && result.Reason != look.ZeroWindow {
				r.record(t, result)
				w.saw(ctx, c, at, result)
				return err
			}
			if result.Reason == look.NoResponse {
				timeout = min(max(2*short, w.confirming(job.Want)), timeout)
			}
		}
	}
	result, err := r.lookOnce(ctx, w.window, c, job.Endpoint(), at, max(timeout, r.least(job.Want)))
	r.record(t, result)
	w.saw(ctx, c, at, result)
	return err
}

// target is what a task looks at.
func (r *run) target(t task) look.Target {
	job := t.track.job
	at := look.Target{
		Scheme: job.Scheme,
		Addr:   job.AddrPort(job.Addrs[t.i]),
		Abort:  job.Want.SilencePasses(),
		Doubt:  job.Scheme == endpoint.TCP,
	}
	if at.Scheme.Service() {
		at.Host, at.TLS = job.Host, &r.options.TLS
		if r.options.Ask != nil {
			r.options.Ask(job.Endpoint(), &at)
		}
	}
	return at
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
