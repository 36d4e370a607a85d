package scan

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/target"
)

// Silence of ports whose host has answered may mean that it stopped answering
// this prober: an intrusion-prevention system, or a limit to new connections,
// found it too fast. So what answered is asked again while others fall silent,
// as Nmap does (scan_engine.cc, ultra_scan_host_timeout and sendPingProbe): at
// firstAsk silent looks and at each power of two beyond, seldom enough for the
// service that is asked. It has stopped when asksInARow in a row are silent.
const (
	firstAsk   = 32
	asksInARow = 3
	// leastAsk leaves time for one SYN to be sent again (Linux: after 1.03 s).
	leastAsk = 1200 * time.Millisecond
)

// anchor is what answered at one address in this run: two TCP ports, either of
// which may be missing.
type anchor struct{ open, closed netip.AddrPort }

// turn is what to ask in the n-th turn: the closed port first, which disturbs
// no service.
func (a anchor) turn(n int) (netip.AddrPort, bool) {
	ports := []netip.AddrPort{a.closed, a.open}
	if !a.closed.IsValid() || n%2 == 1 && a.open.IsValid() {
		return ports[1], a.open.IsValid()
	}
	return ports[0], true
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

// ended asks once more at the end of a round, if silence passes for evidence.
func (v *watch) ended(ctx context.Context, tasks []task) {
	if slices.ContainsFunc(tasks, func(t task) bool { return t.track.seen[t.i] == hushed }) {
		v.ask(ctx)
	}
}

// ask finds out whether what answered still does.
func (v *watch) ask(ctx context.Context) {
	for n := range asksInARow {
		if v.stopped.Load() || v.run.answersStill(ctx, v.window, v.addr, n) {
			return
		}
	}
	v.stopped.Store(ctx.Err() == nil)
}

// answersStill tells whether addr still answers where it did in this run, as
// far as anything is known to have.
func (r *run) answersStill(ctx context.Context, w *window, addr netip.Addr, turn int) bool {
	r.mu.Lock()
	at, ok := r.anchors[addr].turn(turn)
	r.mu.Unlock()
	if !ok {
		return true
	}
	timeout := min(max(w.rtt.timeout(r.options.Timeout), leastAsk), r.options.Timeout)
	result, err := r.ask(ctx, w, probe.Target{Scheme: target.TCP, Addr: at}, timeout)
	return err != nil || result.Reason != probe.NoResponse
}
