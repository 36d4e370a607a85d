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

- TCP and UDP ports in state ` + "`open`" + ` count. Ports in state ` + "`open|filtered`" + ` do not.
- The key is the address that was scanned.
- A host that answered and had nothing open is in the result, with an empty list: a
  ` + "`closed`" + ` beside ` + "`baseline`" + ` then applies to it as well. A host that did not answer is left
  out, even if ` + "`-Pn`" + ` reports it as up.
- Several scans in one file (` + "`--append-output`" + `) are merged.
- An incomplete file is an error. Nmap leaves one when it is interrupted.

masscan's XML (` + "`masscan -oX`" + `) is read as well.`,
			Parameters: []function.Parameter{contentOf("xml", "The content of the file, such as `file` returns.")},
		},
	}
}
