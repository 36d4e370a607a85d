package report_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// alertsExpected are the alerts for a port that is down, and for a check of which
// nothing could be tested.
const alertsExpected = `
    alert_rule_test:
      - eval_time: 1m
        alertname: PortNotAsDeclared
        exp_alerts:
          - exp_labels: {check: web, endpoint: "tcp://web:443", place: local, state: closed, reason: conn-refused, cause: service-down}
            exp_annotations: {summary: "tcp://web:443 is closed from local (service-down), in check web"}
      - eval_time: 1m
        alertname: CheckNotAsDeclared
        exp_alerts:
          - exp_labels: {check: offline}
            exp_annotations: {summary: "Check offline did not pass"}
      - eval_time: 1m
        alertname: WaiverEndsSoon
        exp_alerts: []
`

// TestAlerts: the rules that the guide has alert of what a report says.
func TestAlerts(t *testing.T) {
	promtool := porttest.Program(t, "promtool")
	rules, err := filepath.Abs("../../examples/functions/report_openmetrics/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	web := report.Check{Name: "web", Probed: true, Results: results{tcp("web", 80): look.Open, tcp("web", 443): look.Closed}, Failures: failures{
		tcp("web", 443): {Declared: "open", State: look.Closed, Reason: look.ConnRefused, Cause: verdict.ServiceDown},
	}}
	var test strings.Builder
	fmt.Fprintf(&test, "rule_files: [%q]\ntests:\n  - interval: 1m\n    input_series:\n", rules)
	for line := range strings.Lines(report.OpenMetrics([]report.Check{someChecks()[0], someChecks()[3], web})) {
		series, value, ok := strings.Cut(strings.TrimSpace(line), "} ")
		if ok && !strings.HasPrefix(line, "#") {
			fmt.Fprintf(&test, "      - {series: '%s}', values: '%sx2'}\n", series, value)
		}
	}
	file := filepath.Join(t.TempDir(), "test.yml")
	if err := os.WriteFile(file, []byte(test.String()+alertsExpected), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(promtool, "test", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, test.String())
	}
}
