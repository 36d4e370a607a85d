package report

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

const maxEvidence = 5 // lines of evidence

// evidence returns the lines that let the reader find our packets: local and
// remote address and time of the last look at the first endpoint of each row, for
// a firewall's log, and a tcpdump and nft filter for the next look. It is empty if
// nothing was looked at.
//
// The lines of each place are together. Its packets are not ours, so for the next
// look it says what to run there.
func evidence(groups []portGroup, places []verdict.Place) []string {
	var tables []*columns
	var from, next []string
	lines := 0
	shown := map[string]bool{}
	for _, g := range groups {
		f := g.findings[0]
		if f.Looks == 0 || !f.Last.Remote.IsValid() || lines == maxEvidence {
			continue
		}
		lines++
		at := slices.Index(from, f.From)
		if at < 0 {
			at = len(from)
			from, tables = append(from, f.From), append(tables, newColumns(evidenceHeading(f, places)))
		}
		tables[at].row(evidenceOf(f)...)
		if sent(f.Last) && !shown[f.From] {
			shown[f.From] = true
			next = append(next, filters(f))
		}
	}
	var parts []string
	for _, t := range tables {
		parts = append(parts, t.String())
	}
	if len(next) > 0 {
		parts = append(parts, "  To see the next look on the way:\n"+strings.Join(next, "\n"))
	}
	return parts
}

// evidenceHeading begins the evidence that is from the place of f.
func evidenceHeading(f verdict.Finding, places []verdict.Place) string {
	if f.From == "" {
		return "Evidence (last look, UTC):"
	}
	return "Evidence (last look, UTC) from " + described(f.From, places) + ":"
}

// evidenceOf is a line of it.
func evidenceOf(f verdict.Finding) []any {
	local := placeName(f.From)
	if f.From == "" && hasPort(f.Last.Local) {
		local = f.Last.Local.String()
	}
	way := fmt.Sprintf("%s  %s -> %s %s", f.Last.Start.UTC().Format(time.RFC3339), local, f.Last.Remote, f.Endpoint.Scheme)
	cells := []any{way, answer(f.Last), looks(f.Observation)}
	if f.Last.Detail != "" && f.Cause != verdict.VantageFailed {
		cells = append(cells, f.Last.Detail)
	}
	return cells
}

func hasPort(a netip.AddrPort) bool { return a.IsValid() && a.Port() != 0 }

// sent tells whether a packet left this machine.
func sent(r look.Result) bool { return r.State != look.Unknown || r.Reason == look.NoResponse }

// filters returns the filters that find the packets of further looks at f's
// address, on any device on the way: a capture with the ICMP errors to this
// machine, and the terms of an nftables rule that counts, logs or traces the
// packets. No filter has the local port: it is another in each look. For another
// place it is a capture there.
func filters(f verdict.Finding) string {
	transport, family, icmp := f.Endpoint.Scheme.Transport(), "ip", "icmp"
	remote, port := f.Last.Remote.Addr().WithZone(""), f.Last.Remote.Port()
	if remote.Is6() {
		family, icmp = "ip6", "icmp6"
	}
	capture := fmt.Sprintf("host %s and %s port %d", remote, transport, port)
	if f.From != "" {
		return fmt.Sprintf("  On %s: tcpdump -ni any '%s'", placeName(f.From), capture)
	}
	rule := fmt.Sprintf("%s daddr %s %s dport %d", family, remote, transport, port)
	if local := f.Last.Local.Addr().WithZone(""); hasPort(f.Last.Local) {
		capture = fmt.Sprintf("host %s and (%s or %s)", local, capture, icmp)
		rule = fmt.Sprintf("%s saddr %s %s", family, local, rule)
	} else {
		capture += " or " + icmp
	}
	return strings.Join([]string{
		"  tcpdump -ni any '" + capture + "'",
		"  nft     " + rule,
	}, "\n")
}

// answer describes the answer to a look.
func answer(r look.Result) string {
	switch {
	case r.ICMP != nil && r.ICMP.From == r.Local.Addr():
		return fmt.Sprintf("ICMP %d/%d of this machine itself after %s", r.ICMP.Type, r.ICMP.Code, rounded(r.RTT))
	case r.ICMP != nil:
		return fmt.Sprintf("ICMP %d/%d from %s after %s", r.ICMP.Type, r.ICMP.Code, r.ICMP.From, rounded(r.RTT))
	case r.Reason == look.NoResponse:
		return fmt.Sprintf("no answer in %s", rounded(r.RTT))
	}
	return fmt.Sprintf("%s after %s", r.Reason, rounded(r.RTT))
}

func looks(o verdict.Observation) string {
	if o.Looks == 1 {
		return "1 look"
	}
	since := o.First.UTC().Format(time.TimeOnly)
	if o.Last.Start.Sub(o.First) >= 24*time.Hour || o.Last.Start.UTC().Day() != o.First.UTC().Day() {
		since = o.First.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("%d looks since %s", o.Looks, since)
}

// rounded drops digits that nobody reads.
func rounded(d time.Duration) time.Duration {
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second)
	case d >= time.Second:
		return d.Round(10 * time.Millisecond)
	case d >= 100*time.Millisecond:
		return d.Round(10 * time.Millisecond)
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}
