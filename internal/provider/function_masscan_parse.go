package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

// NewMasscanParseFunction makes the function masscan_parse.
func NewMasscanParseFunction() function.Function {
	return &baselineFunction{
		name:  "masscan_parse",
		parse: plainly(baseline.Masscan),
		definition: function.Definition{
			Summary: "Reads the open ports of each host from masscan's JSON or list.",
			MarkdownDescription: `Reads the open ports of each host from masscan's JSON (` + "`masscan -oJ`" + `, also ` + "`-oD`" + `) or list
(` + "`masscan -oL`" + `), ready for ` + "`baseline`" + `. The JSON of older versions has
an extra comma and is read as well.

If the file lists only closed ports of a host (` + "`--show closed`" + `), the host answered: the
result has it with an empty list.

An interrupted masscan still writes a complete file, which looks like the file of a whole
scan. A masscan that finds nothing leaves an empty file, which is an error.`,
			Parameters: []function.Parameter{contentOf("json", "The content of the file, JSON or a list, such as `file` returns.")},
		},
	}
}
