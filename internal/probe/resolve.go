package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Lookup resolves name as this machine does, until ctx ends. The Reason says why
// there are no addresses.
func (Prober) Lookup(ctx context.Context, name endpoint.Host) ([]netip.Addr, look.Reason) {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", string(name))
	if err != nil {
		return nil, resolverFault(err)
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, ""
}

// resolverFault says what an error of the resolver means.
func resolverFault(err error) look.Reason {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return look.NoSuchHost
	case errors.As(err, &dns) && dns.IsTimeout, errors.Is(err, context.DeadlineExceeded):
		return look.ResolverTimeout
	}
	return look.ResolverFailure
}
