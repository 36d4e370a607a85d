package guard

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// Follow asks the resolver of this machine which name the name query is an alias of,
// and decides on that; h is query as declared. It asks only where that can matter, and
// an answer that does not come decides against the name.
func (p Policy) Follow(ctx context.Context, h, query endpoint.Host) error {
	if h == "localhost" || !slices.ContainsFunc(p.deny, func(r rule) bool { return !r.ofAddresses() }) {
		return nil
	}
	name, err := net.DefaultResolver.LookupCNAME(ctx, string(query))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	canonical, wrong := endpoint.ParseHost(strings.TrimSuffix(name, "."))
	if err != nil || wrong != nil {
		return refuse(h, "the resolver does not tell which name %s is an alias of, and the environment variable %s has names", h, Deny)
	}
	return p.Canonical(h, canonical)
}

// Dial connects from this machine to address, such as "bastion.example.com:22", until
// ctx ends, if the host may be connected to. Whatever it resolves to is decided on
// before the first packet is sent there.
func (p Policy) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	text, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	h, err := endpoint.ParseHost(text)
	if err != nil {
		return nil, err
	}
	if err := p.Host(h); err != nil {
		return nil, err
	}
	if _, literal := h.Addr(); !literal {
		if err := p.Follow(ctx, h, endpoint.Host(text)); err != nil {
			return nil, err
		}
	}
	dialer := net.Dialer{Control: func(_, to string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(to)
		if err != nil {
			return err
		}
		return p.Address(h, at.Addr())
	}}
	return dialer.DialContext(ctx, network, address)
}
