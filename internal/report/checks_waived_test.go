package report_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// waivedChecks are one that passes with waivers, and one that fails beside them: one
// of its waivers has ended.
func waivedChecks() []report.Check {
	refused := verdict.Record{Declared: "open", State: look.Closed, Reason: look.ConnRefused, Cause: verdict.ServiceDown}
	open := verdict.Record{Declared: "closed", State: look.Open, Reason: look.SynAck, Cause: verdict.UnexpectedOpen}
	waiver := func(until, reason string) func(endpoint.Endpoint) *endpoint.Waiver {
		return func(e endpoint.Endpoint) *endpoint.Waiver {
			day, _ := endpoint.ParseDay(until)
			if e.Port == 80 {
				day, _ = endpoint.ParseDay("2026-11-01")
			}
			return &endpoint.Waiver{Until: day, Reason: reason}
		}
	}
	return []report.Check{
		{Name: "moving", Probed: true, Passed: true, PassedAt: "2026-11-23T12:00:00Z",
			Results: results{tcp("web", 80): look.Open, tcp("web", 443): look.Closed, tcp("web", 444): look.Closed},
			Waived:  failures{tcp("web", 443): refused, tcp("web", 444): refused, tcp("web", 22): open},
			Waivers: waiver("2026-12-31", "CHG-1234 | <b>moves</b>")},
		{Name: "partly", Probed: true, From: []string{"local", "vpc-a"},
			Results:  results{tcp("db", 80): look.Closed, endpoint.NewKey(tcp("db", 81).Endpoint, "vpc-a"): look.Closed},
			Failures: failures{tcp("db", 80): refused}, Waived: failures{endpoint.NewKey(tcp("db", 81).Endpoint, "vpc-a"): refused},
			Waivers: waiver("2027-06-30", "")},
		{Name: "nobody knows", Probed: true, Passed: true, Results: results{}, Waived: failures{tcp("web", 22): open}},
	}
}

func TestWaivedInReports(t *testing.T) {
	checks := waivedChecks()
	goldenFile(t, "report-waived.md", report.Markdown(checks))
	goldenFile(t, "report-waived.xml", report.JUnit(checks))
	goldenPage(t, "report-waived.html", report.HTML(checks), "report.css", "report.js")
	goldenFile(t, "report-waived.json", report.JSON(checks))
	goldenFile(t, "report-waived.prom", report.OpenMetrics(checks))
}

// TestManyWaived: Markdown stays within its bounds, and counts what it has no room for.
func TestManyWaived(t *testing.T) {
	c := manyFailures()
	c.Waived, c.Waivers = c.Failures, waivedChecks()[0].Waivers
	c.Failures = failures{}
	for _, checks := range [][]report.Check{{c}, {manyFailures(), c, manyFailures(), c}} {
		text := report.Markdown(checks)
		if len(text) > 60_000 || !strings.Contains(text, "waived") || !strings.Contains(text, "more endpoints") {
			t.Errorf("%d bytes:\n%.2000s", len(text), text)
		}
	}
}

// TestMoreWaivedThanKept: what is waived beyond those that a check keeps is waived in
// every report, and does not pass.
func TestMoreWaivedThanKept(t *testing.T) {
	refused := verdict.Record{Declared: "open", State: look.Closed, Reason: look.ConnRefused, Cause: verdict.ServiceDown}
	c := report.Check{Name: "many", Probed: true, Passed: true, Results: results{}, Waived: failures{}, Waivers: waivedChecks()[0].Waivers}
	for i := range report.KeptFailures + 5 {
		key := tcp("web", uint16(10_000+i))
		c.Results[key] = look.Closed
		if i < report.KeptFailures {
			c.Waived[key] = refused
		}
	}
	c.Results[tcp("web", 1)] = look.Open
	if text := report.Markdown([]report.Check{c}); !strings.Contains(text, "At least 1,005 waived, 1 open as declared.") {
		t.Errorf("Markdown counts otherwise:\n%.2000s", text)
	}
	for _, want := range []string{`"waived": 1005`, `"passed": 1,`, `"complete": false`} {
		if text := report.JSON([]report.Check{c}); !strings.Contains(text, want) {
			t.Errorf("JSON does not say %q:\n%.1000s", want, text)
		}
	}
	if text := report.JUnit([]report.Check{c}); !strings.Contains(text, `tests="1006" failures="0" errors="0" skipped="1005"`) {
		t.Errorf("JUnit does not skip them:\n%.500s", text)
	}
	if text := report.OpenMetrics([]report.Check{c}); !strings.Contains(text, `portcheck_complete{check="many"} 0`) {
		t.Errorf("OpenMetrics is complete:\n%.1000s", text)
	}
	if text := report.HTML([]report.Check{c}); !strings.Contains(text, "first 1,000 waived failures: there may be more") {
		t.Error("HTML does not say that there may be more")
	}
}
