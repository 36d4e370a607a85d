package rules

import (
	"regexp"
	"slices"
	"strings"
)

// azureArgument: the attributes are those of azurerm_network_security_group
// (security_rule), as a resource and as a data source, and of
// azurerm_network_security_rule.
var azureArgument = argument{
	name: "security_rule", resource: "azurerm_network_security_group", protocol: []string{"protocol"},
	read: slices.Concat([]string{"direction", "access", "protocol", "priority",
		"source_port_range", "source_port_ranges", "destination_port_range", "destination_port_ranges",
		"destination_address_prefix", "destination_address_prefixes", "destination_application_security_group_ids"}, azureSourceAttributes),
	expected: "the attribute security_rule of an azurerm_network_security_group, or azurerm_network_security_rule objects",
}

// The attributes that have sources.
var (
	azureSourceLists      = []string{"source_address_prefixes", "source_application_security_group_ids"}
	azureSourceAttributes = append([]string{"source_address_prefix"}, azureSourceLists...)
)

// azureName: service tags, some with a region, and IDs of application security groups.
var azureName = regexp.MustCompile(`^([A-Z][0-9A-Za-z]*(\.[0-9A-Za-z]+)?|/subscriptions/.+)$`)

var azureKind = kind{
	is:       azureName.MatchString,
	expected: `an address, a CIDR, a service tag, the ID of an application security group, "tcp" or "udp"`,
}

// AzureRulePorts returns the ports that the inbound rules of a network security
// group let in, the rule with the lowest priority first. The options are "tcp" and
// "udp", and what describes a source: addresses, CIDRs, service tags, IDs of
// application security groups. Without a source it is any that is let in.
//
// A rule for certain source ports is left out, as is one that denies certain
// destinations only.
func AzureRulePorts(securityRule any, options ...string) ([]string, error) {
	a, err := azureKind.askedOf(options)
	if err != nil {
		return nil, err
	}
	r := &reader{}
	var given []object
	var all []rule
	sourcesMatter := a.source()
	for _, o := range azureArgument.objects(r, securityRule) {
		if one, ok := o.azureRule(); ok {
			given, all = append(given, o), append(all, one)
			sourcesMatter = sourcesMatter || one.deny
		}
	}
	for i, o := range given {
		all[i].sources = anywhere
		if sourcesMatter {
			all[i].sources = o.azureSources()
			if priority, ok := o.number("priority"); ok {
				all[i].priority = float64(priority)
			}
		}
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	if err := azureKind.check(a, all); err != nil {
		return nil, err
	}
	return a.open(all), nil
}

// azureRule reads a rule but for its sources and priority. It returns false if the
// rule has no part in what comes in.
func (o object) azureRule() (one rule, ok bool) {
	if o.word("direction", "Inbound", "Outbound") != "Inbound" {
		return one, false
	}
	one.deny = o.word("access", "Allow", "Deny") == "Deny"
	one.tcp, one.udp = o.protocols("protocol")
	if !one.tcp && !one.udp || !o.all("source_port_range", "source_port_ranges", nil) {
		return one, false
	}
	if one.deny && !o.all("destination_address_prefix", "destination_address_prefixes", []string{"destination_application_security_group_ids"}) {
		return one, false
	}
	text, texts := o.text("destination_port_range"), o.texts("destination_port_ranges")
	if text == "" && len(texts) == 0 && o.known("destination_port_range", "destination_port_ranges") {
		o.fail("%s has no ports. Expected destination_port_range or destination_port_ranges", o.name)
	}
	one.ports = o.ports("destination_port_range", text).Union(o.ports("destination_port_ranges", texts...))
	return one, true
}

// word reads one of two words in any case. It is empty if it is neither.
func (o object) word(name, first, second string) string {
	text := o.text(name)
	switch {
	case strings.EqualFold(text, first):
		return first
	case strings.EqualFold(text, second):
		return second
	case o.known(name):
		o.fail("%s.%s is %s. Expected %q or %q", o.name, name, given(o.values[name]), first, second)
	}
	return ""
}

func (o object) known(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { _, unknown := o.values[name].(Unknown); return unknown })
}

// all tells whether the attributes, a string, a list of strings and further lists,
// restrict nothing.
func (o object) all(one, list string, more []string) bool {
	texts := o.texts(list)
	for _, name := range more {
		texts = append(texts, o.texts(name)...)
	}
	if text := o.text(one); text != "" {
		texts = append(texts, text)
	}
	return len(texts) == 0 || slices.ContainsFunc(texts, func(text string) bool {
		return slices.Contains([]string{"*", "any", "0-65535", "1-65535", "0.0.0.0/0", "virtualnetwork"}, strings.ToLower(text))
	})
}

func (o object) azureSources() sources {
	var s sources
	o.someSource(azureSourceAttributes...)
	s.add(o, "source_address_prefix", false, o.text("source_address_prefix"))
	for _, name := range azureSourceLists {
		s.add(o, name, false, o.texts(name)...)
	}
	return s
}
