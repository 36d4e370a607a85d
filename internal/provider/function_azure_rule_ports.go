package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/rules"
)

// NewAzureRulePortsFunction makes the function azure_rule_ports.
func NewAzureRulePortsFunction() function.Function {
	return &rulesFunction{
		name: "azure_rule_ports", argument: "security_rule", ports: rules.AzureRulePorts,
		arguments: "The attribute `security_rule` of an `azurerm_network_security_group`, a resource or a data source; or an `azurerm_network_security_rule`, a list of them, or all of one with `for_each`. " +
			"Anything else is an error that says what was given.",
		options: "`\"tcp\"` or `\"udp\"`: only ports of this protocol. And where the packets come from: an address, a CIDR, a service tag such as `\"VirtualNetwork\"`, the ID of an application security group.",
		definition: function.Definition{
			Summary: "Returns the ports that an Azure network security group lets in.",
			MarkdownDescription: `Returns the ports that the inbound rules of an Azure network security group let in, so that
what the rules say need not be written twice. The rule with the lowest ` + "`priority`" + ` decides, as
in Azure: a port that it denies is not in the result.

Without a source these are the ports that are let in from anywhere. With one, they are those
that are let in from it:

- A CIDR counts as a whole: each of its addresses must be let in, if by several rules. A port
  that is denied to a part of it is not in the result.
- Several sources describe one: an address, say, and the service tags that it belongs to. A rule
  for any of them counts. For several machines call the function for each.
- The addresses of service tags and application security groups are known to Azure alone: a rule
  for one counts, be it to allow or to deny, if you name it. ` + "`Internet`" + ` is such a tag.
- A name that is neither a tag nor an ID nor in one of the rules is an error.

Outbound rules are left out, and those for certain source ports. Rules that allow packets to certain
destinations count; rules that deny them do not. Azure's default rules are not among the
attributes.`,
		},
	}
}
