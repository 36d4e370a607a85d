package scan

import (
	"context"
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

// It may also mean that the prober is too fast for a limit to new connections.
// A port that does not answer at first and then does tells of packets lost: the
// prober is too fast if at least leastRetried did, and they are more than one in
// lossyShare of those that answered at all. (Nmap slows down at over 10 and
// 30 %: scan_engine.cc, ultrascan_port_probe_update.) A tenth lost each way is
// one in six.
const (
	leastRetried = 5
	lossyShare   = 4
)

// answered is what is known of an address of which a TCP port answered in this
// run: such ports, either of which may be missing, and how long it took.
type answered struct {
	open, closed netip.AddrPort
	rtt          rtt
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

// learn takes in the answer of a TCP port.
func (r *run) learn(result probe.Result) {
	addr := result.Remote.Addr()
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.answered[addr]
	if a == nil {
		a = &answered{}
		r.answered[addr] = a
	}
	a.rtt.observe(result.RTT)
	if result.State == probe.Closed {
		a.closed = result.Remote
	} else {
		a.open = result.Remote
	}
}

// forget takes a port that no longer answers off what answered.
func (r *run) forget(port netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.answered[port.Addr()]; a != nil && a.open == port {
		a.open = netip.AddrPort{}
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
	run    *run
	window *window
	addr   netip.Addr
	slow   bool // the round is as slow as can be

	stopped atomic.Bool // the address answers no longer

	mu      sync.Mutex
	silent  int // looks that saw silence
	due     int // how many of them make it time to ask
	first   int // ports declared closed that answered
	retried int // and those that answered when asked again
}

func newWatch(r *run, w *window, addr netip.Addr, pace rate.Limit) *watch {
	return &watch{run: r, window: w, addr: addr, slow: min(pace, r.scanner.limiter.rate.Limit()) <= recheckRate, due: firstAsk}
}

// saw takes in the result of a look. UDP ports are silent by their nature.
func (v *watch) saw(ctx context.Context, t probe.Target, result probe.Result) {
	if result.Reason != probe.NoResponse || t.Scheme == target.UDP {
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

// counted takes in that a port declared closed was asked, once or again.
func (v *watch) counted(result probe.Result, again bool) {
	if !verdict.Answers(result) {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if again {
		v.retried++
	} else {
		v.first++
	}
}

// doubts tells at the end of a round whether silence in it is no evidence. If
// it would pass for evidence, the address is asked once more. What gets lost at
// the slowest pace is not lost to the pace.
func (v *watch) doubts(ctx context.Context, tasks []task) bool {
	if slices.ContainsFunc(tasks, func(t task) bool { return t.track.seen[t.i] == hushed }) {
		v.ask(ctx)
	}
	tooFast := v.retried >= leastRetried && v.retried*lossyShare > v.first+v.retried
	return v.stopped.Load() || tooFast && !v.slow
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
	result, err := r.ask(ctx, v.window, probe.Target{Scheme: target.TCP, Addr: at}, min(max(r.usual(v.addr, most), least), most))
	return err != nil || result.Reason != probe.NoResponse
}
