package report

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// maxMarkdownSources and maxMarkdownFromTo are how many columns, and how many
	// bytes, the matrix from source to endpoint has at most.
	maxMarkdownSources = 12
	maxMarkdownFromTo  = 8_000
	// leastFromTo is the room that is worth having one.
	leastFromTo = 1_000
)

// markdownFromTo is the matrix from source to endpoint, as far as there is room;
// empty if no check has places. Endpoints that are not as declared come first.
func markdownFromTo(checks []Check, room int) string {
	m := newFromTo(checks)
	if room = min(room, maxMarkdownFromTo); len(m.rows) == 0 || room < leastFromTo {
		return ""
	}
	hidden := max(0, len(m.sources)-maxMarkdownSources)
	sources := m.sources[:len(m.sources)-hidden]
	slices.SortStableFunc(m.rows, func(a, b fromToRow) int { return b.bad() - a.bad() })
	var b strings.Builder
	b.WriteString("#### From and to\n\n| To |")
	for _, name := range sources {
		b.WriteString(" from " + code(cellName(name), maxName) + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(sources)) + "\n")
	left := 0
	for i, row := range m.rows {
		line := "| " + code(row.endpoint.String(), maxEndpoint) + " |"
		for _, name := range sources {
			line += " " + row.cells[name].markdown() + " |"
		}
		if b.Len()+len(line) > room || i == maxRows {
			left = len(m.rows) - i
			break
		}
		b.WriteString(line + "\n")
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n… and %s\n", counted(left, "more endpoint"))
	}
	if hidden += m.more; hidden > 0 {
		fmt.Fprintf(&b, "\n… and %s\n", counted(hidden, "more source"))
	}
	return "\n" + b.String()
}

// bad is 1 for an endpoint that is not as declared from a source, otherwise 0.
func (r fromToRow) bad() int {
	for _, c := range r.cells {
		if c.bad {
			return 1
		}
	}
	return 0
}

// markdown writes the state of a cell and, where the two differ, what was declared.
func (c fromToCell) markdown() string {
	switch {
	case c.want == "" && c.state == "":
		return ""
	case c.state == "":
		return "not open"
	case c.bad && c.want != "":
		return fmt.Sprintf("**%s**, declared %s", word(string(c.state)), word(string(c.want)))
	case c.waived:
		return fmt.Sprintf("%s, waived", word(string(c.state)))
	case c.bad:
		return "**" + word(string(c.state)) + "**"
	}
	return word(string(c.state))
}
