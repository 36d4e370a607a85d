package porttest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// synOnly matches the packet that opens a TCP connection. writeRules writes
// statements that begin with "tcp " for TCP alone.
const synOnly = "tcp flags & (syn | ack) == syn"

// Loss drops this share of the packets to an endpoint, each by its own chance.
// The answers of the endpoint are not affected; see [Lab.Lose] for both
// directions.
func Loss(percent float64) Rule {
	if percent >= 100 {
		return Drop // nft refuses a comparison that is always true
	}
	return Rule(fmt.Sprintf("numgen random mod 100000 < %.0f drop", percent*1000))
}

// Policer drops the TCP SYNs above a rate in silence: burst at once, then
// perSecond. All endpoints of one address family that have the same policer at
// a place share it, whoever sends.
func Policer(perSecond, burst int) Rule {
	return Rule(fmt.Sprintf("%s limit rate over %d/second burst %d packets drop", synOnly, perSecond, burst))
}

// Ban is an intrusion-prevention system. A source address that sends TCP SYNs
// above a rate, perSecond with a burst of as many, loses all its TCP and UDP
// packets, also those of established connections, for this long; then it counts
// anew. SYNs during a ban do not prolong it. Endpoints with the same ban share
// it, like those of a [Policer]: set it with [Lab.SetAll] for a whole host.
func Ban(perSecond int, duration time.Duration) Rule {
	return Rule(fmt.Sprintf(banFormat, perSecond, duration.Milliseconds()))
}

const banFormat = "ban above %d/second for %dms"

// ban is a parsed [Ban].
type ban struct {
	perSecond, milliseconds int
}

func parseBan(rule Rule) (ban, bool) {
	var b ban
	n, err := fmt.Sscanf(string(rule), banFormat, &b.perSecond, &b.milliseconds)
	return b, err == nil && n == 2
}

// sets returns the names of two nftables sets of source addresses: rates counts
// the SYNs of each, and banned has those that are banned.
func (b ban) sets(ipv4 bool) (rates, banned string) {
	family := 6
	if ipv4 {
		family = 4
	}
	name := fmt.Sprintf("%d_%d_%d", family, b.perSecond, b.milliseconds)
	return "rates" + name, "banned" + name
}

func (b ban) statements(ipv4 bool) []string {
	source := "ip6 saddr"
	if ipv4 {
		source = "ip saddr"
	}
	rates, banned := b.sets(ipv4)
	return []string{
		fmt.Sprintf("%s @%s drop", source, banned),
		fmt.Sprintf("%s update @%s { %s limit rate over %d/second burst %d packets } add @%s { %s } drop",
			synOnly, rates, source, b.perSecond, b.perSecond, banned, source),
	}
}

// writeBanSets declares the sets of all bans and empties them. Sets of earlier
// bans stay, unused.
func writeBanSets(w *strings.Builder, s *ruleset) {
	bans := map[ban]bool{}
	for _, rules := range [][]Rule{slices.Collect(maps.Values(s.endpoints)), slices.Collect(maps.Values(s.hosts))} {
		for _, rule := range rules {
			if b, ok := parseBan(rule); ok {
				bans[b] = true
			}
		}
	}
	for b := range bans {
		for _, ipv4 := range []bool{true, false} {
			kind := "ipv6_addr"
			if ipv4 {
				kind = "ipv4_addr"
			}
			rates, banned := b.sets(ipv4)
			fmt.Fprintf(w, "add set inet porttest %s { type %s; size 65535; flags dynamic; }\n", rates, kind)
			fmt.Fprintf(w, "add set inet porttest %s { type %s; size 65535; flags dynamic, timeout; timeout %dms; }\n",
				banned, kind, b.milliseconds)
			fmt.Fprintf(w, "flush set inet porttest %s\nflush set inet porttest %s\n", rates, banned)
		}
	}
}

// Lose makes the router lose this share of all the packets that it forwards, in
// each direction and of every protocol, each by its own chance. Packets of the
// router itself, such as the errors of a reject, are not affected. Lose(0) ends
// it.
func (l *Lab) Lose(percent float64) {
	wanted := l.wanted(Router)
	wanted.all = ""
	if percent > 0 {
		wanted.all = Loss(percent)
	}
	l.check(fmt.Sprintf("lose %v %% of the packets", percent), l.apply(Router, wanted))
}
