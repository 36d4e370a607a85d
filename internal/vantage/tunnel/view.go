package tunnel

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/resolver"
	"github.com/portcheck/terraform-provider-portcheck/internal/service"
)

// View looks at endpoints through an open place. Its methods are safe for
// concurrent use.
type View struct {
	link     link
	release  func()
	capacity int
	names    *standIns // nil: names are resolved here
}

// newView holds a place and makes a View of it.
func newView(ctx context.Context, h holder, capacity int, resolveThere bool) (*View, error) {
	l, release, err := h.hold(ctx)
	if err != nil {
		return nil, err
	}
	v := &View{link: l, release: release, capacity: capacity}
	if resolveThere {
		v.names = &standIns{}
	}
	return v, nil
}

// Look takes one look that lasts at most timeout. When ctx ends first, the result
// is Unknown with the reason Cancelled. Local is invalid: the connection begins at
// the place, which does not tell from where.
func (v *View) Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result {
	r := look.Result{State: look.Unknown, Reason: look.Cancelled, Remote: t.Addr, Start: time.Now()}
	if ctx.Err() == nil {
		service.InWays(&r, func(way int) bool { return v.once(ctx, t, way, r.Start.Add(timeout), &r) })
	}
	r.RTT = time.Since(r.Start)
	return r
}

// once fills r by one connection. next is as [service.Converse] has it.
func (v *View) once(ctx context.Context, t look.Target, way int, deadline time.Time, r *look.Result) (next bool) {
	bounded, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	conn, err := v.link.dial(bounded, v.address(t.Addr))
	if err != nil {
		if ctx.Err() == nil {
			refusalOf(err).fill(r)
		}
		return false
	}
	r.Set(look.Open, look.SynAck)
	doubted, _ := conn.(*doubtful)
	if t.Scheme.Service() {
		next = service.Converse(ctx, conn, t, way, deadline, r)
		if ctx.Err() == nil && doubted.endedAtOnce() {
			endedAtOnce.fill(r)
			return false
		}
		return next
	}
	if doubted != nil {
		doubted.await(bounded)
		switch {
		case ctx.Err() != nil:
			r.Set(look.Unknown, look.Cancelled)
		case doubted.endedAtOnce():
			endedAtOnce.fill(r)
		}
	}
	_ = conn.Close()
	return false
}

// address is what the place is asked to connect to.
func (v *View) address(at netip.AddrPort) string {
	if name, ok := v.names.name(at.Addr()); ok {
		return net.JoinHostPort(name, strconv.Itoa(int(at.Port())))
	}
	return at.String()
}

// Lookup resolves name as this machine does, until ctx ends. With ResolveThere it
// asks nobody and gives the name's stand-in, see [StandIn]: whether the place can
// resolve the name is known once it is asked to connect.
func (v *View) Lookup(ctx context.Context, name endpoint.Host) ([]netip.Addr, look.Reason) {
	if v.names != nil {
		return v.names.addr(name)
	}
	return resolver.Lookup(ctx, name)
}

// StandsFor tells whether addr is the stand-in of a name.
func (v *View) StandsFor(addr netip.Addr) bool {
	_, ok := v.names.name(addr)
	return ok
}

// Capacity is how many looks the place bears at once.
func (v *View) Capacity() int { return v.capacity }

// Close ends what Open began, and waits for it.
func (v *View) Close() error {
	v.release()
	return nil
}
