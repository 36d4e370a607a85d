// Package report turns verdicts into text. It is pure.
package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/target"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

const (
	maxRows     = 50 // rows of the table
	maxEvidence = 5  // lines of evidence
	width       = 78 // columns of running text, as wide as Terraform writes without a terminal
)

// Occasion is what the user was doing. Each has summaries of its own, because
// Terraform shows only the first of several warnings with equal summaries.
type Occasion string

// The occasions.
const (
	Read     Occasion = ""                        // a data source was read
	Drift    Occasion = "Port drift: "            // a refresh found what an apply had passed
	Accepted Occasion = "Accepted port failure: " // a refresh found what an apply had warned of
	Refused  Occasion = "Port drift stops the plan: "
	Untested Occasion = "Port check inconclusive: " // a refresh could not test
	Apply    Occasion = "Port check failed: "       // create or update gave up
)

// Context is what a text says besides the findings.
type Context struct {
	Occasion Occasion
	Timeout  time.Duration // checks_read_timeout
	MaxRate  float64       // max_rate
	PassedAt string        // RFC 3339; empty if never or not known
	Closing  string        // a last paragraph; may be empty
}

// Diagnostic is one message for the user.
type Diagnostic struct {
	Summary string
	Detail  string
	Lead    verdict.Finding // what the summary speaks of
}

// Failures says what is not as declared and why; findings has at least one
// that is not. Lines begin with two spaces, which keeps Terraform from
// wrapping them.
func Failures(findings []verdict.Finding, c Context) Diagnostic {
	lead := leading(findings)
	summary := string(c.Occasion) + lead.Endpoint.String()
	if lead.Inconclusive() {
		summary += fmt.Sprintf(" could not be tested: %s", lead.Last.Reason)
	} else {
		summary += fmt.Sprintf(" is %s, declared %s", lead.Last.State, lead.Want)
	}
	if n := len(findings) - 1; n > 0 {
		summary += fmt.Sprintf(" (and %d more)", n)
	}
	groups := group(findings)
	parts := []string{table(groups)}
	parts = append(parts, explain(groups, c)...)
	if lines := evidence(groups); lines != "" {
		parts = append(parts, lines)
	}
	if c.PassedAt != "" {
		parts = append(parts, indent("Last passed: "+c.PassedAt))
	}
	if c.Closing != "" {
		parts = append(parts, wrap(c.Closing))
	}
	return Diagnostic{summary, strings.Join(parts, "\n\n"), lead}
}

// Flapping names endpoints that were not as declared at first and then were;
// there is at least one.
func Flapping(findings []verdict.Finding) Diagnostic {
	lead := findings[0]
	summary := fmt.Sprintf("%s is flapping: %s, then %s", lead.Endpoint, lead.Was, lead.Last.State)
	if n := len(findings) - 1; n > 0 {
		summary += fmt.Sprintf(" (and %d more)", n)
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  ENDPOINT\tDECLARED\tAT FIRST\tNOW\tAFTER\tLOOKS")
	for _, f := range findings[:min(len(findings), maxRows)] {
		after := f.Last.Start.Add(f.Last.RTT).Sub(f.First)
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%d\n", f.Endpoint, f.Want, f.Was, f.Last.State, rounded(after), f.Looks)
	}
	_ = w.Flush()
	return Diagnostic{summary, strings.Join([]string{
		trimLines(b.String()) + more(len(findings)-maxRows),
		wrap("They are as declared now and pass. A change that was taking effect looks like this, and so does a service that was starting, a rule that was swapped, an unreliable path or an overloaded server."),
	}, "\n\n"), lead}
}

// leading picks what the summary speaks of: what was found to be wrong before
// what could not be tested.
func leading(findings []verdict.Finding) verdict.Finding {
	for _, f := range findings {
		if !f.Inconclusive() {
			return f
		}
	}
	return findings[0]
}

// rows is a row of the table: findings of one host that differ only in the
// port.
type rows struct {
	findings []verdict.Finding
	ports    target.Ports
}

// group collects findings that differ only in the port, in the order of the
// first of each.
func group(findings []verdict.Finding) []rows {
	type key struct {
		host   target.Host
		scheme target.Scheme
		want   target.Want
		state  probe.State
		reason probe.Reason
		cause  verdict.Cause
	}
	index := map[key]int{}
	var groups []rows
	for _, f := range findings {
		k := key{f.Endpoint.Host, f.Endpoint.Scheme, f.Want, f.Last.State, f.Last.Reason, f.Cause}
		i, ok := index[k]
		if !ok {
			i = len(groups)
			index[k] = i
			groups = append(groups, rows{})
		}
		groups[i].findings = append(groups[i].findings, f)
	}
	for i, g := range groups {
		ranges := make([]target.Range, len(g.findings))
		for j, f := range g.findings {
			ranges[j] = target.Range{First: f.Endpoint.Port, Last: f.Endpoint.Port}
		}
		groups[i].ports = target.NewPorts(ranges...)
	}
	return groups
}

// endpoints writes the endpoints of a row as one: tcp://web:80,8000-8010.
func (g rows) endpoints() string {
	e := g.findings[0].Endpoint
	prefix := strings.TrimSuffix(e.String(), strconv.Itoa(int(e.Port)))
	ports := g.ports.String()
	if len(ports) > 40 {
		ports = ports[:strings.LastIndexByte(ports[:40], ',')] + fmt.Sprintf(",… (%d ports)", g.ports.Len())
	}
	return prefix + ports
}

func table(groups []rows) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  ENDPOINT\tDECLARED\tFOUND\tREASON\tCAUSE")
	for _, g := range groups[:min(len(groups), maxRows)] {
		f := g.findings[0]
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", g.endpoints(), f.Want, f.Last.State, f.Last.Reason, f.Cause)
	}
	_ = w.Flush()
	left := 0
	for _, g := range groups[min(len(groups), maxRows):] {
		left += len(g.findings)
	}
	return trimLines(b.String()) + more(left)
}

func more(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("\n  … and %d more endpoints", n)
}

// explain gives a paragraph for each cause there is, the surest first.
func explain(groups []rows, c Context) []string {
	var paragraphs []string
	prober := false
	for _, cause := range verdict.Causes {
		if !slices.ContainsFunc(groups, func(g rows) bool { return g.findings[0].Cause == cause }) {
			continue
		}
		text := causeTexts[cause]
		paragraphs = append(paragraphs, wrap(string(cause)+": "+text.meaning)+"\n"+wrap("Next: "+text.next))
		prober = prober || text.prober
	}
	if slices.ContainsFunc(groups, func(g rows) bool { return g.findings[0].Last.State == probe.OpenFiltered }) {
		paragraphs = append(paragraphs, wrap(openFiltered))
	}
	if prober && c.Timeout > 0 {
		rate := "no limit"
		if c.MaxRate > 0 {
			rate = strconv.FormatFloat(c.MaxRate, 'g', -1, 64)
		}
		paragraphs = append(paragraphs, wrap(fmt.Sprintf(
			"If the path is slow, raise checks_read_timeout (now %s). If something on the way counts new connections, lower max_rate (now %s) or max_checks.", c.Timeout, rate)))
	}
	return paragraphs
}

// evidence is what finds the packets in a firewall's log: a line for the last
// look at the first endpoint of each row. Empty if there is none.
func evidence(groups []rows) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  Evidence (last look, UTC):")
	lines := 0
	for _, g := range groups {
		f := g.findings[0]
		if f.Looks == 0 || !f.Last.Remote.IsValid() || lines == maxEvidence {
			continue
		}
		lines++
		local := "this machine"
		if f.Last.Local.IsValid() && f.Last.Local.Port() != 0 {
			local = f.Last.Local.String()
		}
		fmt.Fprintf(w, "  %s  %s -> %s %s\t%s\t%s\n", f.Last.Start.UTC().Format(time.RFC3339),
			local, f.Last.Remote, f.Endpoint.Scheme, answer(f.Last), looks(f.Observation))
	}
	_ = w.Flush()
	if lines == 0 {
		return ""
	}
	return trimLines(b.String())
}

// answer says what came back.
func answer(r probe.Result) string {
	switch {
	case r.ICMP != nil && r.ICMP.From == r.Local.Addr():
		return fmt.Sprintf("ICMP %d/%d of this machine itself after %s", r.ICMP.Type, r.ICMP.Code, rounded(r.RTT))
	case r.ICMP != nil:
		return fmt.Sprintf("ICMP %d/%d from %s after %s", r.ICMP.Type, r.ICMP.Code, r.ICMP.From, rounded(r.RTT))
	case r.Reason == probe.NoResponse:
		return fmt.Sprintf("no answer in %s", rounded(r.RTT))
	}
	return fmt.Sprintf("%s after %s", r.Reason, rounded(r.RTT))
}

func looks(o verdict.Observation) string {
	if o.Looks == 1 {
		return "1 look"
	}
	return fmt.Sprintf("%d looks since %s", o.Looks, o.First.UTC().Format(time.TimeOnly))
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

// wrap breaks running text into lines of two spaces and at most width columns.
func wrap(text string) string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width-2 {
			lines = append(lines, "  "+line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return strings.Join(append(lines, "  "+line), "\n")
}

func indent(line string) string { return "  " + line }

// trimLines takes the padding off the ends of lines.
func trimLines(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
