package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

const (
	// soon is how long before the end of a waiver the warning says so.
	soon = 7 * 24 * time.Hour
	// maxReason is how many characters of the reason of a waiver are shown.
	maxReason = 120
	// maxEnded is how many waivers that have ended are named.
	maxEnded = 5
)

// Waived names endpoints that are not as declared and whose failure is excused;
// there is at least one, and each has a waiver. The one that ends first leads.
func Waived(findings []verdict.Finding, now time.Time) Diagnostic {
	findings = slices.Clone(findings)
	slices.SortStableFunc(findings, func(a, b verdict.Finding) int { return a.Waiver.Until.Compare(b.Waiver.Until) })
	lead := findings[0]
	summary := fmt.Sprintf("%s is %s, declared %s, but waived until %s", lead.Key(), lead.Last.State, lead.Want, lead.Waiver.LastDay())
	if lead.Waiver.EndsWithin(soon, now) {
		summary += ", which is soon"
	}
	table := newTable(placed(findings), "ENDPOINT", "DECLARED", "FOUND", "REASON", "CAUSE", "WAIVED UNTIL", "WHY")
	var ending []string
	for i, f := range findings {
		if i < maxRows {
			table.row(f.From, f.Endpoint, f.Want, f.Last.State, f.Last.Reason, f.Cause, f.Waiver.LastDay(), why(f))
		}
		if f.Waiver.EndsWithin(soon, now) {
			ending = append(ending, fmt.Sprintf("%s (%s)", f.Key(), f.Waiver.LastDay()))
		}
	}
	parts := []string{table.String() + moreRows(len(findings)-maxRows, "endpoints")}
	if n := len(ending); n > 0 {
		text := "Within a week it ends for: " + strings.Join(ending[:min(n, maxRows)], ", ")
		parts = append(parts, wrap(text+andMore(n-maxRows, "endpoint")+"."))
	}
	parts = append(parts, wrap("A waiver excuses these failures, so they pass. It holds to the end of its day in UTC, and then they are failures again."))
	return Diagnostic{summary + andMore(len(findings)-1, ""), strings.Join(parts, "\n\n"), lead}
}

// why is the reason of the waiver of f.
func why(f verdict.Finding) string {
	if f.Waiver.Reason == "" {
		return ""
	}
	return oneLine(f.Waiver.Reason, maxReason)
}

// ended says of which findings the waiver has ended; empty if of none.
func ended(findings []verdict.Finding) string {
	var lines []string
	n := 0
	for _, f := range findings {
		if !f.WaiverEnded {
			continue
		}
		if n++; n <= maxEnded {
			line := fmt.Sprintf("The waiver of %s ended on %s", f.Key(), f.Waiver.LastDay())
			if reason := why(f); reason != "" {
				line += ": " + reason
			}
			lines = append(lines, wrap(line))
		}
	}
	return strings.Join(lines, "\n") + moreRows(n-maxEnded, "waivers that have ended")
}
