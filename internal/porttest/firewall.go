package porttest

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// Place is where in the lab a firewall rule is.
type Place string

const (
	// Router is the forward chain of the router, a firewall on the way.
	Router Place = "router"
	// Host is the input chain of the server, a firewall on the host itself. Its
	// ICMP errors come from the address that was probed.
	Host Place = "host"
	// Prober is the output chain of the prober, a firewall of our own. Its ICMP
	// errors come from the prober's own address.
	Prober Place = "prober"
)

// Rule is what a firewall does with the packets to an endpoint: one of the
// constants, or any other nftables statement, such as "limit rate over
// 10/second drop". A statement that decides nothing leaves the packet to the
// rule of the whole host, if any.
//
// The rules apply to TCP and UDP, except [RejectReset]. ICMP types and codes
// below are those of IPv4 (RFC 792, RFC 1812) and IPv6 (RFC 4443), in this
// order, written type/code.
type Rule string

const (
	// Accept lets packets pass, also to a host that [Lab.SetAll] blocks.
	Accept Rule = "accept"
	// Drop drops packets in silence.
	Drop Rule = "drop"
	// RejectReset answers TCP with a reset. UDP has no reset and is not
	// affected.
	RejectReset Rule = "reject with tcp reset"
	// RejectPort answers port unreachable: ICMP 3/3, 1/4.
	RejectPort Rule = "port-unreachable"
	// RejectAdmin answers administratively prohibited: ICMP 3/13, 1/1.
	RejectAdmin Rule = "admin-prohibited"
	// RejectHost answers host or address unreachable: ICMP 3/1, 1/3.
	RejectHost Rule = "host-unreachable"
	// RejectNet answers network unreachable or no route: ICMP 3/0, 1/0.
	RejectNet Rule = "net-unreachable"
	// RejectProto answers protocol unreachable: ICMP 3/2, IPv4 only.
	RejectProto Rule = "prot-unreachable"
	// RejectNetProhibited answers network prohibited: ICMP 3/9, IPv4 only.
	RejectNetProhibited Rule = "net-prohibited"
	// RejectHostProhibited answers host prohibited: ICMP 3/10, IPv4 only.
	RejectHostProhibited Rule = "host-prohibited"
	// RejectPolicy answers that the source address fails a policy: ICMP 1/5,
	// IPv6 only.
	RejectPolicy Rule = "policy-fail"
	// RejectRoute answers "reject route": ICMP 1/6, IPv6 only.
	RejectRoute Rule = "reject-route"
)

// RejectCode answers ICMP destination unreachable with the given code, 3/code in
// IPv4 and 1/code in IPv6: for codes that nftables has no name for.
func RejectCode(code uint8) Rule {
	return Rule(fmt.Sprintf("code %d", code))
}

// rejects has nftables' names for the ICMP rejects, "" where the address family
// lacks the reject.
var rejects = map[Rule]struct{ ipv4, ipv6 string }{
	RejectPort:           {"port-unreachable", "port-unreachable"},
	RejectAdmin:          {"admin-prohibited", "admin-prohibited"},
	RejectHost:           {"host-unreachable", "addr-unreachable"},
	RejectNet:            {"net-unreachable", "no-route"},
	RejectProto:          {"prot-unreachable", ""},
	RejectNetProhibited:  {"net-prohibited", ""},
	RejectHostProhibited: {"host-prohibited", ""},
	RejectPolicy:         {"", "policy-fail"},
	RejectRoute:          {"", "reject-route"},
}

// statements returns the rule as nftables has it for IPv4 or IPv6: mostly one
// statement, and for [Ban] two, in their order.
func (r Rule) statements(ipv4 bool) ([]string, error) {
	icmp := "icmpv6"
	if ipv4 {
		icmp = "icmp"
	}
	if b, ok := parseBan(r); ok {
		return b.statements(ipv4)
	}
	if code, ok := strings.CutPrefix(string(r), "code "); ok {
		return []string{"reject with " + icmp + " type " + code}, nil
	}
	names, ok := rejects[r]
	if !ok {
		return []string{string(r)}, nil
	}
	name := names.ipv6
	if ipv4 {
		name = names.ipv4
	}
	if name == "" {
		return nil, fmt.Errorf("%s has no %s", icmp, r)
	}
	return []string{"reject with " + icmp + " type " + name}, nil
}

// ruleset is the wanted content of one chain.
type ruleset struct {
	endpoints map[netip.AddrPort]Rule
	hosts     map[netip.Addr]Rule
	all       Rule // for every packet, before the others; "": no such rule
}

// empty tells whether the chain has no rule of its own.
func (s *ruleset) empty() bool { return len(s.endpoints)+len(s.hosts) == 0 && s.all == "" }

// Set makes rule the answer of the firewall at a place to the TCP and UDP
// packets to dst, in place of any earlier rule. The rule is in force when Set
// returns, and there is no moment without a rule. Set fails if the address
// family of dst does not have the rule.
//
// The counts of all rules at the place, such as those of [Policer] and [Ban],
// begin anew. For a firewall that changes in the middle of a scan, run the scan
// in a goroutine of its own and call Set from that of the test.
func (l *Lab) Set(at Place, dst netip.AddrPort, rule Rule) {
	l.SetEach(at, map[netip.AddrPort]Rule{dst: rule})
}

// SetEach is [Lab.Set] for many endpoints at once: 65,535 as root, but as an
// ordinary user some 6,000 in all (measured), because the kernel then bounds the
// size of the transaction. [Lab.SetAll] has no such limit.
func (l *Lab) SetEach(at Place, rules map[netip.AddrPort]Rule) {
	wanted := l.wanted(at)
	for dst, rule := range rules {
		wanted.endpoints[netip.AddrPortFrom(dst.Addr().Unmap(), dst.Port())] = rule
	}
	l.check(fmt.Sprintf("set rules at the %s", at), l.apply(at, wanted))
}

// SetAll makes rule the answer to the packets to all TCP and UDP ports of a
// host, except endpoints that have a rule of their own from [Lab.Set].
func (l *Lab) SetAll(at Place, host netip.Addr, rule Rule) {
	wanted := l.wanted(at)
	wanted.hosts[host.Unmap()] = rule
	l.check(fmt.Sprintf("set %q for %s at the %s", rule, host, at), l.apply(at, wanted))
}

// wanted returns a copy of the rules at a place, to be changed and applied.
func (l *Lab) wanted(at Place) *ruleset {
	wanted := &ruleset{endpoints: map[netip.AddrPort]Rule{}, hosts: map[netip.Addr]Rule{}}
	if now, ok := l.rules[at]; ok {
		maps.Copy(wanted.endpoints, now.endpoints)
		maps.Copy(wanted.hosts, now.hosts)
		wanted.all = now.all
	}
	return wanted
}

// apply replaces the chain at a place in one transaction.
func (l *Lab) apply(at Place, wanted *ruleset) error {
	var ns *netns
	var hook string
	switch at {
	case Router:
		ns, hook = l.router, "forward"
	case Host:
		ns, hook = l.server, "input"
	case Prober:
		hook = "output" // in the namespace of this process
	default:
		return fmt.Errorf("unknown place %q, expected %q, %q or %q", at, Router, Host, Prober)
	}
	script, err := wanted.script(hook)
	if err != nil {
		return err
	}
	if err := ns.do(func() error { return nft().run(script) }); err != nil {
		return err
	}
	l.rules[at] = wanted
	return nil
}

// script writes the chain: the rule of every packet, then those of endpoints,
// then those of hosts. Destinations that share a rule are one set, so that a
// thousand endpoints cost a packet as little as one.
//
// A packet on its way into the relay passes without a rule. It comes back from
// there, and only then do the rules act on it: no rule acts twice.
func (s *ruleset) script(hook string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "add table inet porttest\n")
	fmt.Fprintf(&b, "add chain inet porttest rules { type filter hook %s priority 0; policy accept; }\n", hook)
	fmt.Fprintf(&b, "flush chain inet porttest rules\n")
	writeBanSets(&b, s)
	fmt.Fprintf(&b, "add rule inet porttest rules oifname %s accept\n", relayDevice)
	if s.all != "" {
		fmt.Fprintf(&b, "add rule inet porttest rules %s\n", s.all)
	}

	endpoints := map[group][]string{}
	for dst, rule := range s.endpoints {
		g := group{dst.Addr().Is4(), rule}
		endpoints[g] = append(endpoints[g], fmt.Sprintf("%s . %d", dst.Addr(), dst.Port()))
	}
	hosts := map[group][]string{}
	for host, rule := range s.hosts {
		g := group{host.Is4(), rule}
		hosts[g] = append(hosts[g], host.String())
	}
	if err := writeRules(&b, endpoints, "daddr . th dport"); err != nil {
		return "", err
	}
	if err := writeRules(&b, hosts, "daddr"); err != nil {
		return "", err
	}
	return b.String(), nil
}

// group is the key of destinations that can share one nftables rule.
type group struct {
	ipv4 bool
	rule Rule
}

// writeRules writes one rule for each group, in a fixed order.
func writeRules(b *strings.Builder, groups map[group][]string, match string) error {
	order := slices.SortedFunc(maps.Keys(groups), func(x, y group) int {
		return cmp.Compare(fmt.Sprint(x), fmt.Sprint(y))
	})
	for _, g := range order {
		statements, err := g.rule.statements(g.ipv4)
		if err != nil {
			return err
		}
		family := "ip6"
		if g.ipv4 {
			family = "ip"
		}
		slices.Sort(groups[g])
		for _, statement := range statements {
			protocols := "{ tcp, udp }"
			if g.rule == RejectReset || strings.HasPrefix(statement, "tcp ") {
				protocols = "tcp" // nft refuses anything else
			}
			fmt.Fprintf(b, "add rule inet porttest rules meta l4proto %s %s %s { %s } %s\n",
				protocols, family, match, strings.Join(groups[g], ", "), statement)
		}
	}
	return nil
}
