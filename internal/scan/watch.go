package scan

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Silence of ports whose host has answered may mean that an
// intrusion-prevention system has begun to block the prober. So what answered is
// asked again while others fall silent, as Nmap does (scan_engine.cc,
// sendPingProbe).
const (
	// firstAsk is after how many silent looks it is asked, then after twice as
	// many each time, so that the service asked is rarely disturbed.
	firstAsk = 16
	// longAsks is how many asks of longAsk, after a short one, have to be lost
	// before the address counts as one that has stopped answering.
	longAsks = 2
	// longAsk has time for a SYN to be sent again (Linux: after 1.03 s).
	longAsk = 1200 * time.Millisecond
)

// Silence may also mean that the prober is too fast for a limit to new
// connections, or was for a while. So at the end of a round some of the silent
// ports are asked again: if one answers then, the others' silence is no evidence.
const (
	// sampleShare: one in so many of the silent ports is asked.
	sampleShare = 8
	// maxSample is how many are asked at most.
	maxSample = 32
	// samplePace is how many a second, slower than what limits allow as a rule.
	samplePace = 20
)

// watch notices when an address stops answering during one round.
type watch struct {
	run     *run
	window  *window
	addr    netip.Addr
	stopped atomic.Bool

	mu     sync.Mutex
	silent int // looks that saw silence
	due    int // how many of them make it time to ask
}

func newWatch(r *run, w *window, addr netip.Addr) *watch {
	return &watch{run: r, window: w, addr: addr, due: firstAsk}
}

// saw takes in the result of a look. UDP ports are silent by their nature.
func (w *watch) saw(ctx context.Context, t look.Target, result look.Result) {
	if result.State != look.Filtered || t.Scheme.Transport() == endpoint.UDP {
		return
	}
	w.mu.Lock()
	w.silent++
	due := w.silent == w.due
	if due {
		w.due *= 2
	}
	w.mu.Unlock()
	if due {
		w.checkStillAnswers(ctx)
	}
}

// doubts tells at the end of a round whether silence in it is no evidence.
func (w *watch) doubts(ctx context.Context, tasks []task) bool {
	var hidden []task
	for _, t := range tasks {
		if t.track.job.Endpoint.Scheme == endpoint.TCP && t.track.hidden(t.i) {
			hidden = append(hidden, t)
		}
	}
	if len(hidden) > 0 {
		w.checkStillAnswers(ctx)
	}
	if w.stopped.Load() {
		return true
	}
	_, known := w.run.memory.portToAsk(w.addr, 0)
	return known && w.sampleSilent(ctx, hidden)
}

// sampleSilent asks some of the hidden ports once more, and tells whether others that
// were not asked may not have been heard either.
func (w *watch) sampleSilent(ctx context.Context, hidden []task) bool {
	n := min((len(hidden)+sampleShare-1)/sampleShare, maxSample)
	pace := rate.NewLimiter(samplePace, 1)
	var heard atomic.Bool
	var wg sync.WaitGroup
	for k := range n {
		if pace.Wait(ctx) != nil {
			break
		}
		t := hidden[k*len(hidden)/n]
		wg.Go(func() {
			most := w.run.options.Timeout
			timeout := min(2*w.run.memory.usual(w.addr, most), most)
			at := look.Target{Scheme: endpoint.TCP, Addr: t.track.job.Endpoint.AddrPort(w.addr), Abort: true}
			result, err := w.run.lookOnce(ctx, w.window, t.track.job.Endpoint, at, timeout)
			if err == nil && verdict.Answers(result) {
				heard.Store(true)
				w.run.record(t, result)
			}
		})
	}
	wg.Wait()
	return heard.Load() && n < len(hidden)
}

// checkStillAnswers finds out whether what answered still does, by one short ask
// and longAsks long ones. If all are lost, the address has stopped answering.
func (w *watch) checkStillAnswers(ctx context.Context) {
	if w.stopped.Load() || w.stillAnswers(ctx, 0, lowestTimeout) {
		return
	}
	for n := range longAsks {
		if w.stillAnswers(ctx, n, longAsk) {
			return
		}
	}
	w.stopped.Store(true)
}

// stillAnswers asks one port that answered in this run whether it still does,
// within its usual time and at least least. It is true if no port is known to have
// answered.
func (w *watch) stillAnswers(ctx context.Context, turn int, least time.Duration) bool {
	r := w.run
	at, ok := r.memory.portToAsk(w.addr, turn)
	if !ok {
		return true
	}
	most := r.options.Timeout
	result, err := r.lookOnce(ctx, w.window, byAddress(at), look.Target{Scheme: endpoint.TCP, Addr: at}, min(max(r.memory.usual(w.addr, most), least), most))
	return err == nil && ctx.Err() == nil && (verdict.Answers(result) || result.State == look.Unknown)
}
