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
// sendPingProbe): at firstAsk silent looks and at each power of two beyond,
// seldom enough for the service that is asked. The address has stopped
// answering when a short ask and longAsks of longAsk are lost, each of which
// has time for a SYN to be sent again (Linux: after 1.03 s).
const (
	firstAsk = 16
	longAsks = 2
	longAsk  = 1200 * time.Millisecond
)

// It may also mean that the prober is too fast for a limit to new connections,
// or was for a while. So at the end of a round some of the silent ports, one in
// sampleShare and at most maxSample, are asked again at samplePace: if one
// answers then, the others' silence is no evidence.
const (
	sampleShare = 8
	maxSample   = 32
	samplePace  = 20 // a second
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
func (v *watch) saw(ctx context.Context, t look.Target, result look.Result) {
	if result.State != look.Filtered || t.Scheme.Transport() == endpoint.UDP {
		return
	}
	v.mu.Lock()
	v.silent++
	due := v.silent == v.due
	if due {
		v.due *= 2
	}
	v.mu.Unlock()
	if due {
		v.ask(ctx)
	}
}

// doubts tells at the end of a round whether silence in it is no evidence.
func (v *watch) doubts(ctx context.Context, tasks []task) bool {
	var hidden []task
	for _, t := range tasks {
		if t.track.job.Endpoint.Scheme == endpoint.TCP && t.track.hidden(t.i) {
			hidden = append(hidden, t)
		}
	}
	if len(hidden) > 0 {
		v.ask(ctx)
	}
	if v.stopped.Load() {
		return true
	}
	_, known := v.run.memory.portToAsk(v.addr, 0)
	return known && v.sample(ctx, hidden)
}

// sample asks some of the hidden ports once more, and tells whether others that
// were not asked may not have been heard either.
func (v *watch) sample(ctx context.Context, hidden []task) bool {
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
			most := v.run.options.Timeout
			timeout := min(2*v.run.memory.usual(v.addr, most), most)
			at := look.Target{Scheme: endpoint.TCP, Addr: t.track.job.Endpoint.AddrPort(v.addr), Abort: true}
			result, err := v.run.ask(ctx, v.window, t.track.job.Endpoint, at, timeout)
			if err == nil && verdict.Answers(result) {
				heard.Store(true)
				v.run.record(t, result)
			}
		})
	}
	wg.Wait()
	return heard.Load() && n < len(hidden)
}

// ask finds out whether what answered still does.
func (v *watch) ask(ctx context.Context) {
	if v.stopped.Load() || v.answers(ctx, 0, lowestTimeout) {
		return
	}
	for n := range longAsks {
		if v.answers(ctx, n, longAsk) {
			return
		}
	}
	v.stopped.Store(true)
}

// answers tells whether the address still answers where it did in this run, as
// far as anything is known to have, within its usual time and at least least.
func (v *watch) answers(ctx context.Context, turn int, least time.Duration) bool {
	r := v.run
	at, ok := r.memory.portToAsk(v.addr, turn)
	if !ok {
		return true
	}
	most := r.options.Timeout
	result, err := r.ask(ctx, v.window, numeric(at), look.Target{Scheme: endpoint.TCP, Addr: at}, min(max(r.memory.usual(v.addr, most), least), most))
	return err == nil && ctx.Err() == nil && (verdict.Answers(result) || result.State == look.Unknown)
}
