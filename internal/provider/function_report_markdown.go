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
			Summary: "Writes how checks went in Markdown, for pull requests and job summaries.",
			MarkdownDescription: `Writes how checks went in Markdown, for a comment in a pull or merge request or for a job's
summary, on GitHub and GitLab: the totals, a table of what is not as declared, and what
each cause means and what to do next.

- The ports of a host that failed alike share a row, and there are 50 rows at most.
- Names and endpoints are in code spans: they mention nobody and link to nothing.
- The text has 60,000 bytes at most (a comment on GitHub 65,536 characters); what is left
  out is counted.`,
		},
	}
}
