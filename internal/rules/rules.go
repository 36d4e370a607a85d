// Package rules reads the rules of cloud firewalls, as attributes of Terraform
// resources have them, and returns the ports that they let in. It is pure, and
// needs no cloud.
//
// [AWSIngress], [GoogleFirewallAllow] and [AzureRulePorts] turn what a cloud has
// into rules of one kind, and asked decides which ports these let in. The rules are
// plain values, as encoding/json makes them of an object: nil, bool, float64,
// string, []any, map[string]any; and [Unknown].
//
// Errors are for the person who gave a wrong value: they name it, say what was
// given and what was expected. They come before [ErrUnknown].
package rules

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// rule is one rule for packets that come in.
type rule struct {
	tcp, udp bool
	ports    endpoint.Ports
	deny     bool
	priority float64 // the rule with the lowest decides
	sources  sources
}

// sources are where the packets of a rule come from.
type sources struct {
	prefixes []netip.Prefix
	names    []string // of groups, lists and tags whose addresses only the cloud knows
}

// everything is what "*" stands for.
var everything = []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}

// anywhere are the sources of a rule whose sources do not matter.
var anywhere = sources{prefixes: everything}

// everyIPv4 tells whether s has all of IPv4. Then it has what any name stands for
// too: members of groups have IPv4 addresses.
func (s sources) everyIPv4() bool { return slices.Contains(s.prefixes, everything[0]) }

// open returns the ports that rules let in: those of TCP, such as "22" or
// "8000-8010", then those of UDP, such as "53/udp", each in order and none twice.
func (a asked) open(rules []rule) []string {
	slices.SortStableFunc(rules, func(x, y rule) int {
		return cmp.Or(cmp.Compare(x.priority, y.priority), compareDeny(x, y))
	})
	ports := []string{}
	if a.tcp {
		for _, r := range a.openOf(rules, func(r rule) bool { return r.tcp }) {
			ports = append(ports, endpoint.Spec(r, endpoint.TCP))
		}
	}
	if a.udp {
		for _, r := range a.openOf(rules, func(r rule) bool { return r.udp }) {
			ports = append(ports, endpoint.Spec(r, endpoint.UDP))
		}
	}
	return ports
}

// compareDeny puts rules that deny first.
func compareDeny(x, y rule) int {
	switch {
	case x.deny == y.deny:
		return 0
	case x.deny:
		return -1
	}
	return 1
}

// openOf returns the ports that those of rules let in that are of a protocol.
func (a asked) openOf(rules []rule, is func(rule) bool) endpoint.Ports {
	rules = slices.DeleteFunc(slices.Clone(rules), func(r rule) bool { return !is(r) })
	var open []endpoint.Range
	for _, part := range parts(rules) {
		var of []rule
		for _, r := range rules {
			if r.ports.Contains(part.First) {
				of = append(of, r)
			}
		}
		if a.admitted(of) {
			open = append(open, part)
		}
	}
	return endpoint.NewPorts(open...)
}

// parts cuts all ports wherever a rule begins or ends: a rule has all ports of a
// part or none.
func parts(rules []rule) []endpoint.Range {
	begins := []int{1}
	for _, r := range rules {
		for _, ports := range r.ports {
			begins = append(begins, int(ports.First), int(ports.Last)+1)
		}
	}
	slices.Sort(begins)
	begins = slices.Compact(begins)
	var all []endpoint.Range
	for i, first := range begins {
		last := maxPort
		if i+1 < len(begins) {
			last = begins[i+1] - 1
		}
		if first <= last {
			all = append(all, endpoint.Range{First: uint16(first), Last: uint16(last)}) //nolint:gosec // ports, from 1 to maxPort
		}
	}
	return all
}

// admitted tells whether rules, the first of which that fits decides, let in what
// is asked for.
func (a asked) admitted(rules []rule) bool {
	switch {
	case len(a.prefixes) > 0:
		return slices.ContainsFunc(a.prefixes, func(p netip.Prefix) bool { return a.admits(p, rules) })
	case len(a.names) > 0:
		for _, r := range rules {
			if r.sources.everyIPv4() || a.named(r.sources) {
				return !r.deny
			}
		}
		return false
	}
	return anyAdmitted(rules)
}

// admits tells whether rules let in each address of p.
func (a asked) admits(p netip.Prefix, rules []rule) bool {
	var allowed []netip.Prefix
	for _, r := range rules {
		from := r.sources.prefixes
		if a.named(r.sources) {
			from = []netip.Prefix{p}
		}
		if !r.deny {
			if allowed = append(allowed, from...); covers(allowed, p) {
				return true
			}
			continue
		}
		for _, denied := range from {
			if part, ok := common(p, denied); ok && !covers(allowed, part) {
				return false
			}
		}
	}
	return false
}

// anyAdmitted tells whether rules let in anything.
func anyAdmitted(rules []rule) bool {
	var denied sources
	for _, r := range rules {
		if r.deny {
			denied.prefixes = append(denied.prefixes, r.sources.prefixes...)
			denied.names = append(denied.names, r.sources.names...)
			continue
		}
		for _, p := range r.sources.prefixes {
			if !covers(denied.prefixes, p) {
				return true
			}
		}
		for _, name := range r.sources.names {
			if !denied.everyIPv4() && !slices.Contains(denied.names, name) {
				return true
			}
		}
	}
	return false
}

// common returns the addresses that p and q have both.
func common(p, q netip.Prefix) (netip.Prefix, bool) {
	if p.Bits() < q.Bits() {
		p, q = q, p
	}
	return p, p.Overlaps(q)
}

// covers tells whether blocks have each address of p between them.
func covers(blocks []netip.Prefix, p netip.Prefix) bool {
	var inside []netip.Prefix
	for _, b := range blocks {
		switch {
		case !b.Overlaps(p):
		case b.Bits() <= p.Bits():
			return true
		default:
			inside = append(inside, b)
		}
	}
	if len(inside) == 0 {
		return false
	}
	first, second := halves(p)
	return covers(inside, first) && covers(inside, second)
}

// halves cuts p, which is more than one address, in two.
func halves(p netip.Prefix) (first, second netip.Prefix) {
	bits := p.Bits() + 1
	address := p.Addr().AsSlice()
	address[(bits-1)/8] |= 0x80 >> ((bits - 1) % 8)
	middle, _ := netip.AddrFromSlice(address)
	return netip.PrefixFrom(p.Addr(), bits), netip.PrefixFrom(middle, bits)
}
