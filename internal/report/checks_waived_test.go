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
	goldenFile(t, "report-waived.html", report.HTML(checks))
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
