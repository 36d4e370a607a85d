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

// answered is what is known of an address of which a TCP port answered in this
// run: such ports, any of which may be missing, and how long it took.
type answered struct {
	open, open2, closed netip.AddrPort
	rtt                 rtt
}

// turn is what to ask in the n-th turn: the closed port first, which disturbs
// no service.
func (a *answered) turn(n int) (netip.AddrPort, bool) {
	if a == nil || !a.closed.IsValid() && !a.open.IsValid() {
		return netip.AddrPort{}, false
	}
	if !a.closed.IsValid() || n%2 == 1 && a.open.IsValid() {
		return a.open, true
	}
	return a.closed, true
}

// learn takes in the answer of a TCP port. What a service takes for its answer
// tells nothing of the way.
func (r *run) learn(scheme endpoint.Scheme, result look.Result) {
	addr := result.Remote.Addr()
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.answered[addr]
	if a == nil {
		a = &answered{}
		r.answered[addr] = a
	}
	if scheme == endpoint.TCP {
		a.rtt.observe(result.RTT)
	}
	switch {
	case result.State == look.Closed:
		a.closed = result.Remote
	case !a.open.IsValid():
		a.open = result.Remote
	case a.open != result.Remote:
		a.open2 = result.Remote
	}
}

// forget takes a port that no longer answers off what answered: it may be the
// one that has changed.
func (r *run) forget(port netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.answered[port.Addr()]
	switch {
	case a == nil:
	case a.open == port:
		a.open, a.open2 = a.open2, netip.AddrPort{}
	case a.open2 == port:
		a.open2 = netip.AddrPort{}
	}
}

// usual is how long to wait for an answer of addr, at most most.
func (r *run) usual(addr netip.Addr, most time.Duration) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.answered[addr]; a != nil {
		return a.rtt.timeout(most)
	}
	return most
}

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
	return v.stopped.Load() || v.known() && v.sample(ctx, hidden)
}

// known tells whether the address has answered.
func (v *watch) known() bool {
	v.run.mu.Lock()
	defer v.run.mu.Unlock()
	_, ok := v.run.answered[v.addr].turn(0)
	return ok
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
			timeout := min(2*v.run.usual(v.addr, most), most)
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
	r.mu.Lock()
	at, ok := r.answered[v.addr].turn(turn)
	r.mu.Unlock()
	if !ok {
		return true
	}
	most := r.options.Timeout
	result, err := r.ask(ctx, v.window, numeric(at), look.Target{Scheme: endpoint.TCP, Addr: at}, min(max(r.usual(v.addr, most), least), most))
	return err == nil && ctx.Err() == nil && (verdict.Answers(result) || result.State == look.Unknown)
}
