package report_test

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

func key(t *testing.T, text string) endpoint.Key {
	t.Helper()
	k, err := endpoint.ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// declared is what a check of one host declares.
func declared(t *testing.T, host, open, closed string) *endpoint.Declared {
	t.Helper()
	list := func(values string) endpoint.List {
		var l endpoint.List
		for _, v := range strings.Fields(values) {
			l.Elements = append(l.Elements, endpoint.Element{Value: v})
		}
		return l
	}
	d, problems := endpoint.Declaration{Hosts: list(host), Open: list(open), Closed: list(closed)}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return d
}

// tiers are checks of three tiers: the web tier reaches the app, the app reaches
// the database, and nobody else does.
func tiers(t *testing.T) []report.Check {
	app := report.Check{
		Name: "app-to-db", Probed: true, PassedAt: "2026-11-22T23:11:50Z", From: []string{"app", "batch"}, Declared: declared(t, "10.0.3.7", "5432 6432", "22"),
		Results: results{
			key(t, "tcp://10.0.3.7:5432 from app"): look.Open, key(t, "tcp://10.0.3.7:5432 from batch"): look.Filtered,
			key(t, "tcp://10.0.3.7:6432 from app"): look.Open, key(t, "tcp://10.0.3.7:6432 from batch"): look.ClosedFiltered,
		},
		Failures: failures{
			key(t, "tcp://10.0.3.7:5432 from batch"): {Declared: "open", State: look.Filtered, Reason: look.NoResponse, Cause: verdict.FilteredBySource},
			key(t, "tcp://10.0.3.7:6432 from batch"): {Declared: "open", State: look.ClosedFiltered, Reason: look.NotTold, Cause: verdict.NotOpen},
		},
	}
	web := report.Check{
		Name: "web-not-to-db", Probed: true, From: []string{"web", "local"}, Declared: declared(t, "10.0.3.7", "", "22 5432"),
		Results: results{key(t, "tcp://10.0.3.7:5432 from web"): look.Open},
		Failures: failures{
			key(t, "tcp://10.0.3.7:5432 from web"): {Declared: "closed", State: look.Open, Reason: look.SynAck, Cause: verdict.UnexpectedOpen},
		},
	}
	edge := report.Check{
		Name: "edge", Probed: true, From: []string{"local", "eu-west"},
		Results: results{
			key(t, "https://web.example.com:443"): look.Open, key(t, "https://web.example.com:443 from eu-west"): look.Unknown,
			key(t, "https://web.example.com:8443"): look.Open, key(t, "https://web.example.com:8443 from eu-west"): look.Unknown,
		},
		Failures: failures{
			key(t, "https://web.example.com:443 from eu-west"): {Declared: "open", State: look.Unknown, Reason: look.VantageFailed, Cause: verdict.VantageFailed},
		},
	}
	here := report.Check{Name: "here", Probed: true, Passed: true, Results: results{key(t, "tcp://192.0.2.7:873"): look.Open}, Failures: failures{}}
	return []report.Check{app, edge, here, web, {Name: "later", From: []string{"app"}}}
}

// TestFromTo shows who reaches what, in all reports.
func TestFromTo(t *testing.T) {
	checks := tiers(t)
	goldenFile(t, "report-places.md", report.Markdown(checks))
	goldenFile(t, "report-places.xml", report.JUnit(checks))
	goldenPage(t, "report-places.html", report.HTML(checks), "report.css", "report.places.css", "report.js")
}

// TestJUnitOfPlaces: no two cases have one name.
func TestJUnitOfPlaces(t *testing.T) {
	var suites struct {
		Suites []struct {
			Cases []struct {
				Classname string `xml:"classname,attr"`
				Name      string `xml:"name,attr"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(report.JUnit(tiers(t))), &suites); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range suites.Suites {
		for _, c := range s.Cases {
			name := c.Classname + "/" + c.Name
			if seen[name] {
				t.Errorf("two cases are called %s", name)
			}
			seen[name] = true
		}
	}
	for _, want := range []string{"app-to-db/tcp://10.0.3.7:5432 from app", "app-to-db/tcp://10.0.3.7:5432 from batch", "edge/https://web.example.com:8443 from eu-west", "edge/https://web.example.com:8443"} {
		if !seen[want] {
			t.Errorf("no case %s among %v", want, seen)
		}
	}
}

// TestHostilePlaces: the name of a place is no more than a name, wherever it is.
func TestHostilePlaces(t *testing.T) {
	checks := func(name string) []report.Check {
		all := tiers(t)
		for i, c := range all {
			renamed := report.Check{Name: c.Name, Probed: c.Probed, Results: results{}, Failures: failures{}, Declared: c.Declared}
			for _, from := range c.From {
				renamed.From = append(renamed.From, name+from)
			}
			for k, state := range c.Results {
				renamed.Results[endpoint.Key{Endpoint: k.Endpoint, From: name + k.From}] = state
			}
			for k, r := range c.Failures {
				renamed.Failures[endpoint.Key{Endpoint: k.Endpoint, From: name + k.From}] = r
			}
			all[i] = renamed
		}
		return all
	}
	plain := skeleton(parseHTML(t, report.HTML(checks("plain"))))
	rows := strings.Count(report.Markdown(checks("plain")), "\n")
	for _, name := range append(hostileHTML, hostile...) {
		if name == "" {
			continue // this machine
		}
		if diff := cmp.Diff(plain, skeleton(parseHTML(t, report.HTML(checks(name))))); diff != "" {
			t.Errorf("%q changes elements or attributes (-plain +hostile)\n%s", name, diff)
		}
		markdown := report.Markdown(checks(name))
		if got := strings.Count(markdown, "\n"); got != rows {
			t.Errorf("%q makes %d lines of %d", name, got, rows)
		}
	}
}

// TestFromToIsBounded: many sources and endpoints are counted.
func TestFromToIsBounded(t *testing.T) {
	c := report.Check{Name: "fleet", Probed: true, Results: results{}, Failures: failures{}}
	for source := range 70 {
		for port := range 400 {
			k := tcp("web.example.com", uint16(port+1))
			k.From = fmt.Sprintf("region-%02d", source)
			c.Results[k] = look.Open
			if port%100 == 99 {
				c.Results[k] = look.Filtered
				c.Failures[k] = verdict.Record{Declared: "open", State: look.Filtered, Reason: look.NoResponse, Cause: verdict.Filtered}
			}
		}
	}
	markdown, html := report.Markdown([]report.Check{c}), report.HTML([]report.Check{c})
	for _, want := range []string{"**filtered**, declared open", "more endpoints\n", "… and 58 more sources"} {
		if !strings.Contains(markdown, want) {
			t.Errorf("Markdown without %q", want)
		}
	}
	for _, want := range []string{"There is no room for 67 more endpoints; see the checks below.", "There is no room for 10 more sources; see the checks below."} {
		if !strings.Contains(html, want) {
			t.Errorf("HTML without %q", want)
		}
	}
	if len(markdown) > 60_000 {
		t.Errorf("%d bytes of Markdown", len(markdown))
	}
}
