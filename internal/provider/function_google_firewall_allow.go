package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/rules"
)

// NewGoogleFirewallAllowFunction makes the function google_firewall_allow.
func NewGoogleFirewallAllowFunction() function.Function {
	return &rulesFunction{
		name: "google_firewall_allow", argument: "allow", ports: rules.GoogleFirewallAllow,
		arguments: "The attribute `allow` of a `google_compute_firewall`, or `layer4_configs` in `match` of a firewall policy's rule. " +
			"Anything else is an error that says what was given.",
		options: "`\"tcp\"` or `\"udp\"`: only ports of this protocol. A source is an error, since `allow` has none.",
		definition: function.Definition{
			Summary: "Returns the ports that a Google Cloud firewall rule lets in.",
			MarkdownDescription: `Returns the ports that a firewall rule of Google Cloud lets in, so that what the rule says need
not be written twice. A protocol without ` + "`ports`" + ` has all of them.

The sources of a ` + "`google_compute_firewall`" + ` are not in ` + "`allow`" + `. For the ports that several rules open to
one network, choose the rules first:
` + "`[for f in google_compute_firewall.all : f.allow if contains(f.source_ranges, \"10.0.0.0/8\")]`" + `,
flattened. Leave out rules with ` + "`disabled`" + ` or ` + "`direction = \"EGRESS\"`" + ` in the same way.`,
		},
	}
}
