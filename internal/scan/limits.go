package scan

import (
	"context"
	"net/netip"
	"sync"

	"golang.org/x/time/rate"
)

// Limits say how hard the network may be probed by all that runs at once.
type Limits struct {
	MaxChecks int     // looks in flight at once against one address
	MaxHosts  int     // addresses probed at once
	MaxRate   float64 // new looks a second; 0 is no limit
}

// DefaultLimits are wide enough that a thousand silent ports cost a few
// time-outs, and slow enough for the connection tables on the way.
var DefaultLimits = Limits{MaxChecks: 256, MaxHosts: 64, MaxRate: 2000}

// limiter enforces Limits over concurrent runs.
type limiter struct {
	maxChecks int
	rate      *rate.Limiter
	hosts     chan struct{} // one token for each address that is probed
	capacity  chan struct{} // one token for each look that the place bears; nil: no bound
	spacing   spacing

	mu      sync.Mutex
	windows map[netip.Addr]*window
}

// window is the looks in flight against one address.
type window struct {
	tokens chan struct{}
	users  int // runs that share it; guarded by limiter.mu
}

func newLimiter(l Limits) *limiter {
	limit, burst := rate.Inf, 1
	if l.MaxRate > 0 {
		// A fiftieth of a second's worth at once, so that a policer with a
		// small bucket sees an even pace and the timers stay cheap.
		limit, burst = rate.Limit(l.MaxRate), max(1, int(l.MaxRate/50))
	}
	return &limiter{
		maxChecks: l.MaxChecks,
		rate:      rate.NewLimiter(limit, burst),
		hosts:     make(chan struct{}, l.MaxHosts),
		windows:   map[netip.Addr]*window{},
	}
}

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
		w = &window{tokens: make(chan struct{}, l.maxChecks)}
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
	if w.users--; w.users == 0 {
		delete(l.windows, addr)
		<-l.hosts
	}
}

// acquire waits until one more look at w's address may begin; the caller
// calls release when it has ended.
func (l *limiter) acquire(ctx context.Context, w *window) error {
	if err := take(ctx, w.tokens); err != nil {
		return err
	}
	if l.capacity != nil {
		if err := take(ctx, l.capacity); err != nil {
			<-w.tokens
			return err
		}
	}
	if err := l.rate.Wait(ctx); err != nil {
		l.release(w)
		return err
	}
	return nil
}

func (l *limiter) release(w *window) {
	if l.capacity != nil {
		<-l.capacity
	}
	<-w.tokens
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
