package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// awsArgument: the attributes are those of aws_security_group and
// aws_default_security_group (ingress), aws_security_group_rule,
// aws_vpc_security_group_ingress_rule and the data source
// aws_vpc_security_group_rule.
var awsArgument = argument{
	name: "ingress", resource: "aws_security_group", protocol: []string{"protocol", "ip_protocol"},
	read: slices.Concat([]string{"protocol", "ip_protocol", "from_port", "to_port", "type", "is_egress"}, awsSourceAttributes),
	// Such a rule may deny, and has an order.
	foreign: []string{"rule_no", "rule_number", "action", "rule_action"}, foreignRule: "a rule of a network ACL",
	expected: "the attribute ingress of an aws_security_group, or aws_vpc_security_group_ingress_rule objects",
}

// The attributes that have sources.
var (
	awsCIDRLists        = []string{"cidr_blocks", "ipv6_cidr_blocks"}
	awsCIDRs            = []string{"cidr_ipv4", "cidr_ipv6"}
	awsNameLists        = []string{"security_groups", "prefix_list_ids"}
	awsNames            = []string{"source_security_group_id", "referenced_security_group_id", "prefix_list_id"}
	awsSourceAttributes = slices.Concat(awsCIDRLists, awsCIDRs, awsNameLists, awsNames, []string{"self"})
)

var awsName = regexp.MustCompile(`^(self|([0-9]{12}/)?sg-[0-9A-Za-z]+|pl-[0-9A-Za-z]+)$`)

var awsKind = kind{
	is:       awsName.MatchString,
	expected: `an address, a CIDR, the ID of a security group or prefix list, "self", "tcp" or "udp"`,
}

// AWSIngress returns the ports that the rules of a security group let in. The
// options are "tcp" and "udp", and what describes a source: addresses, CIDRs, IDs
// of security groups and prefix lists, "self". Without a source it is any that a
// rule has.
func AWSIngress(ingress any, options ...string) ([]string, error) {
	a, err := awsKind.askedOf(options)
	if err != nil {
		return nil, err
	}
	r := &reader{}
	var all []rule
	for _, o := range awsArgument.objects(r, ingress) {
		if strings.EqualFold(o.text("type"), "egress") || o.flag("is_egress") {
			continue
		}
		one := o.awsRule()
		one.sources = anywhere
		if a.source() {
			one.sources = o.awsSources()
		}
		all = append(all, one)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	if err := awsKind.check(a, all); err != nil {
		return nil, err
	}
	return a.open(all), nil
}

func (o object) awsRule() rule {
	name := "protocol"
	if _, ok := o.values["ip_protocol"]; ok {
		name = "ip_protocol"
	}
	var one rule
	one.tcp, one.udp = o.protocols(name)
	if one.tcp && one.udp { // from_port and to_port mean nothing then
		one.ports = endpoint.NewPorts(portRange(0, maxPort)...)
		return one
	}
	if !one.tcp && !one.udp {
		return one
	}
	first, ok := o.number("from_port")
	last, ok2 := o.number("to_port")
	switch {
	case !ok || !ok2:
	case first < 0 || last > maxPort || first > last:
		o.fail("%s has from_port %d and to_port %d. Expected a range of ports from 0 to %d", o.name, first, last, maxPort)
	default:
		one.ports = endpoint.NewPorts(portRange(first, last)...)
	}
	return one
}

func (o object) awsSources() sources {
	var s sources
	o.someSource(awsSourceAttributes...)
	for _, name := range awsCIDRLists {
		s.add(o, name, true, o.texts(name)...)
	}
	for _, name := range awsCIDRs {
		s.add(o, name, true, o.text(name))
	}
	for _, name := range awsNameLists {
		s.add(o, name, false, o.texts(name)...)
	}
	for _, name := range awsNames {
		s.add(o, name, false, o.text(name))
	}
	if o.flag("self") {
		s.names = append(s.names, "self")
	}
	return s
}
