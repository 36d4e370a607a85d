package scan

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

const (
	maxLookups  = 32 // names that are resolved at once
	leastLookup = 5 * time.Second
)

// names are hosts, each as the resolver is asked for it.
type names map[endpoint.Host]endpoint.Host

// namesOf are the declared hosts.
func namesOf(declared *endpoint.Declared) names {
	hosts := make(names, len(declared.Hosts))
	for _, h := range declared.Hosts {
		hosts[h.Host] = declared.Query(h.Host)
	}
	return hosts
}

// resolve finds the addresses of hosts, at most maxLookups names at once, and holds
// them to the operator's rules: where these refuse one, ctx ends.
func resolve(ctx context.Context, view *guarded, hosts names, o Options) map[endpoint.Host]Resolution {
	resolved := make(map[endpoint.Host]Resolution, len(hosts))
	refused := map[endpoint.Host]error{}
	var mu sync.Mutex
	keep := func(host endpoint.Host, r Resolution, err error) {
		mu.Lock()
		defer mu.Unlock()
		resolved[host] = r
		if _, ok := errors.AsType[guard.Refusal](err); ok {
			refused[host] = err
		}
	}
	var group errgroup.Group
	group.SetLimit(maxLookups)
	for host, query := range hosts {
		if addr, ok := host.Addr(); ok {
			r := ofFamily([]netip.Addr{addr}, o.IPVersion)
			keep(host, r, view.check(ctx, host, query, r.Addrs))
			continue
		}
		group.Go(func() error {
			r := lookup(ctx, view, query, o)
			keep(host, r, view.check(ctx, host, query, r.Addrs))
			return nil
		})
	}
	_ = group.Wait() // the functions give no errors
	view.refusals(refused)
	return resolved
}

// lookup resolves one name within the time that one look may take, but at least
// leastLookup: name servers are slower than ports.
func lookup(ctx context.Context, view *guarded, query endpoint.Host, o Options) Resolution {
	bounded, cancel := context.WithTimeout(ctx, max(o.Timeout, leastLookup))
	defer cancel()
	addrs, fault := view.Lookup(bounded, query)
	if fault != "" {
		return Resolution{Fault: fault}
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	r := ofFamily(slices.Compact(addrs), o.IPVersion)
	return ofHosts(r, o.OneIsEnough, view.standsFor)
}

// ofHosts finds what of an answer cannot be looked at: addresses that no host has,
// unless they stand for a name, and more addresses than one name may have. If one
// address is enough, it is enough that there is one that a host can have.
func ofHosts(r Resolution, oneIsEnough bool, standsFor func(netip.Addr) bool) Resolution {
	fault := look.Reason("")
	usable := make([]netip.Addr, 0, len(r.Addrs))
	for _, addr := range r.Addrs {
		switch {
		case endpoint.NoHost(addr) == "" || standsFor(addr):
			usable = append(usable, addr)
		case addr.IsUnspecified():
			fault = look.Unspecified
		case fault == "":
			fault = look.NoHostAddress
		}
	}
	switch {
	case fault != "" && (!oneIsEnough || len(usable) == 0):
		return Resolution{Fault: fault}
	case len(usable) > endpoint.MaxAddresses:
		return Resolution{Fault: look.TooManyAddresses}
	case fault != "":
		r.Addrs = usable
	}
	return r
}

// bound takes the addresses from names with which more than MaxEndpoints ports of
// addresses would be looked at, in the order of the declaration, and returns how
// many more there may be: the declaration was held to that limit before its names
// were resolved, and who owns a name chooses how many addresses it has.
func bound(declared *endpoint.Declared, resolved map[endpoint.Host]Resolution) (left int) {
	left = endpoint.MaxEndpoints - declared.Count() // one address a host
	for _, h := range declared.Hosts {
		resolved[h.Host], left = afford(resolved[h.Host], h.Count(), left)
	}
	return left
}

// afford is r for a host with so many ports if left bears its further addresses, and
// what is left then.
func afford(r Resolution, ports, left int) (Resolution, int) {
	more := max(0, len(r.Addrs)-1) * ports
	if more > left {
		return Resolution{Fault: look.TooManyAddresses}, left
	}
	return r, left - more
}

// ofFamily keeps the addresses of one IP version; 0 keeps all.
func ofFamily(addrs []netip.Addr, version int) Resolution {
	addrs = slices.DeleteFunc(addrs, func(a netip.Addr) bool {
		return version == 4 && !a.Is4() || version == 6 && !a.Is6()
	})
	if len(addrs) == 0 {
		return Resolution{Fault: look.NoFamily}
	}
	return Resolution{Addrs: addrs}
}
