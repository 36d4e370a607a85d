package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

const (
	maxAlike = 3   // rows that differ only in the host, before they become one
	maxList  = 40  // characters of a list of ports or hosts in the table
	maxHosts = 400 // characters of a list of hosts under it
)

// portGroup is a row of the table: findings of one host that differ only in the
// port.
type portGroup struct {
	findings []verdict.Finding
	ports    endpoint.Ports
}

func (g portGroup) all() []verdict.Finding { return g.findings }

// first returns a finding that stands for all of g.
func (g portGroup) first() verdict.Finding { return g.findings[0] }

// group collects findings that differ only in the port, in the order of the
// first of each.
func group(findings []verdict.Finding) []portGroup {
	type key struct {
		from   string
		host   endpoint.Host
		scheme endpoint.Scheme
		want   endpoint.Want
		state  look.State
		reason look.Reason
		cause  verdict.Cause
		waiver endpoint.Waiver // of one that holds
	}
	index := map[key]int{}
	var groups []portGroup
	for _, f := range findings {
		k := key{from: f.From, host: f.Endpoint.Host, scheme: f.Endpoint.Scheme, want: f.Want, state: f.Last.State, reason: f.Last.Reason, cause: f.Cause}
		if f.Excused() {
			k.waiver = *f.Waiver
		}
		i, ok := index[k]
		if !ok {
			i = len(groups)
			index[k] = i
			groups = append(groups, portGroup{})
		}
		groups[i].findings = append(groups[i].findings, f)
	}
	for i, g := range groups {
		ranges := make([]endpoint.Range, len(g.findings))
		for j, f := range g.findings {
			ranges[j] = endpoint.Range{First: f.Endpoint.Port, Last: f.Endpoint.Port}
		}
		groups[i].ports = endpoint.NewPorts(ranges...)
	}
	return groups
}

// endpoints writes the endpoints of a row as one: tcp://web:80,8000-8010.
func (g portGroup) endpoints() string {
	list, cut := shortened(g.ports.String(), maxList)
	if cut {
		list += fmt.Sprintf(" (%d ports)", g.ports.Len())
	}
	return g.prefix() + list + andMore(size(g.findings)-len(g.findings), "")
}

// prefix returns the part of the row's endpoints before the port.
func (g portGroup) prefix() string {
	e := g.findings[0].Endpoint
	return strings.TrimSuffix(e.String(), strconv.Itoa(int(e.Port)))
}

// shortened cuts a list that is longer than most bytes, between two elements.
// The first element is never cut.
func shortened(list string, most int) (text string, cut bool) {
	if len(list) <= most {
		return list, false
	}
	end := max(strings.LastIndexByte(list[:most], ','), strings.IndexByte(list, ','))
	if end < 0 {
		return list, false
	}
	return list[:end] + ",…", true
}

// tableLine is a line of the table: a portGroup, or several that are alike.
type tableLine struct {
	portGroup                 // the first of them
	hosts     []endpoint.Host // of all of them
	every     []string        // their ports, each once
	ranges    []endpoint.Range
	count     int // endpoints of all of them
}

// linesOf makes one line of groups that differ only in the host, if they are
// more than maxAlike, in the order of the first of each. Fifty dead hosts are
// one piece of news.
func linesOf(groups []portGroup) []tableLine {
	type key struct {
		from   string
		scheme endpoint.Scheme
		want   endpoint.Want
		state  look.State
		reason look.Reason
		cause  verdict.Cause
		ports  string // empty if the cause is about more than the endpoint
	}
	keyOf := func(g portGroup) key {
		f := g.findings[0]
		k := key{f.From, f.Endpoint.Scheme, f.Want, f.Last.State, f.Last.Reason, f.Cause, ""}
		if f.Cause.Scope() == verdict.OfEndpoint {
			k.ports = g.ports.String()
		}
		return k
	}
	many := map[key]int{}
	for _, g := range groups {
		many[keyOf(g)]++
	}
	var lines []tableLine
	index := map[key]int{}
	for _, g := range groups {
		k := keyOf(g)
		i, begun := index[k]
		if !begun || many[k] <= maxAlike {
			i = len(lines)
			index[k] = i
			lines = append(lines, tableLine{portGroup: g})
		}
		l := &lines[i]
		l.hosts = append(l.hosts, g.findings[0].Endpoint.Host)
		if ports := g.ports.String(); !slices.Contains(l.every, ports) {
			l.every = append(l.every, ports)
			l.ranges = append(l.ranges, g.ports...)
		}
		l.count += size(g.findings)
	}
	return lines
}

// endpoints writes the endpoints of a line as one: those of one host as its
// row does, those of many as tcp://198.51.100.1-198.51.100.50:22 (50 hosts), with
// hosts in about most characters.
func (l tableLine) endpoints(most int) string {
	if len(l.hosts) == 1 {
		return l.portGroup.endpoints()
	}
	scheme := string(l.findings[0].Endpoint.Scheme) + "://"
	hosts, _ := shortened(hostList(l.hosts), most)
	if len(l.every) > 1 { // hostLists has the ports
		return fmt.Sprintf("%s%s (%d endpoints of %d hosts)", scheme, hosts, l.count, len(l.hosts))
	}
	ports, _ := shortened(l.every[0], maxList)
	return fmt.Sprintf("%s%s:%s (%d hosts)", scheme, hosts, ports, len(l.hosts))
}

// hostList lists hosts as a URL has them, addresses that follow each other as
// one.
func hostList(hosts []endpoint.Host) string {
	var parts []string
	for len(hosts) > 0 {
		n := 1
		for n < len(hosts) && follows(hosts[n-1], hosts[n]) {
			n++
		}
		part := hosts[0].InURL()
		if n > 1 {
			part += "-" + hosts[n-1].InURL()
		}
		parts = append(parts, part)
		hosts = hosts[n:]
	}
	return strings.Join(parts, ",")
}

// follows tells whether b is the address after a.
func follows(a, b endpoint.Host) bool {
	first, ok := a.Addr()
	second, isAddr := b.Addr()
	return ok && isAddr && first.Next() == second
}

// firsts returns the first group of each line.
func firsts(lines []tableLine) []portGroup {
	groups := make([]portGroup, len(lines))
	for i, l := range lines {
		groups[i] = l.portGroup
	}
	return groups
}

// table has a row for each line, with its place if placed.
func table(lines []tableLine, placed bool) string {
	table := newTable(placed, "ENDPOINT", "DECLARED", "FOUND", "REASON", "CAUSE")
	for _, l := range lines[:min(len(lines), maxRows)] {
		f := l.findings[0]
		table.row(f.From, l.endpoints(maxList), f.Want, f.Last.State, f.Last.Reason, f.Cause)
	}
	left := 0
	for _, l := range lines[min(len(lines), maxRows):] {
		left += l.count
	}
	text := table.String() + moreRows(left, "endpoints")
	for _, list := range hostLists(lines[:min(len(lines), maxRows)], maxList) {
		hosts, _ := shortened(list.hosts, maxHosts)
		text += "\n\n" + wrap(list.where()+strings.ReplaceAll(hosts, ",", ", "))
	}
	return text
}
