package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

type nessusParseFunction struct{ baselineFunction }

// NewNessusParseFunction makes the function nessus_parse.
func NewNessusParseFunction() function.Function {
	return &nessusParseFunction{baselineFunction{
		name: "nessus_parse",
		definition: function.Definition{
			Summary: "Reads the open ports of each host from a Nessus file.",
			MarkdownDescription: `Reads the open ports of each host from a scan that Nessus exported in its own format
(` + "`.nessus`" + `, NessusClientData_v2), ready for ` + "`baseline`" + `.

- Ports count if a port scanner of Nessus found them over the network: plugins
  [11219](https://www.tenable.com/plugins/nessus/11219) (SYN),
  [10335](https://www.tenable.com/plugins/nessus/10335) (TCP) and
  [34277](https://www.tenable.com/plugins/nessus/34277) (UDP).
- Ports that Nessus enumerated on the host itself, by netstat or SNMP (plugins 14272,
  34220, 14274 and 64582), do not count: they may not be reachable. With credentials,
  Nessus may find only such ports; a file that has no others is an error.
- A host is left out if no network port scanner found an open port on it: the file does
  not say whether its ports were scanned.`,
			Parameters: []function.Parameter{contentOf("xml", "The content of the file, such as `file` returns.")},
			VariadicParameter: function.StringParameter{
				Name: "key",
				MarkdownDescription: "Which key each host gets: `\"host-ip\"` is its address (the default); `\"host-fqdn\"` is its name as Nessus resolved it, or its address if it has no name. " +
					"Hosts with the same name are merged. Give at most one.",
			},
		},
	}}
}

func (f *nessusParseFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	var keys []string
	if resp.Error = req.Arguments.Get(ctx, &text, &keys); resp.Error != nil {
		return
	}
	key := baseline.NessusKeys()[0]
	if len(keys) > 0 {
		key = baseline.NessusKey(keys[0])
	}
	switch {
	case !slices.Contains(baseline.NessusKeys(), key):
		resp.Error = function.NewArgumentFuncError(1, fmt.Sprintf("%q does not name hosts. Expected one of %q", key, baseline.NessusKeys()))
	case len(keys) > 1:
		resp.Error = function.NewArgumentFuncError(2, fmt.Sprintf("%q is one key too many. Expected at most one", keys[1]))
	default:
		setBaseline(ctx, resp, text, func(text string) (baseline.Baseline, error) { return baseline.Nessus(text, key) })
	}
}
