package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

// NewNaabuParseFunction makes the function naabu_parse.
func NewNaabuParseFunction() function.Function {
	return &baselineFunction{
		name:  "naabu_parse",
		parse: plainly(baseline.Naabu),
		definition: function.Definition{
			Summary: "Reads the open ports of each host from naabu's JSON lines.",
			MarkdownDescription: `Reads the open ports of each host from naabu's JSON lines (` + "`naabu -json`" + `), ready for
` + "`baseline`" + `.

The key is the address that was scanned (` + "`ip`" + `), or ` + "`host`" + ` if there is no address.
A file in which no record has a port, as of ` + "`naabu -sn`" + `, is an error.`,
			Parameters: []function.Parameter{contentOf("jsonl", "The content of the file, such as `file` returns.")},
		},
	}
}
