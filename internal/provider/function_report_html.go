package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

// NewReportHTMLFunction makes the function report_html.
func NewReportHTMLFunction() function.Function {
	return &reportFunction{
		name:  "report_html",
		write: report.HTML,
		definition: function.Definition{
			Summary: "Writes the results of checks as one self-contained HTML page.",
			MarkdownDescription: `Writes the results of checks as one HTML page, for an artefact of a pipeline or for a file:
the totals, the states of all listed endpoints by host and port, and each endpoint that is
not as declared with its cause and the next step.

- The page loads nothing and can be opened from disk.
- The page runs only its own script, whatever the names of hosts and checks contain.`,
		},
	}
}
