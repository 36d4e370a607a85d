package endpoint

import (
	"net/netip"
	"slices"
)

// transports returns the plain ports below those of b.
func transports(b ByScheme) ByScheme {
	below := ByScheme{}
	for scheme, ports := range b {
		below[scheme.Transport()] = below[scheme.Transport()].Union(ports)
	}
	return below
}

// on returns the declared ports of host, whose open ports are open. Where ports
// overlap, the first word in Wants holds.
func (h HostPorts) on(host Host, open ByScheme) HostPorts {
	before := transports(open)
	unfiltered := h.Unfiltered.Minus(before)
	before = before.Union(unfiltered)
	filtered := h.Filtered.Minus(before)
	return HostPorts{host, open, unfiltered, filtered, h.Closed.Minus(before.Union(filtered))}
}

func (r *resolver) build(specs []hostSpec, ports HostPorts, baseline map[Host]ByScheme) *Declared {
	d := &Declared{hosts: make(map[Host]bool, len(specs)), openOnHosts: ports.Open, absolute: r.absolute, Empty: r.empty}
	onHosts := ports.on("", ports.Open)
	for _, spec := range specs {
		for host := range spec.all() {
			d.hosts[host] = true
		}
	}
	for host := range d.hosts {
		if _, both := baseline[host]; !both {
			onHosts.Host = host
			d.Hosts = append(d.Hosts, onHosts)
		}
	}
	for host, open := range baseline {
		if d.hosts[host] {
			open = open.Union(ports.Open)
		}
		d.Hosts = append(d.Hosts, ports.on(host, open))
	}
	sortHosts(d.Hosts)
	d.take(d.Hosts)
	return d
}

// take gives d its hosts, which are in order, and counts their endpoints.
func (d *Declared) take(hosts []HostPorts) {
	d.Hosts, d.OpenCount, d.UnfilteredCount, d.FilteredCount, d.ClosedCount = hosts, 0, 0, 0, 0
	for _, h := range hosts {
		d.OpenCount += h.Open.count()
		d.UnfilteredCount += h.Unfiltered.count()
		d.FilteredCount += h.Filtered.count()
		d.ClosedCount += h.Closed.count()
	}
}

// sortHosts orders as CompareHosts does, but parses each address only once.
func sortHosts(hosts []HostPorts) {
	addrs := make(map[Host]netip.Addr, len(hosts))
	for _, h := range hosts {
		addrs[h.Host], _ = h.Host.Addr()
	}
	slices.SortFunc(hosts, func(a, b HostPorts) int { return compareHosts(a.Host, b.Host, addrs[a.Host], addrs[b.Host]) })
}
