package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

// NewNmapParseFunction makes the function nmap_parse.
func NewNmapParseFunction() function.Function {
	return &baselineFunction{
		name:  "nmap_parse",
		parse: baseline.Nmap,
		definition: function.Definition{
			Summary: "Reads the open ports of each host from Nmap's XML.",
			MarkdownDescription: `Reads the open ports of each host from Nmap's XML (` + "`nmap -oX`" + `), ready for ` + "`baseline`" + `.

- What counts is the state ` + "`open`" + ` of TCP and UDP ports, not ` + "`open|filtered`" + `.
- The key is the address that was scanned.
- A host that answered and had nothing open is in the result, with an empty list: a
  ` + "`closed`" + ` beside ` + "`baseline`" + ` then holds for it as well. A host that did not answer is left
  out, whatever ` + "`-Pn`" + ` says of it.
- Several scans in one file (` + "`--append-output`" + `) are merged.
- A file that is not complete, as Nmap leaves it when it is interrupted, is an error.

masscan's XML (` + "`masscan -oX`" + `) is read as well.`,
			Parameters: []function.Parameter{contentOf("xml", "What the file holds, as `file` returns it.")},
		},
	}
}
