package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

// NewMasscanParseFunction makes the function masscan_parse.
func NewMasscanParseFunction() function.Function {
	return &baselineFunction{
		name:  "masscan_parse",
		parse: baseline.Masscan,
		definition: function.Definition{
			Summary: "Reads the open ports of each host from masscan's JSON or list.",
			MarkdownDescription: `Reads the open ports of each host from masscan's JSON (` + "`masscan -oJ`" + `, also ` + "`-oD`" + `) or list
(` + "`masscan -oL`" + `), ready for ` + "`baseline`" + `. The JSON of older versions, with a comma too many, is
read as well.

A host of which only closed ports are in the file (` + "`--show closed`" + `) answered: it is in
the result, with an empty list.

A masscan that is interrupted ends its file in order, so that it cannot be told from
that of a whole scan. One that finds nothing leaves an empty file, which is an error.`,
			Parameters: []function.Parameter{contentOf("json", "What the file holds, as `file` returns it: JSON or a list.")},
		},
	}
}
