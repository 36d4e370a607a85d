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

// BanBy is a [Ban] that answers for its endpoints while it lasts: by [RejectReset],
// which leaves UDP alone, or by one of the ICMP errors.
func BanBy(answer Rule, perSecond int, duration time.Duration) Rule {
	return Ban(perSecond, duration) + banBy + answer
}

const (
	banFormat = "ban above %d/second for %dms"
	banBy     = " by "
)

// ban is a parsed [Ban].
type ban struct {
	perSecond, milliseconds int
	answer                  Rule
}

func parseBan(rule Rule) (ban, bool) {
	b := ban{answer: Drop}
	first, answer, by := strings.Cut(string(rule), banBy)
	if by {
		b.answer = Rule(answer)
	}
	n, err := fmt.Sscanf(first, banFormat, &b.perSecond, &b.milliseconds)
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

func (b ban) statements(ipv4 bool) ([]string, error) {
	source := "ip6 saddr"
	if ipv4 {
		source = "ip saddr"
	}
	answers, err := b.answer.statements(ipv4)
	if err != nil {
		return nil, err
	}
	rates, banned := b.sets(ipv4)
	whom := fmt.Sprintf("%s @%s", source, banned)
	if b.answer == RejectReset {
		whom = synOnly + " " + whom
	}
	return []string{
		whom + " " + answers[0],
		fmt.Sprintf("%s update @%s { %s limit rate over %d/second burst %d packets } add @%s { %s } %s",
			synOnly, rates, source, b.perSecond, b.perSecond, banned, source, answers[0]),
	}, nil
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
