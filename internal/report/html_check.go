package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// The limits of a matrix. A larger one is mostly empty: a list of ranges is
// easier to read and faster to show.
const (
	maxColumns = 60
	maxCells   = 50_000
)

// htmlCheck is a check as the page shows it.
type htmlCheck struct {
	ID, Name         string
	Class, Result    string
	Hosts, Endpoints int
	Failures         int // not as declared
	WaivedCount      int
	Waived           []htmlWaived
	Untested         int
	Closed           int  // declared closed, and not open
	Unlisted         bool // too many endpoints passed to list them
	PassedAt         string
	From             string
	Notes            []string
	Causes           []htmlCause
	Columns          []string // of the matrix; empty if there is a list
	Matrix           []htmlHost
	List             []htmlRow

	hosts  []endpoint.Host
	states map[look.State]int
}

// htmlCause shows the failures that have one cause.
type htmlCause struct {
	Name, Count   string
	Meaning, Next string
	Rows          []htmlRow
}

// htmlRow shows endpoints that differ only in the port, of one host or of several
// that are alike.
type htmlRow struct {
	Hosts, Ports    []string
	Count           string // how many hosts, if they are too many to be seen at once
	Class           string
	Declared, State string
	Letter, Reason  string
}

// htmlHost is a row of the matrix.
type htmlHost struct {
	Host  string
	Cells []htmlCell
}

// htmlCell is a port of a host; empty if nothing is known of it.
type htmlCell struct{ Class, Text, Title string }

func newHTMLCheck(c Check) htmlCheck {
	v := htmlCheck{Name: text(c.Name), PassedAt: text(c.PassedAt), states: map[look.State]int{}}
	v.Class, v.Result = outcome(c)
	if !c.Probed {
		v.Notes = append(v.Notes, "Nothing was probed yet: the provider's enabled is false, or nothing was applied.")
		return v
	}
	j := c.judge()
	seen := c.findings(j)
	v.Endpoints = len(seen)
	if c.placed() {
		slices.SortStableFunc(seen, func(a, b verdict.Finding) int {
			return cmp.Or(endpoint.CompareHosts(a.Endpoint.Host, b.Endpoint.Host), cmp.Compare(a.From, b.From))
		})
	}
	var rows []htmlRowKey
	for _, f := range seen {
		v.states[f.Last.State]++
		if n := len(v.hosts); n == 0 || v.hosts[n-1] != f.Endpoint.Host {
			v.hosts = append(v.hosts, f.Endpoint.Host)
		}
		if n := len(rows); n == 0 || rows[n-1] != rowOf(f) {
			rows = append(rows, rowOf(f))
		}
	}
	v.Hosts = len(v.hosts)
	n := c.counts(j)
	v.Failures, v.Untested, v.Closed, v.WaivedCount = n.failed, n.untested, n.closed(), n.waived
	for _, place := range c.sources() {
		v.From = strings.TrimPrefix(v.From+", "+placeName(place), ", ")
	}
	v.Unlisted = c.Results == nil
	v.Notes = notes(c, j)
	v.Waived = htmlWaivedRows(j.waived)
	v.Causes = htmlCauses(j.gathered())
	if columns := columnsOf(seen); len(columns) > maxColumns || len(columns)*len(rows) > maxCells {
		v.List = htmlRows(single(group(seen)))
	} else {
		v.Columns = labels(columns)
		v.Matrix = matrix(columns, rows, seen)
	}
	return v
}

func notes(c Check, j judged) []string {
	var notes []string
	n := c.counts(j)
	if n.unlisted {
		notes = append(notes, fmt.Sprintf("More than %s endpoints are declared open, unfiltered or filtered, so their states are not kept one by one: only what is not as declared is shown.", count(KeptResults)))
	}
	if n.more {
		notes = append(notes, fmt.Sprintf("A check keeps its first %s failures: there may be more.", count(KeptFailures)))
	}
	if n.moreWaived {
		notes = append(notes, fmt.Sprintf("A check keeps its first %s waived failures: there may be more.", count(KeptFailures)))
	}
	ended, more := endedLines(j.failures)
	if more > 0 {
		ended = append(ended, fmt.Sprintf("%s more have ended.", count(more)))
	}
	notes = append(notes, ended...)
	if slices.ContainsFunc(j.failures, func(f verdict.Finding) bool { return f.Last.State == look.OpenFiltered }) {
		notes = append(notes, openFiltered)
	}
	return notes
}

func htmlCauses(failures []verdict.Finding) []htmlCause {
	groups := group(failures)
	var causes []htmlCause
	for _, cause := range sortedCauses(groups) {
		of := slices.DeleteFunc(slices.Clone(groups), func(g portGroup) bool { return g.findings[0].Cause != cause })
		endpoints, hosts := 0, map[endpoint.Host]bool{}
		for _, g := range of {
			endpoints += size(g.findings)
			hosts[g.findings[0].Endpoint.Host] = true
		}
		causes = append(causes, htmlCause{
			Name: cmp.Or(text(cause), "cause not kept"), Count: counted(endpoints, "endpoint") + " of " + counted(len(hosts), "host"),
			Meaning: meaning(cause, of), Next: wordsOf(cause, of).next, Rows: htmlRows(linesOf(of)),
		})
	}
	return causes
}

// single makes a line of each group.
func single(groups []portGroup) []tableLine {
	lines := make([]tableLine, len(groups))
	for i, g := range groups {
		lines[i] = tableLine{portGroup: g, hosts: []endpoint.Host{g.first().Endpoint.Host}, ranges: g.ports, count: size(g.findings)}
	}
	return lines
}

// maxSeen is how many hosts a row shows at once.
const maxSeen = 8

func htmlRows(lines []tableLine) []htmlRow {
	list := make([]htmlRow, len(lines))
	for i, l := range lines {
		f := l.findings[0]
		cell := htmlCellOf(f)
		row := htmlRow{Class: cell.Class, Declared: text(f.Want), State: text(f.Last.State), Letter: cell.Text, Reason: text(f.Last.Reason)}
		for _, host := range l.hosts {
			row.Hosts = append(row.Hosts, htmlRowKey{host, f.From}.String())
		}
		if len(row.Hosts) > maxSeen {
			row.Count = counted(len(row.Hosts), "host")
		}
		for part := range strings.SplitSeq(endpoint.NewPorts(l.ranges...).String(), ",") {
			row.Ports = append(row.Ports, part+suffix(f.Endpoint.Scheme))
		}
		if others := size(l.findings) - len(l.findings); others > 0 {
			row.Ports = append(row.Ports, "and "+count(others)+" more")
		}
		list[i] = row
	}
	return list
}

// htmlRowKey is a row of the matrix: a host from a place.
type htmlRowKey struct {
	host endpoint.Host
	from string
}

func rowOf(f verdict.Finding) htmlRowKey { return htmlRowKey{f.Endpoint.Host, f.From} }

func (k htmlRowKey) String() string {
	if k.from == "" {
		return text(k.host)
	}
	return text(k.host) + " from " + text(k.from)
}

// column is a port as the matrix has it.
type column struct {
	scheme endpoint.Scheme
	port   uint16
}

func columnOf(f verdict.Finding) column { return column{f.Endpoint.Scheme, f.Endpoint.Port} }

func columnsOf(seen []verdict.Finding) []column {
	set := map[column]bool{}
	for _, f := range seen {
		set[columnOf(f)] = true
	}
	return slices.SortedFunc(maps.Keys(set), func(a, b column) int {
		return endpoint.Endpoint{Scheme: a.scheme, Port: a.port}.Compare(endpoint.Endpoint{Scheme: b.scheme, Port: b.port})
	})
}

// suffix returns a scheme as the port grammar writes it: "/udp", or empty for
// TCP.
func suffix(s endpoint.Scheme) string {
	if s == endpoint.TCP {
		return ""
	}
	return "/" + text(s)
}

func labels(columns []column) []string {
	labels := make([]string, len(columns))
	for i, col := range columns {
		labels[i] = strconv.Itoa(int(col.port)) + suffix(col.scheme)
	}
	return labels
}

func matrix(columns []column, keys []htmlRowKey, seen []verdict.Finding) []htmlHost {
	place := make(map[column]int, len(columns))
	for i, col := range columns {
		place[col] = i
	}
	rows := make([]htmlHost, len(keys))
	for i, key := range keys {
		rows[i] = htmlHost{key.String(), make([]htmlCell, len(columns))}
		for len(seen) > 0 && rowOf(seen[0]) == key {
			rows[i].Cells[place[columnOf(seen[0])]] = htmlCellOf(seen[0])
			seen = seen[1:]
		}
	}
	return rows
}

// htmlCellOf shows f by a letter and a class. Only failures have a title from
// the start: the script gives the other cells a title on demand.
func htmlCellOf(f verdict.Finding) htmlCell {
	s := shown(f.Last.State)
	if f.Want == "" {
		return htmlCell{Class: s.passing(), Text: s.Letter}
	}
	title := fmt.Sprintf("%s is %s", text(f.Key()), s.State())
	if f.Excused() {
		return htmlCell{Class: s.Class, Text: s.Letter + "*", Title: fmt.Sprintf("%s, declared %s: %s", title, text(f.Want), text(waivedWords(f)))}
	}
	if f.Cause != "" {
		title += fmt.Sprintf(", declared %s: %s, %s", text(f.Want), text(f.Last.Reason), text(f.Cause))
	}
	return htmlCell{Class: s.Class + " x", Text: s.Letter + "!", Title: title}
}
