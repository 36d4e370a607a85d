package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

// skipEnumerated is an option of nessus_parse.
const skipEnumerated = "skip-enumerated"

// NewNessusParseFunction makes the function nessus_parse.
func NewNessusParseFunction() function.Function {
	return &baselineFunction{
		name:  "nessus_parse",
		keys:  []baseline.Key{baseline.NessusIP, baseline.NessusFQDN},
		flags: []string{skipEnumerated},
		options: "Which key each host gets, at most one of two: `\"host-ip\"` is its address (the default); `\"host-fqdn\"` is its name as Nessus resolved it, " +
			"or its address if it has no name that can be declared. Hosts with the same name are merged. " +
			"Beside it, `\"skip-enumerated\"` leaves out hosts whose ports were only enumerated on the host itself.",
		parse: func(ctx context.Context, text string, given baselineOptions) (baseline.Baseline, error) {
			return baseline.Nessus(ctx, text, given.key, slices.Contains(given.flags, skipEnumerated))
		},
		definition: function.Definition{
			Summary: "Reads the open ports of each host from a Nessus file.",
			MarkdownDescription: `Reads the open ports of each host from a scan that Nessus exported in its own format
(` + "`.nessus`" + `, NessusClientData_v2), ready for ` + "`baseline`" + `.

- Ports count if a port scanner of Nessus found them over the network: plugins
  [11219](https://www.tenable.com/plugins/nessus/11219) (SYN),
  [10335](https://www.tenable.com/plugins/nessus/10335) (TCP) and
  [34277](https://www.tenable.com/plugins/nessus/34277) (UDP), and plugin 0 in files of
  Nessus 4. A file without any finding of a port scanner, such as one that was exported with
  a filter, is an error.
- Ports that Nessus enumerated on the host itself, by netstat or SNMP (plugins 14272,
  34220, 14274 and 64582), do not count: they may not be reachable. With credentials,
  Nessus may find only such ports; hosts that have no others are an error, which names them.
  ` + "`\"skip-enumerated\"`" + ` leaves these hosts out instead.
- A host is left out if no network port scanner found an open port on it: the file does
  not say whether its ports were scanned.`,
			Parameters: []function.Parameter{contentOf("xml", "The content of the file, such as `file` returns.")},
		},
	}
}
