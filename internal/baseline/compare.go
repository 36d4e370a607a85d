package baseline

import (
	"maps"
	"slices"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// Change is the difference between the open ports of one host in two baselines.
type Change struct {
	Host           endpoint.Host
	Added, Removed []string // as [Specs] writes ports
}

// Compare returns the differences between before and after, in the order of
// hosts. A host in only one of them is a change, even with no open port. Both
// have their lists as [Specs] writes them; an entry that cannot be read as a
// port is ignored.
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
		changes = append(changes, Change{host, opened.Minus(open).Specs(), open.Minus(opened).Specs()})
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

// portsOf is the inverse of Specs.
func portsOf(specs []string) endpoint.ByScheme {
	ranges := map[endpoint.Scheme][]endpoint.Range{}
	for _, spec := range specs {
		if ports, scheme, err := endpoint.ParsePortRange(spec); err == nil {
			ranges[scheme] = append(ranges[scheme], ports)
		}
	}
	return endpoint.NewByScheme(ranges)
}
