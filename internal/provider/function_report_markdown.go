package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

// NewReportMarkdownFunction makes the function report_markdown.
func NewReportMarkdownFunction() function.Function {
	return &reportFunction{
		name:  "report_markdown",
		write: report.Markdown,
		definition: function.Definition{
			Summary: "Writes the results of checks in Markdown, for pull requests and job summaries.",
			MarkdownDescription: `Writes the results of checks in Markdown, for a comment in a pull or merge request or for a
job's summary, on GitHub and GitLab: the totals, a table of the endpoints that are not as
declared, what each cause means, and what to do next.

- Ports of a host that failed in the same way share a row, and so do more than three hosts.
  The table has at most 50 rows.
- "Closed as declared" counts the endpoints that are declared closed and are closed or filtered.
- Names and endpoints are in code spans, so they mention nobody and link to nothing.
- The text has at most 60,000 bytes (a comment on GitHub holds 65,536 characters). The report
  counts what it leaves out.`,
		},
	}
}
