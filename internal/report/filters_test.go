package report_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// ruled declares ports of a host open, unfiltered and filtered.
func ruled(t *testing.T, host string, open, unfiltered, filtered string) *endpoint.Declared {
	t.Helper()
	list := func(text string) endpoint.List { return endpoint.List{Elements: []endpoint.Element{{Value: text}}} }
	d, problems := endpoint.Declaration{Hosts: list(host), Open: list(open), Unfiltered: list(unfiltered), Filtered: list(filtered)}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return d
}

// TestReportsOfFilters: a filtered port that is meant to be is no failure in any
// report, and each is counted under its own word.
func TestReportsOfFilters(t *testing.T) {
	const host = "db.example.com"
	check := report.Check{
		Name: "rules", Probed: true, Passed: true, Declared: ruled(t, host, "443", "8443", "5432-5433"), Failures: failures{},
		Results: results{tcp(host, 443): look.Open, tcp(host, 8443): look.Unfiltered, tcp(host, 5432): look.Filtered, tcp(host, 5433): look.Filtered},
	}
	if got := report.Markdown([]report.Check{check}); !strings.Contains(got, "`rules` passed: 1 open as declared, 1 unfiltered as declared, 2 filtered as declared") {
		t.Error(got)
	}
	if got := report.JUnit([]report.Check{check}); strings.Contains(got, "<failure") || strings.Count(got, "<testcase ") != 4 {
		t.Error(got)
	}
	page := report.HTML([]report.Check{check})
	for _, cell := range []string{`<td class="o">F`, `<td class="o">UF`, `<td class="o">O`} {
		if !strings.Contains(page, cell) {
			t.Errorf("the page has no %s", cell)
		}
	}
	check.Passed = false
	check.Failures[tcp(host, 5432)] = verdict.Record{Declared: endpoint.WantFiltered, State: look.Closed, Reason: look.ConnRefused, Cause: verdict.NotFiltered}
	check.Results[tcp(host, 5432)] = look.Closed
	if got := report.JUnit([]report.Check{check}); !strings.Contains(got, "is closed, declared filtered") || strings.Count(got, "<failure") != 1 {
		t.Error(got)
	}
	if got := report.Markdown([]report.Check{check}); !strings.Contains(got, "1 endpoint not as declared, 1 open as declared, 1 unfiltered as declared, 1 filtered as declared") {
		t.Error(got)
	}
}

// TestFiltersBeyondTheFailures: where there are too many failures to list, a state
// beyond them is a failure only of what it is not as declared of.
func TestFiltersBeyondTheFailures(t *testing.T) {
	const host = "z.example.com"
	c := manyFailures()
	before := report.Markdown([]report.Check{c})
	c.Declared = ruled(t, host, "443", "8443", "5432")
	c.Results[tcp(host, 443)], c.Results[tcp(host, 5432)], c.Results[tcp(host, 8443)] = look.Filtered, look.Filtered, look.Unfiltered
	after := report.Markdown([]report.Check{c})
	if !strings.Contains(before, "1,001 endpoints not as declared") || !strings.Contains(after, "1,002 endpoints not as declared") {
		t.Errorf("before\n%.300s\nafter\n%.300s", before, after)
	}
}
