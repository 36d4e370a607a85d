// Package resolver resolves the names of hosts as this machine does, for every place
// whose names resolve here.
package resolver

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Lookup resolves name with the resolver of this machine, until ctx ends. A name with
// a dot at its end is absolute: no search domain is added to it. Addresses are of
// IPv4 or IPv6, never IPv4-mapped. The Reason says why there are none.
func Lookup(ctx context.Context, name endpoint.Host) ([]netip.Addr, look.Reason) {
	if name == "localhost." {
		// It is this machine whatever name servers say (RFC 6761 section 6.3), and
		// the file of hosts has it without the dot.
		name = "localhost"
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", string(name))
	if err != nil {
		return nil, fault(err)
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, ""
}

// fault says what an error of the resolver means.
func fault(err error) look.Reason {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return look.NoSuchHost
	case errors.As(err, &dns) && dns.IsTimeout, errors.Is(err, context.DeadlineExceeded):
		return look.ResolverTimeout
	}
	return look.ResolverFailure
}
