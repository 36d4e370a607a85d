package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// hostsAlike are hosts that have one cause at some ports.
type hostsAlike struct {
	cause verdict.Cause
	hosts string // empty if they are those of a list before
	count int
	ports map[endpoint.Scheme][]endpoint.Range
}

// hostLists are the hosts and ports of each cause for which the lines of a table
// have no room, given how many characters of hosts a line has. Hosts that have one
// cause at several ports are listed once. Where they have several causes, all lists
// but the first have no hosts.
func hostLists(lines []tableLine, most int) []hostsAlike {
	var lists []hostsAlike
	for _, l := range lines {
		hosts := hostList(l.hosts)
		if _, cut := shortened(hosts, most); len(l.hosts) == 1 || !cut && len(l.every) == 1 {
			continue
		}
		f := l.findings[0]
		at := slices.IndexFunc(lists, func(h hostsAlike) bool { return h.cause == f.Cause && h.hosts == hosts })
		if at < 0 {
			at = len(lists)
			lists = append(lists, hostsAlike{f.Cause, hosts, len(l.hosts), map[endpoint.Scheme][]endpoint.Range{}})
		}
		lists[at].ports[f.Endpoint.Scheme] = append(lists[at].ports[f.Endpoint.Scheme], l.ranges...)
	}
	listed := map[string]bool{}
	for i := range lists {
		h := &lists[i]
		if listed[h.hosts] {
			h.hosts = ""
		}
		listed[h.hosts] = true
	}
	return lists
}

// where begins a list; hosts follow if there are any.
func (h hostsAlike) where() string {
	if h.hosts == "" {
		return fmt.Sprintf("%s at %s of the same %d hosts.", h.cause, portsOf(h.ports), h.count)
	}
	return fmt.Sprintf("%s at %s of %d hosts: ", h.cause, portsOf(h.ports), h.count)
}

// portsOf writes the ports of schemes as declarations do: ports 22, 80-81, 53/udp.
func portsOf(ports map[endpoint.Scheme][]endpoint.Range) string {
	var parts []string
	n := 0
	for _, scheme := range slices.Sorted(maps.Keys(ports)) {
		all := endpoint.NewPorts(ports[scheme]...)
		n += all.Len()
		for part := range strings.SplitSeq(all.String(), ",") {
			parts = append(parts, part+suffix(scheme))
		}
	}
	list, _ := shortened(strings.Join(parts, ","), maxHosts/2)
	return plural(n, "port") + " " + strings.ReplaceAll(list, ",", ", ")
}
