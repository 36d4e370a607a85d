package baseline

import (
	"maps"
	"slices"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// Change is what is not the same about one host in two baselines.
type Change struct {
	Host           endpoint.Host
	Added, Removed []string // as [Specs] writes ports
}

// Compare says what differs between before and after, in the order of hosts. A
// host that only one of them has is a change, even with no open port. The lists
// of both are as [Specs] writes them; what cannot be read as a port is taken for
// none.
func Compare(before, after Baseline) []Change {
	hosts := slices.SortedFunc(maps.Keys(merged(before, after)), endpoint.CompareHosts)
	var changes []Change
	for _, host := range hosts {
		old, was := before[host]
		now, is := after[host]
		if was == is && slices.Equal(old, now) {
			continue
		}
		open, opened := portsOf(old), portsOf(now)
		changes = append(changes, Change{host, Specs(opened.Minus(open)), Specs(open.Minus(opened))})
	}
	return changes
}

func merged(before, after Baseline) map[endpoint.Host]bool {
	hosts := make(map[endpoint.Host]bool, len(after))
	for host := range before {
		hosts[host] = true
	}
	for host := range after {
		hosts[host] = true
	}
	return hosts
}

// portsOf reads what Specs wrote.
func portsOf(specs []string) endpoint.ByScheme {
	ranges := map[endpoint.Scheme][]endpoint.Range{}
	for _, spec := range specs {
		if ports, scheme, err := endpoint.ParsePorts(spec); err == nil {
			ranges[scheme] = append(ranges[scheme], ports)
		}
	}
	return endpoint.NewByScheme(ranges)
}
