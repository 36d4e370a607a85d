package scan

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// guarded is the View of one run. It looks at no address that the operator's rules
// have not let through, whoever asks for the look. What they refuse ends the run.
type guarded struct {
	View
	passed *passed
	refuse context.CancelCauseFunc
}

// passed are the addresses that the rules have let through, in any run of a Scanner:
// its memory asks about addresses of earlier runs.
type passed struct {
	rules guard.Policy

	mu    sync.RWMutex
	addrs map[netip.Addr]bool
}

func (p *passed) has(addr netip.Addr) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.addrs[addr]
}

// check lets the addresses of host through, or returns why not: a [guard.Refusal], or
// ctx has ended. query is host as the resolver was asked for it.
func (g *guarded) check(ctx context.Context, host, query endpoint.Host, addrs []netip.Addr) error {
	if err := g.decide(ctx, host, query, addrs); err != nil {
		return err
	}
	g.passed.mu.Lock()
	defer g.passed.mu.Unlock()
	for _, addr := range addrs {
		g.passed.addrs[addr] = true
	}
	return nil
}

// refusals ends the run if there are any, with that of the first host, so that two
// runs say the same.
func (g *guarded) refusals(of map[endpoint.Host]error) {
	if len(of) == 0 {
		return
	}
	first := slices.MinFunc(slices.Collect(maps.Keys(of)), endpoint.CompareHosts)
	err := of[first]
	if more := len(of) - 1; more > 0 {
		err = fmt.Errorf("%w (and %d more of the hosts are refused)", err, more)
	}
	g.refuse(err)
}

func (g *guarded) decide(ctx context.Context, host, query endpoint.Host, addrs []netip.Addr) error {
	rules := g.passed.rules
	_, literal := host.Addr()
	here := false // whether the name is resolved by this machine
	for _, addr := range addrs {
		err := error(nil)
		if !literal && g.standsFor(addr) {
			err = rules.Elsewhere(host)
		} else {
			here = !literal
			err = rules.Address(host, addr)
		}
		if err != nil {
			return err
		}
	}
	if here {
		return rules.Follow(ctx, host, query)
	}
	return nil
}

// standsFor tells whether addr is none of a host's, see [Resolver].
func (g *guarded) standsFor(addr netip.Addr) bool {
	there, ok := g.View.(Resolver)
	return ok && there.StandsFor(addr)
}

// bypassed ends the run, for something of ours asks about an address that was never
// decided on.
func (g *guarded) bypassed(addr netip.Addr) {
	g.refuse(fmt.Errorf("%s was to be probed without being held to %s and %s", addr, guard.Allow, guard.Deny))
}

// Look is that of the View.
func (g *guarded) Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result {
	if addr := t.Addr.Addr(); !g.passed.has(addr) {
		g.bypassed(addr)
		return look.Result{State: look.Unknown, Reason: look.Cancelled, Remote: t.Addr, Start: time.Now()}
	}
	return g.View.Look(ctx, t, timeout)
}

// pinger returns what pings; ok is false if the place cannot.
func (g *guarded) pinger() (p Pinger, ok bool) {
	place, ok := g.View.(Pinger)
	return guardedPinger{g, place}, ok
}

type guardedPinger struct {
	*guarded
	place Pinger
}

// Ping is that of the place.
func (g guardedPinger) Ping(ctx context.Context, addr netip.Addr, timeout time.Duration) bool {
	if !g.passed.has(addr) {
		g.bypassed(addr)
		return false
	}
	return g.place.Ping(ctx, addr, timeout)
}

// hearer returns what tells whether the place keeps packets; ok is false if nothing
// does.
func (g *guarded) hearer() (h Hearer, ok bool) {
	place, ok := g.View.(Hearer)
	return guardedHearer{g, place}, ok
}

type guardedHearer struct {
	*guarded
	place Hearer
}

// Kept is that of the place.
func (g guardedHearer) Kept(ctx context.Context, t look.Target, refused bool, timeout time.Duration) (fault look.Reason, unsure bool) {
	if addr := t.Addr.Addr(); !g.passed.has(addr) {
		g.bypassed(addr)
		return "", false
	}
	return g.place.Kept(ctx, t, refused, timeout)
}
