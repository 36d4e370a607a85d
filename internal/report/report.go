// Package report turns verdicts into text. It is pure.
package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

const (
	maxRows = 50 // rows of the table
	width   = 78 // columns of running text, as wide as Terraform writes without a terminal
)

// Occasion is the operation that found the failures; it begins the summary.
// Each has summaries of its own, because Terraform shows only the first of
// several warnings with equal summaries. Those of a refresh say when that was:
// Terraform shows them again after an apply that went well.
type Occasion string

// The occasions.
const (
	Read     Occasion = ""                                             // a data source was read
	Drift    Occasion = "Port drift found while planning: "            // a refresh found a failure that no apply has accepted
	Accepted Occasion = "Accepted port failure found while planning: " // a refresh found a failure that an apply had warned of
	Refused  Occasion = "Port drift stops the plan: "
	Untested Occasion = "Port check inconclusive while planning: " // a refresh could not test endpoints
	Apply    Occasion = "Port check failed: "                      // create or update gave up
)

// Context has the parts of a text besides the findings.
type Context struct {
	Occasion Occasion
	Timeout  time.Duration // checks_read_timeout
	MaxRate  float64       // max_rate
	PassedAt string        // RFC 3339, as state has it; empty if never or not known
	Closing  string        // a last paragraph; may be empty
	// Places are those of the verdict, for what they say of themselves.
	Places []verdict.Place
	// Waited is how long what waits looked; nil for what does not.
	Waited *Waited
	// Known tells that a warning of the last refresh has the same endpoints: then
	// the text has their number only, and what is new.
	Known bool
}

// Diagnostic is one message for the user.
type Diagnostic struct {
	Summary string
	Detail  string
	Lead    verdict.Finding // the finding that the summary names
}

// Failures shows the endpoints that are not as declared, and why; there is at
// least one. Lines begin with two spaces, which keeps Terraform from wrapping
// them.
func Failures(findings []verdict.Finding, c Context) Diagnostic {
	lead := leading(findings)
	summary := string(c.Occasion) + lead.Key()
	switch {
	case lead.Inconclusive():
		summary += fmt.Sprintf(" could not be tested: %s", lead.Last.Reason)
	case lead.Last.State == look.Unresponsive: // what is wrong with a service is news of its own
		summary += fmt.Sprintf(" is %s (%s), declared %s", lead.Last.State, lead.Last.Reason, lead.Want)
	default:
		summary += fmt.Sprintf(" is %s, declared %s", lead.Last.State, lead.Want)
	}
	if lead.WaiverEnded {
		summary += ", and its waiver has ended"
	}
	summary += andMore(size(findings)-1, "")
	groups := group(findings)
	lines := linesOf(groups)
	var parts []string
	if c.Waited != nil {
		parts = append(parts, wrap(c.Waited.about(findings)))
	}
	if c.Known {
		parts = append(parts, again(groups, c.Occasion)...)
	} else {
		parts = append(parts, table(lines, placed(findings)))
		parts = append(parts, explain(groups, c)...)
	}
	if text := ended(findings); text != "" {
		parts = append(parts, text)
	}
	parts = append(parts, evidence(firsts(lines), c.Places)...)
	if c.PassedAt != "" {
		parts = append(parts, indent("Last passed: "+oneLine(c.PassedAt, maxName)))
	}
	if c.Closing != "" {
		parts = append(parts, wrap(c.Closing))
	}
	return Diagnostic{summary, strings.Join(parts, "\n\n"), lead}
}

// Flapping names endpoints that were not as declared at first and then were;
// there is at least one. Of c it uses the occasion and the closing, which says why
// that is a failure; without one it is none.
func Flapping(findings []verdict.Finding, c Context) Diagnostic {
	lead := findings[0]
	summary := fmt.Sprintf("%s%s is flapping: %s, then %s", c.Occasion, lead.Key(), lead.Was, lead.Last.State)
	summary += andMore(len(findings)-1, "")
	table := newTable(placed(findings), "ENDPOINT", "DECLARED", "AT FIRST", "NOW", "AFTER", "LOOKS")
	for _, f := range findings[:min(len(findings), maxRows)] {
		after := f.Last.Start.Add(f.Last.RTT).Sub(f.First)
		table.row(f.From, f.Endpoint, f.Want, f.Was, f.Last.State, rounded(after), f.Looks)
	}
	return Diagnostic{summary, strings.Join([]string{
		table.String() + moreRows(len(findings)-maxRows, "endpoints"),
		wrap(cmp.Or(c.Closing, "They are as declared now, so they pass.") + " A change that was taking effect looks like this, and so does a service that was starting, a rule that was swapped, an unreliable path or an overloaded server."),
	}, "\n\n"), lead}
}

// Blocked names endpoints that are as declared and whose services have blocked this
// machine because of its looks; there is at least one.
func Blocked(findings []verdict.Finding) Diagnostic {
	lead := findings[0]
	summary := lead.Key() + " is open, but blocks this machine" + andMore(len(findings)-1, "")
	table := newTable(placed(findings), "ENDPOINT", "SAID")
	for _, f := range findings[:min(len(findings), maxRows)] {
		table.row(f.From, f.Endpoint, f.Last.Detail)
	}
	return Diagnostic{summary, strings.Join([]string{
		table.String() + moreRows(len(findings)-maxRows, "endpoints"),
		wrap(string(look.HostBlocked) + ": " + reasonText(look.HostBlocked)),
		wrap("Next: raise BlacklistThreshold of a VNC server. For MySQL and MariaDB, run FLUSH HOSTS (mysqladmin flush-hosts, or TRUNCATE performance_schema.host_cache), then raise max_connect_errors, set skip_name_resolve, or log in from this machine now and then: each login resets the count. With the scheme tcp the count goes on too."),
	}, "\n\n"), lead}
}

// Unsure names endpoints that are as declared, filtered, although nothing of their
// hosts answers; there is at least one.
func Unsure(findings []verdict.Finding, c Context) Diagnostic {
	lead := findings[0]
	summary := lead.Key() + " is filtered, but nothing shows that its host is up" + andMore(len(findings)-1, "")
	groups := group(findings)
	lines := linesOf(groups)
	parts := []string{
		table(lines, placed(findings)),
		wrap("They pass: they are declared filtered, and control endpoints answer, so the place that looked works. But nothing of these hosts answers, neither a port nor ping, and a host that is down looks the same."),
		wrap("Next: declare a port of each host that answers beside it (open or unfiltered), or let the host answer ping. Then a host that is down is noticed."),
	}
	parts = append(parts, evidence(firsts(lines), c.Places)...)
	return Diagnostic{summary, strings.Join(parts, "\n\n"), lead}
}

// leading picks the finding for the summary: the first that was found to be
// wrong, or else the first that could not be tested.
func leading(findings []verdict.Finding) verdict.Finding {
	for _, f := range findings {
		if !f.Inconclusive() {
			return f
		}
	}
	return findings[0]
}

// paragraph explains cause for groups of which some have it.
func paragraph[G firster](cause verdict.Cause, groups []G, places []verdict.Place) string {
	text := wordsOf(cause, groups)
	lines := []string{wrap(string(cause) + ": " + text.meaning)}
	for _, line := range hints(cause, groups, places) {
		lines = append(lines, bullets(line))
	}
	return strings.Join(append(lines, wrap("Next: "+text.next)), "\n")
}

// explain gives a paragraph for each cause there is, the surest first.
func explain(groups []portGroup, c Context) []string {
	var paragraphs []string
	prober := false
	for _, cause := range verdict.Causes() {
		if !slices.ContainsFunc(groups, func(g portGroup) bool { return g.findings[0].Cause == cause }) {
			continue
		}
		paragraphs = append(paragraphs, paragraph(cause, groups, c.Places))
		prober = prober || causeTexts[cause].prober
	}
	if slices.ContainsFunc(groups, func(g portGroup) bool { return g.findings[0].Last.State == look.OpenFiltered }) {
		paragraphs = append(paragraphs, wrap(openFiltered))
	}
	if prober && c.Timeout > 0 {
		rate := "no limit"
		if c.MaxRate > 0 {
			rate = strconv.FormatFloat(c.MaxRate, 'g', -1, 64)
		}
		paragraphs = append(paragraphs, wrap(fmt.Sprintf(
			"If the path is slow, raise checks_read_timeout (now %s). If a device on the way counts new connections, lower max_rate (now %s) or max_checks.", c.Timeout, rate)))
	}
	return paragraphs
}
