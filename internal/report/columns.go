package report

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// columns is a table of plain text whose columns are as wide as their widest
// cell. Each line begins with two spaces and ends without any.
type columns struct {
	text   strings.Builder
	writer *tabwriter.Writer
}

// newColumns begins a table with a row of headings.
func newColumns(headings ...string) *columns {
	c := &columns{}
	c.writer = tabwriter.NewWriter(&c.text, 0, 0, 2, ' ', 0)
	c.write(headings)
	return c
}

// fromColumns is a table of findings, with a column for their places if any is not
// this machine.
type fromColumns struct {
	*columns
	placed bool
}

// newTable begins a table of findings.
func newTable(placed bool, headings ...string) fromColumns {
	if placed {
		headings = slices.Insert(headings, 1, "FROM")
	}
	return fromColumns{newColumns(headings...), placed}
}

// row adds the row of a finding from a place.
func (c fromColumns) row(from string, cells ...any) {
	if c.placed {
		cells = slices.Insert(cells, 1, any(cellName(from)))
	}
	c.columns.row(cells...)
}

// row adds a row; its cells are written as fmt.Sprint does.
func (c *columns) row(cells ...any) {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		texts[i] = fmt.Sprint(cell)
	}
	c.write(texts)
}

func (c *columns) write(cells []string) {
	_, _ = fmt.Fprintln(c.writer, "  "+strings.Join(cells, "\t")) // into memory
}

// String returns the table without a line feed at its end. No row may follow.
func (c *columns) String() string {
	_ = c.writer.Flush() // into memory
	lines := strings.Split(strings.TrimRight(c.text.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
