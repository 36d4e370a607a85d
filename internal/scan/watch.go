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
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Silence of ports whose host has answered may mean that an
// intrusion-prevention system has begun to block the prober. So what answered is
// asked again while others fall silent, as Nmap does (scan_engine.cc,
// sendPingProbe). Such a system may answer for all ports instead, with resets or
// ICMP errors. Only an open port that still opens shows that the host itself
// answers.
const (
	// firstAsk is after how many silent looks, or refusals, it is asked, then after
	// twice as many each time, so that the service asked is rarely disturbed. One
	// who looks at fewer ports is hardly taken for an intruder.
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
	// moot are ports that were open for another run, where they were declared open,
	// and are declared closed in this one: they may have been closed in between, so
	// they are no witnesses until this run has seen them open. Nor are ports declared
	// filtered, which are to fall silent, before this round has seen them open.
	moot     map[netip.AddrPort]bool
	filtered int // how many ports are declared filtered

	// shown is closed when anything comes back.
	shown     chan struct{}
	showsOnce sync.Once

	mu              sync.Mutex
	silent, refused counter // looks
}

// counter counts looks, and tells when it is time to ask.
type counter struct{ n, due int }

func (c *counter) count() (due bool) {
	c.n++
	if due = c.n == max(c.due, firstAsk); due {
		c.due = 2 * c.n
	}
	return due
}

func newWatch(r *run, w *window, addr netip.Addr) *watch {
	return &watch{run: r, window: w, addr: addr, moot: map[netip.AddrPort]bool{}, shown: make(chan struct{})}
}

// begin finds out, before a round, whether an address that had stopped answering
// has begun again, in whichever run that was.
func (w *watch) begin(ctx context.Context, tasks []task) {
	w.findMoot(tasks)
	switch w.run.memory.stopped(w.addr) { //nolint:exhaustive // there are no others
	case look.Filtered:
		w.checkStillAnswers(ctx)
	case look.Closed:
		w.checkStillOpens(ctx)
	}
}

// findMoot finds the ports of tasks that are no witnesses.
func (w *watch) findMoot(tasks []task) {
	meant := w.run.memory.meantOpen(w.addr)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range tasks {
		at := t.track.job.AddrPort(w.addr)
		switch want := t.track.job.Want; {
		case want == endpoint.WantFiltered:
			w.filtered++
			w.moot[at] = true
		case want == endpoint.WantClosed && len(meant) > 0 && t.track.seen[t.i].mark == unseen && slices.Contains(meant, at):
			w.moot[at] = true
		}
	}
}

// saw takes in the result of a look that a worker of c took. UDP ports are silent by
// their nature.
func (w *watch) saw(ctx context.Context, c *crew, t look.Target, result look.Result) {
	if shows(result) {
		w.showsOnce.Do(func() { close(w.shown) })
	}
	if t.Scheme.Transport() == endpoint.UDP {
		return
	}
	var silent, refused bool
	w.mu.Lock()
	switch result.State { //nolint:exhaustive // the others show nothing of the kind
	case look.Filtered:
		silent = w.silent.count()
	case look.Closed:
		refused = w.refused.count()
	case look.Open:
		delete(w.moot, result.Remote)
	}
	w.mu.Unlock()
	if !silent && !refused {
		return
	}
	c.away()
	defer c.back()
	if silent {
		w.checkStillAnswers(ctx)
	} else {
		w.checkStillOpens(ctx)
	}
}

// doubts tells at the end of a round what in it is no evidence: silence, or
// refusals too.
func (w *watch) doubts(ctx context.Context, tasks []task) doubt {
	var hidden []task
	var changed changes
	for _, t := range tasks {
		if t.track.job.Scheme == endpoint.TCP {
			changed.add(t, w.run.memory)
			if t.track.hidden(t.i) {
				hidden = append(hidden, t)
			}
		}
	}
	if len(hidden) > 0 {
		w.checkStillAnswers(ctx)
	}
	w.mu.Lock()
	refused := w.refused.n
	w.mu.Unlock()
	if changed.refuse > 0 || refused >= firstAsk {
		w.checkStillOpens(ctx)
	}
	if changed.all > 0 {
		w.judge(changed)
	}
	switch {
	case w.stopped.Load():
		return doubt{silence: true, stopped: true, refusals: w.run.memory.stopped(w.addr) == look.Closed}
	case len(hidden) == 0:
		return doubt{}
	}
	_, known := w.portToAsk(0)
	return doubt{silence: known && w.sampleSilent(ctx, hidden)}
}

// changes counts the ports declared closed that were open and are not in this round.
type changes struct {
	all, refuse int
	nearer      bool // one refuses sooner than the host itself answers
}

func (c *changes) add(t task, m *memory) {
	if t.track.job.Want != endpoint.WantClosed || !t.track.changed(t.i) {
		return
	}
	c.all++
	if last := t.track.seen[t.i].kept.Last; last.State == look.Closed {
		c.refuse++
		c.nearer = c.nearer || m.isNearer(last)
	}
}

// judge decides where nothing is left to ask, since all that was open has changed.
// One port may have been closed while we looked; several that refuse at once, or any
// in the middle of a sweep, are the mark of a ban.
func (w *watch) judge(c changes) {
	swept := w.run.portsAt()[w.addr] >= firstAsk
	_, known := w.portToAsk(0)
	switch {
	case !known && swept:
		w.stop(look.Filtered)
	case len(w.openPorts()) == 0 && c.refuse > 0 && (c.refuse > 1 || c.nearer || swept):
		w.stop(look.Closed)
	}
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
			at := look.Target{Scheme: endpoint.TCP, Addr: t.track.job.AddrPort(w.addr), Abort: true}
			result, err := w.run.lookOnce(ctx, w.window, nil, t.track.job.Endpoint(), at, timeout)
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
	w.stop(look.Filtered)
}

// stillAnswers asks one port that has answered whether it still does, within its
// usual time and at least least. It is true if no port is known to have answered.
func (w *watch) stillAnswers(ctx context.Context, turn int, least time.Duration) bool {
	at, ok := w.portToAsk(turn)
	if !ok {
		return true
	}
	result, ok := w.ask(ctx, at, least)
	return ok && (verdict.Answers(result) || result.State == look.Unknown)
}

// checkStillOpens finds out whether one of the ports that were open still opens. If
// none does, what refuses is not the host. One that only another run saw open may be
// a service that was stopped since.
func (w *watch) checkStillOpens(ctx context.Context) {
	ports := w.openPorts()
	if w.stopped.Load() || len(ports) == 0 || len(ports) == 1 && !w.run.sawOpen(w.addr) {
		return
	}
	for _, at := range ports {
		if !w.refuses(ctx, at) {
			return
		}
	}
	w.stop(look.Closed)
}

// refuses tells whether a port that was open no longer opens. Silence is asked
// longAsks times, since an answer may be lost or late.
func (w *watch) refuses(ctx context.Context, at netip.AddrPort) bool {
	for range longAsks {
		result, ok := w.ask(ctx, at, longAsk)
		switch {
		case !ok, result.State == look.Open, result.State == look.Unresponsive, result.State == look.Unknown:
			return false
		case result.State == look.Closed:
			return true
		}
	}
	return true
}

// ask looks at a port within its usual time and at least least. It is not ok if no
// look was taken, or ctx has ended.
func (w *watch) ask(ctx context.Context, at netip.AddrPort, least time.Duration) (result look.Result, ok bool) {
	r := w.run
	most := r.options.Timeout
	result, err := r.lookOnce(ctx, w.window, nil, byAddress(at), look.Target{Scheme: endpoint.TCP, Addr: at}, min(max(r.memory.usual(w.addr, most), least), most))
	return result, err == nil && ctx.Err() == nil
}

// openPorts are those known to be open, without the moot ones.
func (w *watch) openPorts() []netip.AddrPort {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(w.run.memory.openPorts(w.addr), func(p netip.AddrPort) bool { return w.moot[p] })
}

// portToAsk is where to ask for the n-th time, but at no moot port.
func (w *watch) portToAsk(n int) (at netip.AddrPort, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.run.memory.portToAsk(w.addr, n, w.moot)
}

// stop notes that the address answers no longer, but as how says.
func (w *watch) stop(how look.State) {
	w.run.memory.stop(w.addr, how)
	w.stopped.Store(true)
}
