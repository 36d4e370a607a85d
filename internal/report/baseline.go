package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Unrecorded is a host that a baseline does not record, and why.
type Unrecorded struct {
	Host   endpoint.Host
	Cause  verdict.Cause // empty if no port answered
	Reason look.Reason
	From   string // name of the place that looked; empty for this machine
	Detail string // why the place could not look; may be empty
}

// first is u as a finding.
func (u Unrecorded) first() verdict.Finding {
	return verdict.Finding{
		Endpoint: endpoint.Endpoint{Host: u.Host}, From: u.From, Cause: u.Cause,
		Observation: verdict.Observation{Last: look.Result{Reason: u.Reason, Detail: u.Detail}},
	}
}

func (u Unrecorded) all() []verdict.Finding { return []verdict.Finding{u.first()} }

const noAnswer = "no answer"

func (u Unrecorded) why() string {
	switch string(u.Cause) {
	case "":
		return noAnswer
	case string(u.Reason):
		return string(u.Reason)
	}
	return fmt.Sprintf("%s (%s)", u.Cause, u.Reason)
}

// Unlisted names the hosts that a query does not list, and why; there is at least one.
func Unlisted(hosts []Unrecorded) Diagnostic {
	return Diagnostic{
		Summary: fmt.Sprintf("%s not listed: %s", hosts[0].Host, hosts[0].why()) + andMore(len(hosts)-1, "host"),
		Detail:  gapDetail(hosts, ""),
	}
}

// Gaps names the hosts that a baseline does not record, and why; there is at
// least one. refused tells that nothing at all is recorded because of them.
// closing is a last paragraph; it may be empty.
func Gaps(hosts []Unrecorded, refused bool, closing string) Diagnostic {
	lead := hosts[0]
	summary := fmt.Sprintf("Nothing recorded of %s: %s", lead.Host, lead.why())
	if refused {
		summary = fmt.Sprintf("Baseline not recorded: %s: %s", lead.Host, lead.why())
	}
	return Diagnostic{Summary: summary + andMore(len(hosts)-1, "host"), Detail: gapDetail(hosts, closing)}
}

// gapDetail is the table of hosts, their causes, and a last paragraph, which may be
// empty.
func gapDetail(hosts []Unrecorded, closing string) string {
	lead := hosts[0]
	parts := []string{gapTable(hosts)}
	if slices.ContainsFunc(hosts, func(u Unrecorded) bool { return u.Cause == "" }) {
		who := placeName(lead.From) // a baseline is from one place
		parts = append(parts,
			wrap(noAnswer+": no scanned port answered, not even with a refusal. The host is down or has another address, or a filter drops everything that "+who+" sends to these ports.")+"\n"+
				wrap("Next: check that the host runs and can be reached from "+who+". If it can, scan a port that answers as well. Remove addresses without a host from hosts."))
	}
	for _, cause := range verdict.Causes() {
		if slices.ContainsFunc(hosts, func(u Unrecorded) bool { return u.Cause == cause }) {
			parts = append(parts, paragraph(cause, hosts, nil))
		}
	}
	if closing != "" {
		parts = append(parts, wrap(closing))
	}
	return strings.Join(parts, "\n\n")
}

// gapTable has a row for each host; consecutive addresses with the same reason
// share one.
func gapTable(hosts []Unrecorded) string {
	table := newColumns("HOST", "WHY")
	left := hosts
	for rows := 0; len(left) > 0 && rows < maxRows; rows++ {
		n := alike(left)
		name := string(left[0].Host)
		if n > 1 {
			name += fmt.Sprintf("-%s (%d)", left[n-1].Host, n)
		}
		table.row(name, left[0].why())
		left = left[n:]
	}
	return table.String() + moreRows(len(left), "hosts")
}

// alike counts the hosts, from the first on, that are consecutive addresses
// with the same reason; at least 1.
func alike(hosts []Unrecorded) int {
	n := 1
	for n < len(hosts) && follows(hosts[n-1].Host, hosts[n].Host) && hosts[n].why() == hosts[0].why() {
		n++
	}
	return n
}

// Use says what the open ports are for that a scan finds.
type Use struct {
	done  string // what is done to a port: "recorded"
	again string // how to do it again
}

// The two uses of a scan.
var (
	ForBaseline = Use{"recorded", "record the baseline again, with -replace or a change of triggers"}
	ForQuery    = Use{"listed", "run the query again"}
)

// Unsteady names endpoints that were found open, but not each time or not at each
// address of their host, so that they are of no use; there is at least one.
func Unsteady(findings []verdict.Finding, use Use) Diagnostic {
	lead := findings[0]
	summary := fmt.Sprintf("%s not %s: open, then %s", lead.Key(), use.done, lead.Last.State)
	summary += andMore(len(findings)-1, "")
	groups := group(findings)
	table := newTable(placed(findings), "ENDPOINT", "AT FIRST", "THEN", "REASON")
	left := len(findings)
	for _, g := range groups[:min(len(groups), maxRows)] {
		f := g.findings[0]
		table.row(f.From, g.endpoints(), "open", f.Last.State, f.Last.Reason)
		left -= len(g.findings)
	}
	parts := []string{
		table.String() + moreRows(left, "endpoints"),
		wrap("A port is "+use.done+" only if every look finds it open, and at every address of a name (unless addresses is \"any\"). A service that was starting or stopping looks like this, and so does a name behind which the servers differ, an unreliable path, or a device that blocks "+placeName(lead.From)+" after some time.") + "\n" +
			wrap("Next: once the hosts are stable, "+use.again+". If a device on the way counts new connections, lower max_rate first."),
	}
	parts = append(parts, evidence(groups, nil)...)
	return Diagnostic{Summary: summary, Detail: strings.Join(parts, "\n\n"), Lead: lead}
}

// HostChange is the difference between a host's ports in two baselines.
type HostChange struct {
	Host           endpoint.Host
	Added, Removed []string // ports
	Note           string   // may be empty
}

// Changes shows how a new baseline differs from the one before; there is at
// least one change.
func Changes(changes []HostChange) Diagnostic {
	lead := changes[max(0, slices.IndexFunc(changes, func(c HostChange) bool { return len(c.Added)+len(c.Removed) > 0 }))]
	summary := "Baseline changed: " + string(lead.Host)
	if len(lead.Added) > 0 {
		summary += " +" + brief(lead.Added)
	}
	if len(lead.Removed) > 0 {
		summary += " -" + brief(lead.Removed)
	}
	if lead.Note != "" {
		summary += fmt.Sprintf(" (%s)", lead.Note)
	}
	table := newColumns("HOST", "ADDED", "REMOVED", "")
	for _, c := range changes[:min(len(changes), maxRows)] {
		table.row(c.Host, brief(c.Added), brief(c.Removed), c.Note)
	}
	return Diagnostic{Summary: summary + andMore(len(changes)-1, "host"), Detail: strings.Join([]string{
		table.String() + moreRows(len(changes)-maxRows, "hosts"),
		wrap("Every check that uses this baseline follows it from now on: ports that were added must stay open, and ports that were removed need not be open any more."),
	}, "\n\n")}
}

// brief lists ports in about 40 characters.
func brief(ports []string) string {
	if len(ports) == 0 {
		return "-"
	}
	text := strings.Join(ports, ",")
	if len(text) > 40 {
		kept := strings.Count(text[:40], ",")
		text = strings.Join(ports[:kept], ",") + fmt.Sprintf(",… (%d more)", len(ports)-kept)
	}
	return text
}
