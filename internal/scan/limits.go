package scan

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Limits say how hard the network may be probed by all that runs at once.
type Limits struct {
	MaxChecks int     // looks in flight at once against one address
	MaxHosts  int     // addresses probed at once
	MaxRate   float64 // new looks a second; 0 is no limit
}

// DefaultLimits are what common networks bear.
//
// MaxChecks makes a thousand silent ports cost one time-out. In flight is not what
// fills the connection tables on the way: Linux keeps a silent or an open connection
// for two minutes and a refused one for ten seconds (nf_conntrack_tcp_timeout_syn_sent,
// _time_wait, _close), so a table counts the endpoints of a plan. Nor does a higher
// MaxRate add to that, unless a run takes longer. An AWS NAT gateway bears a million
// packets a second and 55,000 connections to each destination; a Linux router with
// its least table, 65,536 entries, bears a plan of so many endpoints. A firewall bears
// so many new sessions a second (500,000 in the data sheet of a FortiGate 400F, and small
// ones far less), and drops what is beyond that: calmAfter is for them. Intrusion-prevention
// systems ban from some hundred new connections a second on, which is far below any
// rate that makes a large plan bearable: who has one on the path lowers MaxRate.
// MaxHosts keeps the neighbours of a link within what Linux knows (waitFactor).
var DefaultLimits = Limits{MaxChecks: 1000, MaxHosts: 64, MaxRate: 30_000}

// An answer that comes only after a SYN was sent again shows that one was lost. After
// calmAfter of them something on the way may bear less than MaxRate, and looks begin
// at calmRate a second at most from then on.
const (
	calmAfter = 64
	calmRate  = 10_000
)

// limiter enforces Limits over concurrent runs.
type limiter struct {
	maxChecks int
	rate      *rate.Limiter // nil: no limit
	late      atomic.Int32  // answers to a SYN that was sent again
	hosts     chan struct{} // one token for each address that is probed, unless it is
	waiting   chan struct{} // only waited for: then the token is here
	capacity  chan struct{} // one token for each look that the place bears; nil: no bound
	spacing   spacing

	mu      sync.Mutex
	windows map[netip.Addr]*window
}

// An address that has shown nothing of itself for waitAfter, counted from the first
// look at it, is only waited for: it gives its place among those that are probed at
// once to another, until it answers. Most that answer do within that time.
const (
	waitAfter = 250 * time.Millisecond
	// waitFactor times MaxHosts addresses are waited for at most. The default makes
	// half of the neighbours that Linux knows at once on a link
	// (arp(7), gc_thresh3).
	waitFactor = 8
)

// window is the looks in flight against one address.
type window struct {
	tokens chan struct{}
	users  int // runs that share it; guarded by limiter.mu

	begun   atomic.Bool   // a look at the address has begun
	heard   atomic.Bool   // something has come back
	waiting atomic.Bool   // the address holds a place among limiter.waiting, not among hosts
	turn    chan struct{} // one token for whoever gets a place among hosts again
	timer   *time.Timer   // of waitAfter; set under limiter.mu
}

func newLimiter(l Limits) *limiter {
	var limit *rate.Limiter
	if l.MaxRate > 0 {
		limit = rate.NewLimiter(rate.Limit(l.MaxRate), burstOf(l.MaxRate))
	}
	return &limiter{
		maxChecks: l.MaxChecks,
		rate:      limit,
		hosts:     make(chan struct{}, l.MaxHosts),
		waiting:   make(chan struct{}, waitFactor*l.MaxHosts),
		windows:   map[netip.Addr]*window{},
	}
}

// burstOf is how many looks begin at once: a fiftieth of a second's worth, so that a
// policer with a small bucket sees an even pace and the timers stay cheap.
func burstOf(maxRate float64) int { return max(1, int(maxRate/50)) }

// bear bounds the looks in flight by what the place bears; 0 is no bound. It is
// called before the first of them.
func (l *limiter) bear(capacity int) {
	if capacity > 0 {
		l.capacity = make(chan struct{}, capacity)
	}
}

// enter waits for a place among the addresses that are probed at once and
// returns the address's window. Runs that probe the same address share both.
// The caller calls leave when it is through with the address.
func (l *limiter) enter(ctx context.Context, addr netip.Addr) (*window, error) {
	if w := l.join(addr, false); w != nil {
		return w, nil
	}
	if err := take(ctx, l.hosts); err != nil {
		return nil, err
	}
	return l.join(addr, true), nil
}

// join adds a user to the window of addr. If there is no window and the caller
// has paid for a place among the hosts, it makes one; if there is one already,
// it gives the place back.
func (l *limiter) join(addr netip.Addr, paid bool) *window {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.windows[addr]
	switch {
	case w != nil && paid:
		<-l.hosts
	case w == nil && paid:
		w = &window{tokens: make(chan struct{}, l.maxChecks), turn: make(chan struct{}, 1)}
		l.windows[addr] = w
	case w == nil:
		return nil
	}
	w.users++
	return w
}

func (l *limiter) leave(addr netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.windows[addr]
	if w.users--; w.users > 0 {
		return
	}
	delete(l.windows, addr)
	if w.timer != nil {
		w.timer.Stop()
	}
	if w.waiting.Load() {
		<-l.waiting
	} else {
		<-l.hosts
	}
}

// begin notes that a look at w's address begins.
func (l *limiter) begin(w *window) {
	if w.begun.Swap(true) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	w.timer = time.AfterFunc(waitAfter, func() {
		if !l.wait(w) {
			w.timer.Reset(waitAfter)
		}
	})
}

// wait gives w's place to another if nothing has come back. It returns false while too
// many addresses are waited for; then the caller may try again.
func (l *limiter) wait(w *window) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	// Without users it has no place any more: the timer may fire while leave stops it.
	if w.users == 0 || w.heard.Load() || w.waiting.Load() {
		return true
	}
	select {
	case l.waiting <- struct{}{}:
		w.waiting.Store(true)
		<-l.hosts
		return true
	default:
		return false
	}
}

// resume waits for a place among the addresses that are probed at once, where w's
// has answered after all.
func (l *limiter) resume(ctx context.Context, w *window) error {
	if err := take(ctx, w.turn); err != nil {
		return err
	}
	defer func() { <-w.turn }()
	if !w.waiting.Load() {
		return nil
	}
	if err := take(ctx, l.hosts); err != nil {
		return err
	}
	w.waiting.Store(false)
	<-l.waiting
	return nil
}

// acquire waits until one more look at w's address may begin; the caller
// calls release when it has ended.
func (l *limiter) acquire(ctx context.Context, w *window) error {
	if w.waiting.Load() && w.heard.Load() {
		if err := l.resume(ctx, w); err != nil {
			return err
		}
	}
	if err := take(ctx, w.tokens); err != nil {
		return err
	}
	if l.capacity != nil {
		if err := take(ctx, l.capacity); err != nil {
			<-w.tokens
			return err
		}
	}
	if err := paced(ctx, l.rate); err != nil {
		l.release(w)
		return err
	}
	l.begin(w)
	return nil
}

func (l *limiter) release(w *window) {
	if l.capacity != nil {
		<-l.capacity
	}
	<-w.tokens
}

// observe takes in the time that an answer of a TCP port took.
func (l *limiter) observe(took time.Duration) {
	if took < synTimeout || l.rate == nil || l.late.Add(1) != calmAfter {
		return
	}
	if l.rate.Limit() > calmRate {
		l.rate.SetLimit(calmRate)
		l.rate.SetBurst(burstOf(calmRate))
	}
}

// paced waits until limit allows one more; nil is no limit.
func paced(ctx context.Context, limit *rate.Limiter) error {
	if limit == nil {
		return ctx.Err()
	}
	return limit.Wait(ctx)
}

// take puts a token into tokens, or gives up when ctx ends.
func take(ctx context.Context, tokens chan struct{}) error {
	select {
	case tokens <- struct{}{}:
		return nil
	default:
	}
	select {
	case tokens <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
