package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/portcheck/terraform-provider-portcheck/internal/rules"
)

// NewAWSIngressFunction makes the function aws_ingress.
func NewAWSIngressFunction() function.Function {
	return &rulesFunction{
		name: "aws_ingress", argument: "ingress", ports: rules.AWSIngress,
		arguments: "The attribute `ingress` of an `aws_security_group` or `aws_default_security_group`; or rules that are resources of their own: " +
			"an `aws_vpc_security_group_ingress_rule` or `aws_security_group_rule`, a list of them, or all of one with `for_each`. " +
			"Anything else is an error that says what was given.",
		options: "`\"tcp\"` or `\"udp\"`: only ports of this protocol. And where the packets come from: an address, a CIDR, the ID of a security group or of a prefix list, `\"self\"`.",
		definition: function.Definition{
			Summary: "Returns the ports that an AWS security group lets in.",
			MarkdownDescription: `Returns the ports that the ingress rules of an AWS security group let in, so that what the
rules say need not be written twice.

Without a source these are the ports of all rules, whatever their sources. With one, they are
those that the rules open to it:

- A CIDR counts as a whole: each of its addresses must be let in, if by several rules.
- Several sources describe one: an address, say, and the security groups that it is in. A rule
  for any of them counts. For several machines call the function for each.
- The addresses of a security group or a prefix list are known to AWS alone: a rule for
  one counts if you name it. Members of a named group are in ` + "`0.0.0.0/0`" + ` too.
- A name that is neither an ID nor in one of the rules is an error.

A machine that is in several groups gets what any of them lets in: give all rules, as in
` + "`setunion(aws_security_group.web.ingress, aws_security_group.admin.ingress)`" + `.

A new ` + "`aws_security_group`" + ` without rules in its own blocks has an unknown ` + "`ingress`" + `, and later
the rules of the last refresh. If your rules are resources of their own, give those.`,
		},
	}
}
