package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

// NewReportJSONFunction makes the function report_json.
func NewReportJSONFunction() function.Function {
	return &reportFunction{
		name:  "report_json",
		write: report.JSON,
		definition: function.Definition{
			Summary: "Writes the results of checks as JSON, for reports of your own.",
			MarkdownDescription: `Writes the results of checks as JSON, for programs and for reports of your own: each check
with its outcome, its counts, and its endpoints one by one. [The report in JSON](../guides/report-json.md)
has the JSON Schema, which says what each field means and what stays as it is.

- Endpoints that are not as declared come first. Each has its parts (` + "`scheme`, `host`, `port`, `from`" + `),
  its ` + "`outcome`" + `, and ` + "`declared`, `state`, `reason` and `cause`" + ` as in ` + "`failures`" + `.
- ` + "`complete`" + ` is false where a check has more endpoints than ` + "`results` and `failures`" + ` keep one by one.
- The names are exact. Characters that cannot be seen are escaped.`,
		},
	}
}
