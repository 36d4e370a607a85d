package scan

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

const (
	maxLookups  = 32 // names that are resolved at once
	leastLookup = 5 * time.Second
)

// resolve finds the addresses of all declared hosts, each once.
func resolve(ctx context.Context, view View, declared *endpoint.Declared, o Options) map[endpoint.Host]Resolution {
	hosts := make(map[endpoint.Host]bool, len(declared.Hosts))
	for _, h := range declared.Hosts {
		hosts[h.Host] = true
	}
	return resolveHosts(ctx, view, hosts, o)
}

// resolveHosts finds the addresses of hosts, at most maxLookups names at once.
func resolveHosts(ctx context.Context, view View, hosts map[endpoint.Host]bool, o Options) map[endpoint.Host]Resolution {
	resolved := make(map[endpoint.Host]Resolution, len(hosts))
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(maxLookups)
	for host := range hosts {
		if addr, ok := host.Addr(); ok {
			mu.Lock()
			resolved[host] = ofFamily([]netip.Addr{addr}, o.IPVersion)
			mu.Unlock()
			continue
		}
		group.Go(func() error {
			r := lookup(ctx, view, host, o)
			mu.Lock()
			defer mu.Unlock()
			resolved[host] = r
			return nil
		})
	}
	_ = group.Wait() // the functions give no errors
	return resolved
}

// lookup resolves one name within the time that one look may take, but at least
// leastLookup: name servers are slower than ports.
func lookup(ctx context.Context, view View, host endpoint.Host, o Options) Resolution {
	bounded, cancel := context.WithTimeout(ctx, max(o.Timeout, leastLookup))
	defer cancel()
	addrs, fault := view.Lookup(bounded, host)
	if fault != "" {
		return Resolution{Fault: fault}
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return ofFamily(slices.Compact(addrs), o.IPVersion)
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
