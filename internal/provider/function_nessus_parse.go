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

- What counts is what a port scanner of Nessus found over the network: plugins
  [11219](https://www.tenable.com/plugins/nessus/11219) (SYN),
  [10335](https://www.tenable.com/plugins/nessus/10335) (TCP) and
  [34277](https://www.tenable.com/plugins/nessus/34277) (UDP).
- Ports that Nessus enumerated on the host itself, by netstat or SNMP (plugins 14272,
  34220, 14274 and 64582), do not count: they need not be reachable. Given credentials,
  Nessus may have only those; a file that has no others is an error.
- A host of which no network port scanner found an open port is left out: the file does
  not say whether its ports were scanned.`,
			Parameters: []function.Parameter{contentOf("xml", "What the file holds, as `file` returns it.")},
			VariadicParameter: function.StringParameter{
				Name: "key",
				MarkdownDescription: "What names a host: `\"host-ip\"`, its address (the default), or `\"host-fqdn\"`, its name as Nessus resolved it, and its address where it has none. " +
					"Hosts of the same name are merged. At most one.",
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
	key := baseline.NessusKeys[0]
	if len(keys) > 0 {
		key = baseline.NessusKey(keys[0])
	}
	switch {
	case !slices.Contains(baseline.NessusKeys, key):
		resp.Error = function.NewArgumentFuncError(1, fmt.Sprintf("%q does not name hosts. Expected one of %q", key, baseline.NessusKeys))
	case len(keys) > 1:
		resp.Error = function.NewArgumentFuncError(2, fmt.Sprintf("%q is one key too many. Expected at most one", keys[1]))
	default:
		setBaseline(ctx, resp, text, func(text string) (baseline.Baseline, error) { return baseline.Nessus(text, key) })
	}
}
