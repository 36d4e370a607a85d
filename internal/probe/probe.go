// Package probe takes one look at one endpoint and says what it saw in Nmap's
// words. A look never fails: whatever happens is a [look.Result].
//
// It needs no privileges. On Linux the sockets have IP_RECVERR (ip(7)), so
// that the ICMP error that ended a connect, and its sender, are known;
// elsewhere errno alone has to do.
package probe

import (
	"context"
	"net/netip"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/resolver"
	"github.com/portcheck/terraform-provider-portcheck/internal/service"
)

// Prober looks at endpoints from this machine: it is a place to look from, and
// may look before it is opened. The zero Prober is ready to use. All its methods are safe for
// concurrent use.
type Prober struct {
	// Source is the local address to probe from; the system's choice if
	// invalid. Endpoints of the other family are not affected by it.
	Source netip.Addr

	idle *idle // nil until the Prober is opened
}

// Name is how this machine is called among the places to look from.
func (Prober) Name() string { return "local" }

// Lookup resolves name as this machine does, see [resolver.Lookup].
func (Prober) Lookup(ctx context.Context, name endpoint.Host) ([]netip.Addr, look.Reason) {
	return resolver.Lookup(ctx, name)
}

// Sees is true: this machine can look at endpoints of all schemes.
func (Prober) Sees(endpoint.Scheme) bool { return true }

// Open returns p, which keeps a few sockets for further looks from then on.
func (p Prober) Open(context.Context) (Prober, error) {
	p.idle = newIdle()
	return p, nil
}

// Capacity is how many looks this machine bears at once: each takes a
// descriptor.
func (Prober) Capacity() int { return descriptorBudget() }

// Close closes the sockets that are kept.
func (p Prober) Close() error {
	p.idle.close()
	return nil
}

// Look takes one look that lasts at most timeout. When ctx ends first, the
// result is Unknown with the reason Cancelled.
func (p Prober) Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result {
	r := look.Result{State: look.Unknown, Reason: look.Cancelled, Remote: t.Addr, Start: time.Now()}
	switch {
	case ctx.Err() != nil:
	case t.Scheme == endpoint.TCP:
		p.tcp(ctx, t, 0, timeout, &r)
	default:
		r = p.inWays(ctx, t, timeout, r)
	}
	if r.Reason == look.NoLocalPort && p.noAddress(ctx, t.Addr.Addr()) {
		r.Set(look.Unknown, look.NoRoute)
	}
	if (r.Reason == look.NoRoute || r.Reason == look.PermDenied) && r.ICMP == nil && isBroadcast(t.Addr.Addr()) {
		r.Set(look.Unknown, look.NoHostAddress)
	}
	r.RTT = time.Since(r.Start)
	return r
}

// inWays returns what r becomes when everything but a plain TCP port is looked at. Its r
// is on the heap, that of a plain TCP port is not: there may be a million.
func (p Prober) inWays(ctx context.Context, t look.Target, timeout time.Duration, r look.Result) look.Result {
	once := p.tcp
	if t.Scheme.Transport() == endpoint.UDP {
		once = p.udp
	}
	service.InWays(&r, func(way int) bool { return once(ctx, t, way, timeout, &r) })
	return r
}

// source returns the local socket address for a look at remote, invalid if
// the system is to choose.
func (p Prober) source(remote netip.Addr) netip.AddrPort {
	if !p.Source.IsValid() || p.Source.Is4() != remote.Is4() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(p.Source, 0)
}
