package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

type (
	results  = map[endpoint.Key]look.State
	failures = map[endpoint.Key]verdict.Record
)

func tcp(host endpoint.Host, port uint16) endpoint.Key {
	return endpoint.Key{Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: host, Port: port}}
}

// someChecks have one of each kind that the reports tell apart.
func someChecks() []report.Check {
	ns := endpoint.Key{Endpoint: endpoint.Endpoint{Scheme: endpoint.UDP, Host: "ns.example.com", Port: 53}}
	web := report.Check{Name: "web", Probed: true, PassedAt: "2026-11-22T23:11:50Z", Results: results{tcp("web.example.com", 443): look.Open}, Failures: failures{
		tcp("web.example.com", 22): {Declared: "closed", State: look.Open, Reason: look.SynAck, Cause: verdict.UnexpectedOpen},
		tcp("2001:db8::1", 25):     {Declared: "open", State: look.Closed, Reason: look.ConnRefused, Cause: verdict.ServiceDown},
		ns:                         {Declared: "open", State: look.OpenFiltered, Reason: look.NoResponse, Cause: verdict.Filtered},
		tcp("gone.example.com", 1): {Declared: "open", State: look.Unknown, Reason: look.NoSuchHost, Cause: verdict.NotResolvable},
	}}
	for _, port := range []uint16{80, 81, 8080} {
		web.Failures[tcp("web.example.com", port)] = verdict.Record{Declared: "open", State: look.Filtered, Reason: look.NoResponse, Cause: verdict.Filtered}
	}
	for e, r := range web.Failures {
		web.Results[e] = r.State
	}
	return []report.Check{
		{Name: "backup", Probed: true, Passed: true, PassedAt: "2026-11-23T12:00:00Z", Results: results{tcp("192.0.2.7", 873): look.Open, tcp("192.0.2.8", 873): look.Open}, Failures: failures{}},
		{Name: "estate", Probed: true, Passed: true, Failures: failures{}},
		{Name: "later"},
		{Name: "offline", Probed: true, Results: results{tcp("192.0.2.9", 22): look.Unknown}, Failures: failures{
			tcp("192.0.2.9", 22): {Declared: "open", State: look.Unknown, Reason: look.NoRoute, Cause: verdict.ProberOffline},
		}},
		{Name: "sweep", Probed: true, Passed: true, Results: results{}, Failures: failures{}},
		web,
	}
}

// manyFailures is a check of which as many failed as are kept, one port at
// each host, and some more.
func manyFailures() report.Check {
	c := report.Check{Name: "many", Probed: true, Results: results{}, Failures: failures{}}
	for i := range 1000 {
		e := tcp(endpoint.Host(fmt.Sprintf("h%03d.example.com", i)), 443)
		c.Failures[e] = verdict.Record{Declared: "open", State: look.Filtered, Reason: look.NoResponse, Cause: verdict.HostDown}
		c.Results[e] = look.Filtered
	}
	c.Results[tcp("a.example.com", 443)] = look.Open
	c.Results[tcp("x.example.com", 443)] = look.Filtered
	c.Results[tcp("y.example.com", 443)] = look.Open
	return c
}

// hostile are names that want to be more than a name.
var hostile = []string{
	"a|b", `a\|b`, `a\\|b\`, "`", "``x`", "a`b``c|", "a\nb", "a\r\n\r\n# b", "| a | b |", "|---|", "<script>alert(1)</script>", "</details><h1>x", "<!--", "-->", "]]>", "<![CDATA[",
	"&amp;&#124;&lt;", "@octocat", "owner/repo#1", "#1", "GH-1", "https://example.com", "www.example.com", "a@example.com", "[a](https://example.com)", "![a](https://example.com/a.png)", "[a]: b",
	"*a* _b_ **c** ~~d~~", ":smile:", "$`x`$", "\x00\x1b[31mred\x07", "\xff\xfe", "\ufffe\uffff", "\u202eabc\u202c", "\u2028a\u2029", "", " ", " a ", "\t", "- [ ] a", "1. a", "> a", "    a", "a  \nb", "\\", "{{7*7}}", "'\"",
}

// named is someChecks by other names, of checks, hosts and causes.
func named(name string) []report.Check {
	checks := someChecks()
	for i := range checks {
		checks[i].Name = name
		renamed := failures{}
		for e, r := range checks[i].Failures {
			e.Endpoint.Host += endpoint.Host(name)
			r.Reason, r.Cause = look.Reason(name), verdict.Cause(name)
			renamed[e] = r
		}
		checks[i].Failures = renamed
		if checks[i].PassedAt != "" {
			checks[i].PassedAt = name
		}
	}
	return checks
}

// TestClosedWereChecked: each report says how many endpoints are declared closed and
// are not open, where that is known.
func TestClosedWereChecked(t *testing.T) {
	list := func(values ...string) endpoint.List {
		var l endpoint.List
		for _, v := range values {
			l.Elements = append(l.Elements, endpoint.Element{Value: v})
		}
		return l
	}
	declared, problems := endpoint.Declaration{Hosts: list("web"), Open: list("80"), Closed: list("1-1000")}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	open := verdict.Record{Declared: "closed", State: look.Open, Reason: look.SynAck, Cause: verdict.UnexpectedOpen}
	lost := verdict.Record{Declared: "closed", State: look.Unknown, Reason: look.VantageFailed, Cause: verdict.VantageFailed}
	tests := []struct {
		name     string
		failures failures
		from     []string
		declared *endpoint.Declared
		want     string // how many; empty if nothing is said
	}{
		{"all", failures{}, nil, declared, "999"},
		{"but one", failures{tcp("web", 22): open}, []string{"local"}, declared, "998"},
		{"from two places", failures{}, []string{"local", "a"}, declared, "1,998"},
		{"a place failed", failures{{Endpoint: tcp("web", 22).Endpoint, From: "a"}: lost}, []string{"local", "a"}, declared, ""},
		{"not known", failures{}, nil, nil, ""},
	}
	for _, tt := range tests {
		c := report.Check{Name: "web", Probed: true, Passed: len(tt.failures) == 0, Results: results{tcp("web", 80): look.Open}, Failures: tt.failures, From: tt.from, Declared: tt.declared}
		for name, said := range map[string]struct {
			report string
			words  string
		}{
			"Markdown": {report.Markdown([]report.Check{c}), tt.want + " closed as declared"},
			"HTML":     {report.HTML([]report.Check{c}), tt.want + " endpoints are declared closed, were probed and are not open."},
			"JUnit":    {report.JUnit([]report.Check{c}), `name="endpoints declared closed that are not open"`},
			"JSON":     {report.JSON([]report.Check{c}), `"closed": ` + strings.ReplaceAll(tt.want, ",", "") + "\n"},
		} {
			if got := strings.Contains(said.report, said.words); got != (tt.want != "") {
				t.Errorf("%s, %s says %q: %v", tt.name, name, said.words, got)
			}
		}
	}
}

func TestReportsAreSteady(t *testing.T) {
	for _, write := range []func([]report.Check) string{report.Markdown, report.JUnit, report.OpenMetrics, report.JSON} {
		first := write(someChecks())
		for range 20 {
			if write(someChecks()) != first {
				t.Fatalf("a report differs from run to run:\n%s", first)
			}
		}
	}
}
