package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

const (
	// maxMarkdown is how many bytes a report has at most. GitHub's limit to a
	// comment is 65,536 characters; the rest is for what the user adds.
	maxMarkdown = 60_000
	// maxTable is how many of these bytes the table has at most; only very long
	// names reach it.
	maxTable = 40_000
	// maxListed is how many characters a list of hosts below it has at most.
	maxListed = 1_500
	// maxPassed is how many bytes are left for the list of the checks that
	// passed.
	maxPassed = 6_000
	// maxName is how many characters a name has at most.
	maxName = 80
	// maxEndpoint is how many characters a row's endpoints have at most: a
	// host name has 253.
	maxEndpoint = 320
	// maxCellHosts is in how many of these the hosts of a row are listed.
	maxCellHosts = 200
)

// markdownRow is a row of the table, with the name of its check.
type markdownRow struct {
	check string
	tableLine
}

// Markdown writes the results of checks, for a comment or a job's summary on
// GitHub or GitLab. It has at most 60,000 bytes, and counts the rows and checks
// that do not fit.
func Markdown(checks []Check) string {
	var total counts
	var waived []markdownRow
	var found []markdownRow
	var groups []portGroup
	var failures []verdict.Finding
	lines := map[string][]string{} // by outcome
	for _, c := range checks {
		j := c.judge()
		n := c.counts(j)
		total.add(n)
		class, _ := outcome(c)
		lines[class] = append(lines[class], checkLine(c, n))
		for _, l := range single(group(j.waived)) {
			waived = append(waived, markdownRow{c.Name, l})
		}
		failures = append(failures, j.failures...)
		alike := group(j.gathered())
		groups = append(groups, alike...)
		for _, l := range linesOf(alike) {
			found = append(found, markdownRow{c.Name, l})
		}
	}
	head := heading(lines)
	if text := total.String(); text != "" {
		head += "\n\n" + strings.ToUpper(text[:1]) + text[1:] + "."
	}
	parts := []string{head}
	if len(found) > 0 {
		parts = append(parts, markdownTable(found), markdownCauses(groups))
	}
	if text := endedMarkdown(failures); text != "" {
		parts = append(parts, text)
	}
	text := strings.TrimRight(strings.Join(parts, "\n\n"), "\n") + "\n"
	text += markdownWaived(waived, maxMarkdown-2*maxPassed-len(text))
	text += markdownFromTo(checks, maxMarkdown-2*maxPassed-len(text))
	text += checkList("", slices.Concat(lines[failed], lines[inconclusive], lines[unprobed]), maxMarkdown-maxPassed-len(text))
	if good := lines[passed]; len(good) > 0 {
		text += checkList(counted(len(good), "check")+" passed", good, maxMarkdown-len(text))
	}
	return text
}

// outcomeWords are the words for an outcome, the worst first.
var outcomeWords = []struct{ class, words string }{
	{failed, "failed"}, {inconclusive, "inconclusive"}, {unprobed, "not probed"}, {passed, "passed"},
}

func heading(lines map[string][]string) string {
	var parts []string
	for _, o := range outcomeWords {
		if n := len(lines[o.class]); n > 0 {
			parts = append(parts, count(n)+" "+o.words)
		}
	}
	if len(parts) == 0 {
		parts = []string{"none"}
	}
	return "### Port checks: " + strings.Join(parts, ", ")
}

// checkLine is one check's line in the list.
func checkLine(c Check, n counts) string {
	line := "- " + code(c.Name, maxName)
	class, _ := outcome(c)
	for _, o := range outcomeWords {
		if o.class == class {
			line += " " + o.words
		}
	}
	var parts []string
	if text := n.String(); text != "" {
		parts = append(parts, text)
	}
	if n.unlisted {
		parts = append(parts, "too many endpoints to list")
	}
	if c.PassedAt != "" {
		parts = append(parts, "last passed "+code(c.PassedAt, maxName))
	}
	if len(parts) > 0 {
		line += ": " + strings.Join(parts, ", ")
	}
	return line + "\n"
}

// checkList lists as many lines as fit into room bytes, and counts the rest.
// With a summary, the list opens on demand.
func checkList(summary string, lines []string, room int) string {
	if len(lines) == 0 {
		return ""
	}
	before, after := "\n", ""
	if summary != "" {
		before, after = "\n<details><summary>"+summary+"</summary>\n\n", "\n</details>\n"
	}
	room -= len(before) + len(after) + len("\n… and 1234567890 more checks\n")
	var b strings.Builder
	b.WriteString(before)
	for i, line := range lines {
		if room -= len(line); room < 0 {
			fmt.Fprintf(&b, "\n… and %s\n", counted(len(lines)-i, "more check"))
			break
		}
		b.WriteString(line)
	}
	return b.String() + after
}

// markdownTable has a row for the ports of a host that failed alike, and for hosts
// that did.
func markdownTable(found []markdownRow) string {
	var b strings.Builder
	from := slices.ContainsFunc(found, func(r markdownRow) bool { return r.first().From != "" })
	if from {
		b.WriteString("| Check | Endpoint | From | Declared | Found | Reason | Cause |\n|---|---|---|---|---|---|---|\n")
	} else {
		b.WriteString("| Check | Endpoint | Declared | Found | Reason | Cause |\n|---|---|---|---|---|---|\n")
	}
	left := 0
	for i, r := range found {
		f := r.findings[0]
		cells := []string{
			code(r.check, maxName), code(r.endpoints(maxCellHosts), maxEndpoint),
			word(string(f.Want)), word(string(f.Last.State)), word(string(f.Last.Reason)), word(string(f.Cause)),
		}
		if from {
			cells = slices.Insert(cells, 2, code(cellName(f.From), maxName))
		}
		line := "| " + strings.Join(cells, " | ") + " |\n"
		if left > 0 || i == maxRows || b.Len()+len(line) > maxTable {
			left += r.count
			continue
		}
		b.WriteString(line)
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n… and %s\n", counted(left, "more endpoint"))
	}
	return strings.TrimRight(b.String(), "\n") + markdownHosts(found)
}

// markdownHosts lists hosts for which the table has no room, as far as there is
// some below it.
func markdownHosts(found []markdownRow) string {
	lines := make([]tableLine, min(len(found), maxRows))
	for i := range lines {
		lines[i] = found[i].tableLine
	}
	text := ""
	for _, list := range hostLists(lines, maxCellHosts) {
		paragraph := "\n\n" + code(list.where()+strings.ReplaceAll(list.hosts, ",", ", "), maxListed)
		if len(text)+len(paragraph) > 3*maxListed {
			break
		}
		text += paragraph
	}
	return text
}

// markdownCauses explains each cause once, the surest first.
func markdownCauses(found []portGroup) string {
	var lines []string
	has := func(holds func(verdict.Finding) bool) bool {
		return slices.ContainsFunc(found, func(g portGroup) bool { return holds(g.findings[0]) })
	}
	for _, cause := range verdict.Causes() {
		if has(func(f verdict.Finding) bool { return f.Cause == cause }) {
			lines = append(lines, fmt.Sprintf("**%s**: %s **Next:** %s", cause, meaning(cause, found), wordsOf(cause, found).next))
		}
	}
	if has(func(f verdict.Finding) bool { return f.Last.State == look.OpenFiltered }) {
		lines = append(lines, "**open|filtered**"+strings.TrimPrefix(openFiltered, "open|filtered"))
	}
	return strings.Join(lines, "\n\n")
}

// code writes text as a code span, in which Markdown, HTML, links, mentions of
// people and numbers of issues mean nothing. A pipe ends a table's cell even in
// there, and renderers differ on a backslash before it; hence the broken bar.
func code(text string, limit int) string {
	text = strings.ReplaceAll(oneLine(text, limit), "|", "¦")
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// word writes one of this provider's own words as it is, and anything else as
// a code span.
func word(text string) string {
	switch {
	case text == "":
		return "–"
	case strings.Trim(text, "abcdefghijklmnopqrstuvwxyz|-") != "":
		return code(text, maxName)
	}
	return strings.ReplaceAll(oneLine(text, maxName), "|", `\|`)
}
