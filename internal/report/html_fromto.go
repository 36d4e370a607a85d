package report

import (
	_ "embed" // for the style
	"fmt"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// htmlPlacesStyle is the part of the style that only a page with places has.
//
//go:embed report.places.css
var htmlPlacesStyle string

// maxFromTo is how many cells the matrix from source to endpoint has at most.
const maxFromTo = 20_000

// htmlFromTo is the matrix from source to endpoint as the page shows it.
type htmlFromTo struct {
	Sources []string
	Rows    []htmlFromToRow
	Note    string // what there is no room for; may be empty
}

type htmlFromToRow struct {
	Endpoint string
	Cells    []htmlFromToCell
}

// htmlFromToCell is empty if no check speaks of the endpoint from that source.
type htmlFromToCell struct{ Class, Text, Declared, Title string }

// newHTMLFromTo returns nil if no check has places.
func newHTMLFromTo(checks []Check) *htmlFromTo {
	m := newFromTo(checks)
	if len(m.rows) == 0 {
		return nil
	}
	v := &htmlFromTo{}
	for _, name := range m.sources {
		v.Sources = append(v.Sources, cellName(name))
	}
	most := max(1, maxFromTo/len(m.sources))
	for _, row := range m.rows[:min(len(m.rows), most)] {
		r := htmlFromToRow{Endpoint: text(row.endpoint.String())}
		for i, name := range m.sources {
			r.Cells = append(r.Cells, row.cells[name].html(r.Endpoint+" from "+v.Sources[i]))
		}
		v.Rows = append(v.Rows, r)
	}
	if left := len(m.rows) - len(v.Rows); left > 0 {
		v.Note = "There is no room for " + counted(left, "more endpoint") + "; see the checks below."
	}
	if m.more > 0 {
		v.Note += " There is no room for " + counted(m.more, "more source") + "; see the checks below."
	}
	return v
}

// html shows a cell by the letter of its state, and what was declared; what says
// which cell it is.
func (c fromToCell) html(what string) htmlFromToCell {
	if c.want == "" && c.state == "" {
		return htmlFromToCell{}
	}
	declared := text(c.want)
	if c.state == "" {
		return htmlFromToCell{Class: "k", Text: "–", Declared: declared, Title: fmt.Sprintf("%s is not open, declared %s", what, declared)}
	}
	s := shown(c.state)
	cell := htmlFromToCell{Class: s.passing(), Text: s.Letter, Declared: declared, Title: fmt.Sprintf("%s is %s", what, s.State())}
	if declared != "" {
		cell.Title += ", declared " + declared
	}
	if c.waived {
		cell.Text, cell.Title = s.Letter+"*", cell.Title+": waived"
	}
	if c.bad {
		cell.Class, cell.Text = s.Class+" x", s.Letter+"!"
		if c.cause != "" {
			cell.Title += ": " + text(c.cause)
		}
	}
	return cell
}

// closedFiltered is how a state is shown that only places have.
var closedFiltered = htmlState{state: look.ClosedFiltered, Class: "m", Letter: "CF", Meaning: "not open; the place that looked does not tell whether closed or filtered"}
