package report

import (
	"crypto/sha256"
	_ "embed" // for the parts of the page
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// The parts of the page. Jenkins serves artefacts with neither script nor
// style, and GitLab without script, so the template has everything that there
// is to read.
var (
	//go:embed report.html.tmpl
	htmlTemplate string
	//go:embed report.css
	htmlStyle string
	//go:embed report.js
	htmlScript string
)

// parsed returns the template. A run without a report never parses it.
var parsed = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("report").Funcs(template.FuncMap{"count": count}).Parse(htmlTemplate))
})

// HTML returns a page that shows checks, in the order given. The page is
// self-contained: it forbids the browser to load anything, and to run any
// script or style but its own.
func HTML(checks []Check) string {
	var b strings.Builder
	if err := parsed().Execute(&b, newHTMLPage(checks)); err != nil {
		// Nothing that a check may hold makes the template fail.
		panic(err)
	}
	return b.String()
}

// htmlPage is the data of the template.
type htmlPage struct {
	Policy   string // Content-Security-Policy
	Style    template.CSS
	Script   template.JS
	Headline string
	Result   string // a class
	When     string // what is known of when and from where; may be empty
	Totals   []htmlTotal
	Legend   []htmlState // of the states that occur
	Waived   bool        // something is
	FromTo   *htmlFromTo // nil if no check has places
	Checks   []htmlCheck
}

type htmlTotal struct {
	Label string
	Count int
}

// htmlState describes how the page shows a state.
type htmlState struct {
	state         look.State
	Class, Letter string
	Meaning       string
	Count         string
}

func (s htmlState) State() string { return text(string(s.state)) }

// passing is the class of a cell that is as declared: a filtered port that is meant to
// be is no cause for alarm.
func (s htmlState) passing() string {
	if s.state == look.Filtered {
		return "o"
	}
	return s.Class
}

var htmlStates = []htmlState{
	{state: look.Open, Class: "o", Letter: "O", Meaning: "a connection was accepted, or a datagram answered"},
	{state: look.Closed, Class: "c", Letter: "C", Meaning: "refused by the host, or by a firewall in its name"},
	{state: look.Filtered, Class: "f", Letter: "F", Meaning: "no answer, or forbidden by an ICMP error"},
	{state: look.OpenFiltered, Class: "s", Letter: "OF", Meaning: "UDP without an answer: a filter drops it, or the service does not answer"},
	closedFiltered,
	{state: look.Unfiltered, Class: "o", Letter: "UF", Meaning: "declared unfiltered: packets get through, to an open or a closed port"},
	{state: look.Unresponsive, Class: "u", Letter: "U", Meaning: "open, but the service behind it does not speak its protocol"},
	{state: look.Unknown, Class: "q", Letter: "?", Meaning: "could not be tested"},
}

// shown returns how the page shows state. A state that it does not know,
// perhaps of a later version, looks like unknown and has its own name.
func shown(state look.State) htmlState {
	for _, s := range htmlStates {
		if s.state == state {
			return s
		}
	}
	return htmlState{state: state, Class: "q", Letter: "?"}
}

func newHTMLPage(checks []Check) htmlPage {
	places, style := newHTMLFromTo(checks), htmlStyle
	if places != nil {
		style += htmlPlacesStyle
	}
	page := htmlPage{
		Policy: fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'", hash(style), hash(htmlScript)),
		Style:  template.CSS(style),     //nolint:gosec // our own file
		Script: template.JS(htmlScript), //nolint:gosec // our own file
		FromTo: places,
	}
	results := map[string]int{}
	states := map[look.State]int{}
	hosts := map[endpoint.Host]bool{}
	endpoints, failures, untested, waived, closed := 0, 0, 0, 0, 0
	for i, c := range checks {
		v := newHTMLCheck(c)
		v.ID = "check-" + strconv.Itoa(i+1)
		page.Checks = append(page.Checks, v)
		results[v.Class]++
		endpoints += v.Endpoints
		failures += v.Failures
		untested += v.Untested
		waived += v.WaivedCount
		closed += v.Closed
		for _, host := range v.hosts {
			hosts[host] = true
		}
		for state, n := range v.states {
			states[state] += n
		}
	}
	page.Waived = waived > 0
	page.Headline, page.Result = headline(len(checks), results)
	page.When = whenAndWhere(checks)
	page.Totals = []htmlTotal{
		{plural(len(checks), "check"), len(checks)},
		{"as declared", results[passed]},
		{"not as declared", results[failed]},
		{"inconclusive", results[inconclusive]},
		{"not probed", results[unprobed]},
		{plural(len(hosts), "host"), len(hosts)},
		{plural(endpoints, "endpoint"), endpoints},
		{plural(failures, "endpoint") + " not as declared", failures},
		{plural(untested, "endpoint") + " not tested", untested},
		{plural(waived, "endpoint") + " waived", waived},
		{plural(closed, "endpoint") + " closed as declared", closed},
	}
	page.Totals = slices.DeleteFunc(page.Totals, func(t htmlTotal) bool { return t.Count == 0 })
	for _, s := range htmlStates {
		if n := states[s.state]; n > 0 {
			s.Count = count(n)
			page.Legend = append(page.Legend, s)
		}
	}
	return page
}

// whenAndWhere says from where checks looked, and when one last passed. State has
// no other time: a run in which nothing changed changes no byte of it.
func whenAndWhere(checks []Check) string {
	var places []string
	latest, name := time.Time{}, ""
	for _, c := range checks {
		if !c.Probed {
			continue
		}
		for _, place := range c.sources() {
			places = append(places, placeName(place))
		}
		if at, err := time.Parse(time.RFC3339, c.PassedAt); err == nil && at.After(latest) {
			latest, name = at, c.Name
		}
	}
	if len(places) == 0 {
		return ""
	}
	said := "Probed from " + named(places) + "."
	if name != "" {
		said += fmt.Sprintf(" The latest pass on record: %s, %s.", text(name), latest.UTC().Format(time.RFC3339))
	}
	return said
}

func headline(checks int, results map[string]int) (string, string) {
	good := results[passed]
	switch bad := checks - good; {
	case checks == 0:
		return "No checks", unprobed
	case checks == 1:
		return oneCheck(results)
	case bad == 0:
		return fmt.Sprintf("All %s checks are as declared", count(checks)), passed
	case results[failed] > 0:
		return fmt.Sprintf("%s of %s not as declared", count(results[failed]), counted(checks, "check")), failed
	case results[inconclusive] > 0:
		return fmt.Sprintf("%s of %s inconclusive", count(results[inconclusive]), counted(checks, "check")), inconclusive
	default:
		return fmt.Sprintf("%s of %s not probed", count(bad), counted(checks, "check")), unprobed
	}
}

// oneCheck returns the headline of a page about a single check.
func oneCheck(results map[string]int) (string, string) {
	switch {
	case results[passed] > 0:
		return "The check is as declared", passed
	case results[failed] > 0:
		return "The check is not as declared", failed
	case results[inconclusive] > 0:
		return "The check is inconclusive", inconclusive
	default:
		return "The check was not probed", unprobed
	}
}

// hash returns the name of text in a Content-Security-Policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
