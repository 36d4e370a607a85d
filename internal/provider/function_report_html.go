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
			Summary: "Writes how checks went as an HTML page that needs nothing but itself.",
			MarkdownDescription: `Writes how checks went as one HTML page, for an artefact of a pipeline or for a file: the
totals, the states of all endpoints that are listed, by host and port, and what is not as
declared with its cause and the next step.

- The page loads nothing and can be opened from disk.
- Nothing in it but its own script is run, whatever hosts and checks are called.`,
		},
	}
}
