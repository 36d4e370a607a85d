package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

func waived(f verdict.Finding, cause verdict.Cause, until, reason string) verdict.Finding {
	day, ok := endpoint.ParseDay(until)
	if !ok {
		panic(until)
	}
	f.Cause, f.Waiver = cause, &endpoint.Waiver{Until: day, Reason: reason}
	return f
}

func TestWaived(t *testing.T) {
	ssh := waived(finding("web", 22, "closed", look.Open, look.SynAck), verdict.UnexpectedOpen, "2026-12-31", "CHG-1234")
	db := waived(finding("web", 5432, "open", look.Closed, look.ConnRefused), verdict.ServiceDown, "2026-11-29", "moves\nto\u202e another host")
	for _, tt := range []struct {
		findings []verdict.Finding
		want     report.Diagnostic
	}{
		{[]verdict.Finding{ssh}, report.Diagnostic{Lead: ssh, Summary: "tcp://web:22 is open, declared closed, but waived until 2026-12-31", Detail: `  ENDPOINT      DECLARED  FOUND  REASON   CAUSE            WAIVED UNTIL  WHY
  tcp://web:22  closed    open   syn-ack  unexpected-open  2026-12-31    CHG-1234

  A waiver excuses these failures, so they pass. It holds to the end of its
  day in UTC, and then they are failures again.`}},
		{[]verdict.Finding{ssh, db}, report.Diagnostic{Lead: db, Summary: "tcp://web:5432 is closed, declared open, but waived until 2026-11-29, which is soon (and 1 more)", Detail: `  ENDPOINT        DECLARED  FOUND   REASON        CAUSE            WAIVED UNTIL  WHY
  tcp://web:5432  open      closed  conn-refused  service-down     2026-11-29    moves to� another host
  tcp://web:22    closed    open    syn-ack       unexpected-open  2026-12-31    CHG-1234

  Within a week it ends for: tcp://web:5432 (2026-11-29).

  A waiver excuses these failures, so they pass. It holds to the end of its
  day in UTC, and then they are failures again.`}},
	} {
		if diff := cmp.Diff(tt.want, report.Waived(tt.findings, noon), cmp.Comparer(func(a, b verdict.Finding) bool { return a.Key() == b.Key() })); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	if d := report.Waived([]verdict.Finding{db}, noon.Add(-24*time.Hour)); d.Summary != "tcp://web:5432 is closed, declared open, but waived until 2026-11-29" {
		t.Errorf("eight days before: %s", d.Summary)
	}
}

// TestWaiverEnded: a failure says that its waiver has ended, in the summary too.
func TestWaiverEnded(t *testing.T) {
	ssh := waived(finding("web", 22, "closed", look.Open, look.SynAck), verdict.UnexpectedOpen, "2026-11-22", "CHG-1234")
	ssh.WaiverEnded = true
	d := report.Failures([]verdict.Finding{ssh}, report.Context{Occasion: report.Drift})
	if want := "Port drift found while planning: tcp://web:22 is open, declared closed, and its waiver has ended"; d.Summary != want {
		t.Errorf("got  %s\nwant %s", d.Summary, want)
	}
	if want := "\n\n  The waiver of tcp://web:22 ended on 2026-11-22: CHG-1234\n\n"; !strings.Contains(d.Detail, want) {
		t.Errorf("%s\nlacks %s", d.Detail, want)
	}
}
