package scan

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// Re-checks are few at a time, for the sake of limits on the way. Where nothing at
// all comes back from an address, no limit can be seen at work: one lets some
// through, at first and then as many a second as it allows. So of many silent ports
// of such an address only a sample is asked slowly and patiently. While it stays
// silent, it speaks for the pace alone: the rest is asked again too, at once, for a
// packet may have been lost. As soon as anything comes back, all that is still silent
// is asked as slowly as ever.
const (
	// manyAlike is how many ports there have to be that fail alike. Fewer are asked
	// slowly within a second or so.
	manyAlike = 50
	// alikeSample is how many are asked slowly, from all over the ports. At a loss
	// of 30 % each way half of the open ones answer a single SYN.
	alikeSample = 16
	// headStart is the share of its time-out in which the sample may answer before
	// the rest is asked, for half of it at most; so the rest ends first.
	headStart = 4
	// longestSecond is how long the rest is waited for at most: a SYN is sent three
	// times within it (Linux: after 1.03 and 2.05 s). It is waited for longAsk at least,
	// if the time-out allows: this machine does not know before that it drops the SYNs.
	longestSecond = 3100 * time.Millisecond
)

// recheckAddress does a re-check of the tasks of one address.
func (r *run) recheckAddress(ctx context.Context, w *watch, tasks []task, timeout time.Duration) {
	if silent, others, ok := r.whollySilent(w.addr, tasks); ok {
		// It was silent for a whole round, so it gives its place to another at once.
		r.scanner.limiter.wait(w.window)
		r.recheckSilent(ctx, w, silent, others, timeout)
		return
	}
	refused, others := apartRefused(tasks)
	if len(refused) < manyAlike {
		r.lookSlowly(ctx, w, tasks, timeout)
		return
	}
	r.recheckRefused(ctx, w, refused, others, timeout)
}

// lookSlowly looks at tasks of one address few at a time.
func (r *run) lookSlowly(ctx context.Context, w *watch, tasks []task, timeout time.Duration) {
	r.lookAtAddress(ctx, w, tasks, timeout, rate.NewLimiter(recheckPace(len(tasks)), 1))
}

// recheckSilent does a re-check of an address of which nothing comes back.
func (r *run) recheckSilent(ctx context.Context, w *watch, silent, others []task, timeout time.Duration) {
	sample, rest := apart(silent, alikeSample)
	r.forgetPing(w.addr)
	var wg sync.WaitGroup
	wg.Go(func() { r.lookSlowly(ctx, w, append(sample, others...), timeout) })
	select {
	case <-w.shown:
	case <-time.After(time.Second*alikeSample/recheckRate + timeout/headStart):
		wg.Go(func() { r.pingEarly(ctx, w) })
		r.lookAtAddress(ctx, w, rest, min(max(timeout/2, longAsk), timeout, longestSecond), nil)
	case <-ctx.Done():
	}
	wg.Wait()
	select {
	case <-w.shown:
		r.lookSlowly(ctx, w, failingOf(silent), timeout)
	default:
	}
}

// whollySilent picks out the TCP ports of tasks. It is not ok if anything of addr has
// shown itself, to this run or another, or if there are few of them.
func (r *run) whollySilent(addr netip.Addr, tasks []task) (silent, others []task, ok bool) {
	r.mu.Lock()
	answered := r.answers[addr]
	r.mu.Unlock()
	if answered || r.memory.answered(addr) || len(tasks) < manyAlike {
		return nil, nil, false
	}
	for _, t := range tasks {
		seen := t.track.seen[t.i]
		switch {
		case t.track.job.Scheme.Transport() == endpoint.UDP:
			others = append(others, t)
		case seen.mark == observed && isSilent(seen.kept.Last): // prove may have made it inconclusive
			silent = append(silent, t)
		default:
			return nil, nil, false
		}
	}
	return silent, others, len(silent) >= manyAlike
}

// apart is tasks in two: n of them from all over, and the rest.
func apart(tasks []task, n int) (sample, rest []task) {
	for k, t := range tasks {
		if len(sample) < n && k == len(sample)*len(tasks)/n {
			sample = append(sample, t)
		} else {
			rest = append(rest, t)
		}
	}
	return sample, rest
}

// failingOf are those of tasks that are not as declared.
func failingOf(tasks []task) []task {
	var failing []task
	for _, t := range tasks {
		if !t.track.seen[t.i].asDeclared(t.track.job.Want) {
			failing = append(failing, t)
		}
	}
	return failing
}

// pingEarly asks what pinged would ask at the end, while w's address is waited for.
func (r *run) pingEarly(ctx context.Context, w *watch) {
	pinger, ok := r.view.pinger()
	if !ok {
		return
	}
	alive := r.ping(ctx, pinger, w.window, w.addr)
	if ctx.Err() != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pings[w.addr] = alive
}

func (r *run) forgetPing(addr netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pings, addr)
}
