package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

// NewReportOpenMetricsFunction makes the function report_openmetrics.
func NewReportOpenMetricsFunction() function.Function {
	return &reportFunction{
		name:  "report_openmetrics",
		write: report.OpenMetrics,
		definition: function.Definition{
			Summary: "Writes the results of checks as OpenMetrics, for Prometheus.",
			MarkdownDescription: `Writes the results of checks as OpenMetrics text, for the textfile collector of a
node_exporter or for a Pushgateway. The text is valid in the older text format of Prometheus too.

| gauge | labels | meaning |
|---|---|---|
| ` + "`portcheck_passed`" + ` | ` + "`check`" + ` | 1 if everything in the check is as declared or waived, else 0 |
| ` + "`portcheck_passed_at_seconds`" + ` | ` + "`check`" + ` | ` + "`passed_at`" + ` in seconds since 1970. Not there if it never passed, and for data sources |
| ` + "`portcheck_complete`" + ` | ` + "`check`" + ` | 1 if the next gauge has each endpoint that is declared open, unfiltered or filtered, or is not as declared, else 0 |
| ` + "`portcheck_endpoint_passed`" + ` | ` + "`check`, `endpoint`, `place`, `state`, `reason`, `cause`" + ` | 1 if the endpoint is as declared or waived, else 0. With ` + "`state=\"unknown\"`" + `, it could not be tested |
| ` + "`portcheck_waiver_ends_seconds`" + ` | ` + "`check`, `endpoint`, `place`" + ` | when the waiver of the endpoint ends, in seconds since 1970 |

- ` + "`portcheck_endpoint_passed`" + ` has the endpoints in ` + "`results`, `failures` and `waived`" + `, those that failed
  first, 10,000 in the whole report. ` + "`place`" + ` is ` + "`local`" + ` for the machine that ran Terraform.
  ` + "`reason` and `cause`" + ` are empty for an endpoint that is as declared.
- A check that was never probed has no gauge: ` + "`absent(portcheck_passed{check=\"web\"})`" + ` finds it.
- The samples have no times. An old file looks like a new one, so watch its age too
  (` + "`node_textfile_mtime_seconds`, `push_time_seconds`" + `).`,
		},
	}
}
