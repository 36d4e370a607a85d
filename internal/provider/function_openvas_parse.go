package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

// NewOpenVASParseFunction makes the function openvas_parse.
func NewOpenVASParseFunction() function.Function {
	return &baselineFunction{
		name: "openvas_parse",
		keys: []baseline.Key{baseline.OpenVASIP, baseline.OpenVASHostname},
		options: "Which key each host gets: `\"ip\"` is its address (the default); `\"hostname\"` is its name as OpenVAS resolved it, " +
			"or its address if it has no name that can be declared. Hosts with the same name are merged. Give at most one.",
		parse: func(ctx context.Context, text string, given baselineOptions) (baseline.Baseline, error) {
			return baseline.OpenVAS(ctx, text, given.key)
		},
		definition: function.Definition{
			Summary: "Reads the open ports of each host from a report of Greenbone or OpenVAS.",
			MarkdownDescription: `Reads the open ports of each host from a report of Greenbone or OpenVAS in its format XML,
ready for ` + "`baseline`" + `. The report may be as the web interface exports it, or as a
` + "`get_reports_response`" + ` of the protocol GMP.

- A TCP or UDP port counts if the report lists it for a host, or if a result is about it.
  Results about a host as a whole, ` + "`general/tcp`" + `, do not count.
- OpenVAS lists a port only if there is a result about it. Export the report with all
  results: no limit of rows (` + "`rows=-1`" + `), all levels, also Log (` + "`levels=hmlg`" + `), and every
  quality of detection (` + "`min_qod=0`" + `).
- A host without a port is left out: the report does not say whether its ports were
  scanned. A report without any port is an error.
- A report of a scan that is not done, and a delta report, are errors.`,
			Parameters: []function.Parameter{contentOf("xml", "The content of the report, such as `file` returns.")},
		},
	}
}
