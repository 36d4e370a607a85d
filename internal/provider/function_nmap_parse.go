package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

// NewNmapParseFunction makes the function nmap_parse.
func NewNmapParseFunction() function.Function {
	return &baselineFunction{
		name: "nmap_parse",
		keys: []baseline.Key{baseline.NmapAddress, baseline.NmapHostname},
		options: "Which key each host gets: `\"address\"` is the address that was scanned (the default); `\"hostname\"` is the name that was given to Nmap, " +
			"or else the name that Nmap resolved the address to, or the address if it has no name. Hosts with the same name are merged. Give at most one.",
		parse: func(ctx context.Context, text string, given baselineOptions) (baseline.Baseline, error) {
			return baseline.Nmap(ctx, text, given.key)
		},
		definition: function.Definition{
			Summary: "Reads the open ports of each host from Nmap's XML.",
			MarkdownDescription: `Reads the open ports of each host from Nmap's XML (` + "`nmap -oX`" + `), ready for ` + "`baseline`" + `.

- TCP and UDP ports in state ` + "`open`" + ` count. Ports in state ` + "`open|filtered`" + ` do not.
- The key is the address that was scanned. Where addresses move, as those of load balancers
  do, scan by name and give ` + "`\"hostname\"`" + `.
- A host that answered and had nothing open is in the result, with an empty list: a
  ` + "`closed`" + ` beside ` + "`baseline`" + ` then applies to it as well. A host that did not answer is left
  out, even if ` + "`-Pn`" + ` reports it as up.
- ` + "`nmap --open`" + ` leaves hosts without an open port out of its file. They are then not in the
  result either, and ` + "`closed`" + ` does not hold for them: scan without ` + "`--open`" + `.
- Several scans in one file (` + "`--append-output`" + `) are merged.
- An incomplete scan is an error: one that was interrupted, one that Nmap says ended with an
  error, and one with hosts that Nmap gave up on (` + "`--host-timeout`" + `, which ` + "`-T5`" + ` sets too).

masscan's XML (` + "`masscan -oX`" + `) is read as well.`,
			Parameters: []function.Parameter{contentOf("xml", "The content of the file, such as `file` returns.")},
		},
	}
}
