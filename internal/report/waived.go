package report

import (
	"cmp"
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

// why is the reason of the waiver of f; empty if it has none that is known.
func why(f verdict.Finding) string {
	if f.Waiver == nil || f.Waiver.Reason == "" {
		return ""
	}
	return oneLine(f.Waiver.Reason, maxReason)
}

// ended says of which findings the waiver has ended; empty if of none.
func ended(findings []verdict.Finding) string {
	words, more := endedLines(findings)
	for i := range words {
		words[i] = wrap(words[i])
	}
	return strings.Join(words, "\n") + moreRows(more, "waivers that have ended")
}

// endedLines says of which findings the waiver has ended, as far as there is room, and
// how many more there are.
func endedLines(findings []verdict.Finding) (words []string, more int) {
	for _, f := range findings {
		switch {
		case !f.WaiverEnded:
		case len(words) == maxEnded:
			more++
		default:
			words = append(words, endedWords(f))
		}
	}
	return words, more
}

// endedMarkdown is ended for Markdown.
func endedMarkdown(findings []verdict.Finding) string {
	words, more := endedLines(findings)
	for i := range words {
		words[i] = code(words[i], maxEndpoint+maxReason)
	}
	if more > 0 {
		words = append(words, "… and "+counted(more, "more waiver"))
	}
	return strings.Join(words, "\n\n")
}

// endedWords says that the waiver of f has ended.
func endedWords(f verdict.Finding) string {
	words := fmt.Sprintf("The waiver of %s ended on %s", oneLine(f.Key(), maxEndpoint), f.Waiver.LastDay())
	if reason := why(f); reason != "" {
		words += ": " + reason
	}
	return words
}

// maxMarkdownWaived is how many bytes the table of what is waived has at most.
const maxMarkdownWaived = 8_000

// markdownWaived has a row for the ports of a host that are waived alike, as far as
// there is room; empty if nothing is waived.
func markdownWaived(found []markdownRow, room int) string {
	if len(found) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n#### Waived\n\n| Check | Endpoint | From | Declared | Found | Reason | Cause | Until | Why |\n|---|---|---|---|---|---|---|---|---|\n")
	left := 0
	for i, r := range found {
		f := r.first()
		line := "| " + strings.Join([]string{
			code(r.check, maxName), code(r.endpoints(maxCellHosts), maxEndpoint), code(cellName(f.From), maxName),
			word(string(f.Want)), word(string(f.Last.State)), word(string(f.Last.Reason)), word(string(f.Cause)),
			cmp.Or(until(f), "–"), codeOr(why(f), "–"),
		}, " | ") + " |\n"
		if left > 0 || i == maxRows || b.Len()+len(line) > min(room, maxMarkdownWaived) {
			left += r.count
			continue
		}
		b.WriteString(line)
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n… and %s\n", counted(left, "more endpoint"))
	}
	return b.String()
}

// codeOr is code, or other if there is no text.
func codeOr(text, other string) string {
	if text == "" {
		return other
	}
	return code(text, maxReason)
}

// until is the last day of the waiver of f; empty if it has none that is known.
func until(f verdict.Finding) string {
	if f.Waiver == nil || f.Waiver.Until.IsZero() {
		return ""
	}
	return f.Waiver.LastDay()
}

// waivedWords says that f is waived, until when and why.
func waivedWords(f verdict.Finding) string {
	words := "waived"
	if day := until(f); day != "" {
		words += " until " + day
	}
	if reason := why(f); reason != "" {
		words += ": " + reason
	}
	return words
}

// htmlWaived shows what is waived: endpoints that differ only in the port.
type htmlWaived struct {
	htmlRow
	Cause, Until, Why string
}

func htmlWaivedRows(waived []verdict.Finding) []htmlWaived {
	lines := single(group(waived))
	rows := make([]htmlWaived, len(lines))
	for i, row := range htmlRows(lines) {
		f := lines[i].first()
		rows[i] = htmlWaived{row, text(f.Cause), until(f), why(f)}
	}
	return rows
}
