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
first what is not as declared, with causes and next steps, then the states of all listed
endpoints by host and port. Hosts that fail alike share a row. It says from where was probed
and when a check last passed; state has no other time.

- The page loads nothing and can be opened from disk.
- The page runs only its own script, whatever the names of hosts and checks contain.`,
		},
	}
}
