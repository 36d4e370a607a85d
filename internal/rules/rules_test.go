package rules_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/rules"
)

// read is one of the functions.
type read func(given any, options ...string) ([]string, error)

// value is what JSON has, with [rules.Unknown] where it says "unknown".
func value(tb testing.TB, text string) any {
	tb.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		tb.Fatalf("%v in %s", err, text)
	}
	return withUnknown(v)
}

func withUnknown(v any) any {
	switch v := v.(type) {
	case string:
		if v == "unknown" {
			return rules.Unknown{}
		}
	case []any:
		for i := range v {
			v[i] = withUnknown(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = withUnknown(v[name])
		}
	}
	return v
}

// portsTest is a value, options, and the ports with commas between them; or
// "unknown".
type portsTest struct{ name, given, options, want string }

func (tt portsTest) run(t *testing.T, of read) {
	t.Helper()
	got, err := of(value(t, tt.given), strings.Fields(tt.options)...)
	text := strings.Join(got, ",")
	if errors.Is(err, rules.ErrUnknown) {
		text, err = "unknown", nil
	}
	if err != nil || text != tt.want || text == "" && got == nil {
		t.Errorf("%s: %q, %v, want %q", tt.name, text, err, tt.want)
	}
}

// The ingress of a group that serves the web, is managed from two networks and
// from a group, and resolves names.
const awsGroup = `[
	{"from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"], "ipv6_cidr_blocks": ["::/0"], "prefix_list_ids": [], "security_groups": [], "self": false, "description": ""},
	{"from_port": 22, "to_port": 22, "protocol": "6", "cidr_blocks": ["10.0.0.0/17", "10.0.128.0/17", "192.0.2.0/24"], "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": ["sg-0a1b"], "self": false, "description": ""},
	{"from_port": 8000, "to_port": 8010, "protocol": "tcp", "cidr_blocks": [], "ipv6_cidr_blocks": ["2001:db8::/32"], "prefix_list_ids": ["pl-0c2d"], "security_groups": ["123456789012/sg-0e3f"], "self": true, "description": ""},
	{"from_port": 53, "to_port": 53, "protocol": "udp", "cidr_blocks": ["10.0.0.0/8"], "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": false, "description": ""},
	{"from_port": -1, "to_port": -1, "protocol": "icmp", "cidr_blocks": ["0.0.0.0/0"], "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": false, "description": ""}
]`

func TestAWSIngress(t *testing.T) {
	const all = `[{"from_port": 0, "to_port": 0, "protocol": "-1", "self": true}]`
	rule := func(s string) string { return `[{` + s + `, "cidr_blocks": ["10.0.0.0/8"]}]` }
	for _, tt := range []portsTest{
		{"all sources", awsGroup, "", "22,443,8000-8010,53/udp"},
		{"TCP", awsGroup, "tcp", "22,443,8000-8010"},
		{"UDP", awsGroup, "UDP", "53/udp"},
		{"both", awsGroup, "udp tcp", "22,443,8000-8010,53/udp"},
		{"an address", awsGroup, "10.0.1.5", "22,443,53/udp"},
		{"a network that two rules have", awsGroup, "10.0.0.0/16 tcp", "22,443"},
		{"a network of which a rule has a part", awsGroup, "192.0.0.0/16", "443"},
		{"everything", awsGroup, "0.0.0.0/0", "443"},
		{"a group, which is in 0.0.0.0/0 too", awsGroup, "sg-0a1b", "22,443"},
		{"a group of another account", awsGroup, "123456789012/sg-0e3f", "443,8000-8010"},
		{"a prefix list", awsGroup, "pl-0c2d", "443,8000-8010"},
		{"itself", awsGroup, "self", "443,8000-8010"},
		{"IPv6", awsGroup, "2001:db8::1", "443,8000-8010"},
		{"an address and its group", awsGroup, "198.51.100.1 sg-0a1b", "22,443"},
		{"a group that no rule has", awsGroup, "sg-ffff", "443"},
		{"no rules", `[]`, "", ""},
		{"no rules of for_each", `{}`, "", ""},
		{"all traffic", all, "", "1-65535,1-65535/udp"},
		{"all traffic, TCP from itself", all, "tcp self", "1-65535"},
		{"all traffic from elsewhere", all, "10.0.0.1", ""},
		{"all ports", rule(`"protocol": "tcp", "from_port": 0, "to_port": 65535`), "", "1-65535"},
		{"port 0", rule(`"protocol": "tcp", "from_port": 0, "to_port": 0`), "", ""},
		{"ports that touch", `[{"protocol": "tcp", "from_port": 80, "to_port": 81}, {"protocol": "TCP", "from_port": 81, "to_port": 90}]`, "", "80-90"},
		{"another protocol", rule(`"protocol": "50", "from_port": "unknown", "to_port": null`), "", ""},
		{"ports in quotes", rule(`"protocol": "tcp", "from_port": "80", "to_port": "81"`), "", "80-81"},
		{"egress of aws_security_group_rule", rule(`"type": "egress", "protocol": "-1"`), "", ""},
		{"egress of the data source", rule(`"is_egress": true, "ip_protocol": "-1"`), "", ""},
		{"ingress of aws_security_group_rule", `[{"type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "source_security_group_id": "sg-1"}]`, "sg-1", "22"},
		{"one rule", `{"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv4": "10.0.0.0/8", "cidr_ipv6": null}`, "10.1.2.3", "22"},
		{"rules under names", `{"a": {"ip_protocol": "-1", "from_port": null, "to_port": null, "referenced_security_group_id": "sg-1"}, "b": {"ip_protocol": "udp", "from_port": 1, "to_port": 2, "cidr_ipv6": "::/0"}}`, "sg-1", "1-65535,1-65535/udp"},
		{"a name that a rule has, as of a mocked provider", `[{"protocol": "tcp", "from_port": 22, "to_port": 22, "security_groups": ["x7k2p9qa"]}]`, "x7k2p9qa", "22"},
		{"a rule with an attribute of a later version", `[{"protocol": "tcp", "from_port": 22, "to_port": 22, "self": true, "cidr_blocks": [], "cidr_block": "", "region": "eu-west-1"}]`, "", "22"},
		{"a rule of a module, with a name and no action", `[{"name": "ssh", "action": null, "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": []}]`, "10.0.0.1", ""},
		{"unknown", `"unknown"`, "", "unknown"},
		{"an unknown rule", `["unknown"]`, "", "unknown"},
		{"an unknown protocol", rule(`"protocol": "unknown"`), "", "unknown"},
		{"an unknown port", rule(`"protocol": "tcp", "from_port": 1, "to_port": "unknown"`), "", "unknown"},
		{"unknown sources that do not matter", `[{"protocol": "tcp", "from_port": 1, "to_port": 1, "cidr_blocks": "unknown", "security_groups": ["unknown"], "self": "unknown"}]`, "", "1"},
		{"an unknown source", `[{"protocol": "tcp", "from_port": 1, "to_port": 1, "cidr_blocks": ["unknown"]}]`, "10.0.0.1", "unknown"},
	} {
		tt.run(t, rules.AWSIngress)
	}
}

func TestGoogleFirewallAllow(t *testing.T) {
	for _, tt := range []portsTest{
		{"ports and ranges", `[{"protocol": "tcp", "ports": ["443", "22", "8000-8010"]}, {"protocol": "UDP", "ports": ["53"]}, {"protocol": "icmp", "ports": []}]`, "", "22,443,8000-8010,53/udp"},
		{"TCP", `[{"protocol": "tcp", "ports": ["22"]}, {"protocol": "udp", "ports": ["53"]}]`, "tcp", "22"},
		{"without ports", `[{"protocol": "tcp", "ports": []}]`, "", "1-65535"},
		{"null ports", `[{"protocol": "17", "ports": null}]`, "", "1-65535/udp"},
		{"all", `[{"protocol": "all", "ports": []}]`, "", "1-65535,1-65535/udp"},
		{"all ports", `[{"protocol": "tcp", "ports": ["0-65535"]}]`, "", "1-65535"},
		{"numbers", `[{"protocol": 6, "ports": [22]}]`, "", "22"},
		{"a policy's rule", `[{"ip_protocol": "tcp", "ports": ["22"]}]`, "", "22"},
		{"other protocols", `[{"protocol": "esp"}, {"protocol": "132", "ports": ["1"]}, {"protocol": "sctp", "ports": ["1"]}]`, "", ""},
		{"unknown ports", `[{"protocol": "tcp", "ports": "unknown"}]`, "", "unknown"},
		{"an unknown port", `[{"protocol": "tcp", "ports": ["22", "unknown"]}]`, "", "unknown"},
		{"without the attribute", `[{"protocol": "tcp"}]`, "", "1-65535"},
		{"with a description", `[{"protocol": "tcp", "ports": ["22"], "description": "SSH"}]`, "", "22"},
		{"none", `[]`, "", ""},
	} {
		tt.run(t, rules.GoogleFirewallAllow)
	}
}

// azure is a rule with the attributes as the provider has them in state, and
// others in s.
func azure(s string) string {
	return `{"name": "x", "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "priority": 200, "source_port_range": "*", "source_port_ranges": [], "destination_port_range": "", "destination_port_ranges": [],
		"source_address_prefix": "", "source_address_prefixes": [], "source_application_security_group_ids": [], "destination_address_prefix": "*", "destination_address_prefixes": [], "destination_application_security_group_ids": []` + s + `}`
}

func TestAzureRulePorts(t *testing.T) {
	list := func(all ...string) string { return "[" + strings.Join(all, ",") + "]" }
	web := azure(`, "destination_port_ranges": ["80", "443", "8000-8010"], "source_address_prefix": "*"`)
	manage := azure(`, "destination_port_range": "22", "source_address_prefixes": ["10.0.0.0/8", "192.0.2.7"]`)
	denied := azure(`, "access": "Deny", "priority": 100, "protocol": "*", "destination_port_range": "8005", "source_address_prefix": "*"`)
	last := azure(`, "access": "Deny", "priority": 4096, "protocol": "*", "destination_port_range": "*", "source_address_prefix": "*"`)
	const asg = "/subscriptions/0/resourceGroups/x/providers/Microsoft.Network/applicationSecurityGroups/web"
	for _, tt := range []portsTest{
		{"allowed", list(web, manage), "", "22,80,443,8000-8010"},
		{"denied first", list(web, denied), "", "80,443,8000-8004,8006-8010"},
		{"denied afterwards", list(last, web, manage), "", "22,80,443,8000-8010"},
		{"denied to a part of the sources", list(web, azure(`, "access": "Deny", "priority": 100, "destination_port_range": "80", "source_address_prefix": "10.0.0.0/8"`)), "", "80,443,8000-8010"},
		{"denied to the source", list(web, azure(`, "access": "Deny", "priority": 100, "destination_port_range": "80", "source_address_prefix": "10.0.0.0/8"`)), "10.1.0.0/16", "443,8000-8010"},
		{"denied to a part of the source", list(web, azure(`, "access": "Deny", "priority": 100, "destination_port_range": "80", "source_address_prefix": "10.0.0.0/8"`)), "10.0.0.0/7", "443,8000-8010"},
		{"denied to others", list(web, azure(`, "access": "Deny", "priority": 100, "destination_port_range": "80", "source_address_prefix": "10.0.0.0/8"`)), "192.0.2.1", "80,443,8000-8010"},
		{"allowed before the rest is denied", list(last, manage), "10.1.2.3", "22"},
		{"an allowed part, then a denied whole", list(last, manage), "0.0.0.0/0", ""},
		{"a single address", list(manage), "192.0.2.7", "22"},
		{"allowed by two rules", list(azure(`, "destination_port_range": "22", "source_address_prefix": "10.0.0.0/9"`), azure(`, "priority": 300, "destination_port_range": "20-22", "source_address_prefix": "10.128.0.0/9"`)), "10.0.0.0/8", "22"},
		{"denied afterwards at the same ports", list(azure(`, "destination_port_range": "*", "source_address_prefix": "*"`), azure(`, "access": "Deny", "priority": 201, "destination_port_range": "22", "source_address_prefix": "*"`)), "10.0.0.1", "1-65535"},
		{"a tag", list(azure(`, "destination_port_range": "22", "source_address_prefix": "VirtualNetwork"`)), "virtualnetwork", "22"},
		{"an address that a tag may have", list(azure(`, "destination_port_range": "22", "source_address_prefix": "VirtualNetwork"`)), "10.0.0.1", ""},
		{"an address and its tag", list(azure(`, "destination_port_range": "22", "source_address_prefix": "VirtualNetwork"`)), "10.0.0.1 VirtualNetwork", "22"},
		{"a tag denied", list(web, azure(`, "access": "deny", "priority": 100, "destination_port_range": "443", "source_address_prefix": "Internet"`)), "Internet tcp", "80,8000-8010"},
		{"a tag allowed after all is denied", list(azure(`, "destination_port_range": "22", "source_address_prefix": "VirtualNetwork"`), azure(`, "access": "Deny", "priority": 100, "destination_port_range": "*", "source_address_prefix": "*"`)), "", ""},
		{"a tag allowed after the same is denied", list(azure(`, "destination_port_range": "20-22", "source_address_prefix": "Internet"`), azure(`, "access": "Deny", "priority": 100, "destination_port_range": "21", "source_address_prefix": "Internet"`)), "", "20,22"},
		{"an application security group", list(azure(`, "destination_port_range": "22", "source_application_security_group_ids": ["` + asg + `"]`)), strings.ToUpper(asg[:5]) + asg[5:], "22"},
		{"outbound", list(azure(`, "direction": "Outbound", "destination_port_range": "22", "source_address_prefix": "*"`)), "", ""},
		{"UDP and all", list(azure(`, "protocol": "Udp", "destination_port_range": "53", "source_address_prefix": "*"`), azure(`, "protocol": "*", "priority": 201, "destination_port_range": "123", "source_address_prefix": "*"`)), "", "123,53/udp,123/udp"},
		{"other protocols", list(azure(`, "protocol": "Icmp", "destination_port_range": "*", "source_address_prefix": "*"`)), "", ""},
		{"certain source ports", list(azure(`, "source_port_range": "53", "destination_port_range": "1000", "source_address_prefix": "*"`)), "", ""},
		{"certain destinations", list(web, azure(`, "access": "Deny", "priority": 100, "destination_port_range": "80", "source_address_prefix": "*", "destination_address_prefix": "10.0.0.4"`)), "", "80,443,8000-8010"},
		{"under names", `{"web": ` + web + `, "ssh": ` + manage + `}`, "", "22,80,443,8000-8010"},
		{"one", manage, "", "22"},
		{"unknown sources that do not matter", list(azure(`, "destination_port_range": "22", "source_address_prefix": "unknown", "priority": "unknown"`)), "", "22"},
		{"unknown sources of a rule that another may deny", list(denied, azure(`, "destination_port_range": "22", "source_address_prefix": "unknown"`)), "", "unknown"},
		{"an unknown direction", list(azure(`, "direction": "unknown"`)), "", "unknown"},
		{"unknown ports", list(azure(`, "destination_port_range": "unknown"`)), "", "unknown"},
	} {
		tt.run(t, rules.AzureRulePorts)
	}
}

// An element of aws_network_acl's ingress.
const awsACL = `[{"rule_no": 100, "action": "deny", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_block": "0.0.0.0/0", "ipv6_cidr_block": "", "icmp_type": 0, "icmp_code": 0}]`

// TestErrors: each message says what was given and what was expected, and an option
// is told from a rule.
func TestErrors(t *testing.T) {
	const (
		expectAWS    = "Expected the attribute ingress of an aws_security_group, or aws_vpc_security_group_ingress_rule objects"
		expectGoogle = "Expected the attribute allow of a google_compute_firewall"
		expectAzure  = "Expected the attribute security_rule of an azurerm_network_security_group, or azurerm_network_security_rule objects"
		expectSource = `Expected an address, a CIDR, the ID of a security group or prefix list, "self", "tcp" or "udp"`
		protocol     = `Expected a protocol, such as "tcp", "udp", "icmp", "6" or "-1"`
	)
	type errorTest struct {
		of             read
		given, options string
		option         int // -1 for the rules
		want           string
	}
	aws := func(given, want string) errorTest { return errorTest{rules.AWSIngress, given, "", -1, want} }
	for _, tt := range []errorTest{
		aws(`"sg"`, "this is a string. "+expectAWS),
		aws(`null`, "this is null. "+expectAWS),
		aws(`3`, "this is the number 3. "+expectAWS),
		aws(`["22"]`, "ingress[0] is a string. "+expectAWS),
		aws(`[null]`, "ingress[0] is null. "+expectAWS),
		aws(`[["x"]]`, "ingress[0] is a list. "+expectAWS),
		aws(`{"id": "sg-1"}`, `ingress["id"] is a string. `+expectAWS),
		aws(`{"id": "sg-1", "ingress": []}`, "ingress is a whole aws_security_group. Expected its attribute, as in aws_security_group.web.ingress"),
		aws(`{"web": {"id": "sg-1", "ingress": []}}`, `ingress["web"] is a whole aws_security_group. Expected its attribute, as in aws_security_group.web.ingress`),
		aws(`[{"from_port": 1}]`, `ingress[0] is an object without "protocol". `+expectAWS),
		aws(`[{"protocol": "tpc"}]`, `ingress[0].protocol is "tpc". `+protocol),
		aws(`[{"protocol": null}]`, `ingress[0].protocol is null. `+protocol),
		aws(`[{"ip_protocol": "256"}]`, `ingress[0].ip_protocol is "256". `+protocol),
		aws(`[{"protocol": []}]`, `ingress[0].protocol is a list. Expected a string`),
		aws(`[{"protocol": "tcp"}]`, `ingress[0].from_port is null. Expected a whole number`),
		aws(`[{"protocol": "tcp", "from_port": 1, "to_port": 1.5}]`, `ingress[0].to_port is the number 1.5. Expected a whole number`),
		aws(`[{"protocol": "tcp", "from_port": 90, "to_port": 80}]`, `ingress[0] has from_port 90 and to_port 80. Expected a range of ports from 0 to 65535`),
		aws(`[{"protocol": "tcp", "from_port": -1, "to_port": -1}]`, `ingress[0] has from_port -1 and to_port -1. Expected a range of ports from 0 to 65535`),
		aws(`["unknown", {"protocol": "tpc"}]`, `ingress[1].protocol is "tpc". `+protocol),
		{rules.AWSIngress, `[{"protocol": "-1", "cidr_blocks": ["10.0.0.0"]}]`, "10.0.0.1", -1, `ingress[0].cidr_blocks has "10.0.0.0". Expected a CIDR`},
		{rules.AWSIngress, `[{"protocol": "-1", "cidr_blocks": "10.0.0.0/8"}]`, "10.0.0.1", -1, `ingress[0].cidr_blocks is a string. Expected a list of strings`},
		{rules.AWSIngress, `[{"protocol": "-1", "self": "x"}]`, "self", -1, `ingress[0].self is a string. Expected a bool`},
		{rules.AWSIngress, awsGroup, "tcp tpc", 1, `"tpc" is not an option. ` + expectSource},
		{rules.AWSIngress, awsGroup, "sg-1 prober.example.com", 1, `"prober.example.com" is not an option. ` + expectSource},
		{rules.AWSIngress, awsGroup, "10.0.0.5/8", 0, `"10.0.0.5/8" has bits set after its prefix. Expected "10.0.0.0/8"`},
		{rules.AWSIngress, awsGroup, "10.0.0", 0, `"10.0.0" is not an address. Expected an address or a CIDR, such as "10.0.1.5", "10.0.0.0/16" or "2001:db8::/32"`},
		{rules.AWSIngress, awsGroup, "fe80::1%eth0", 0, `"fe80::1%eth0" is not an address. Expected an address or a CIDR, such as "10.0.1.5", "10.0.0.0/16" or "2001:db8::/32"`},
		{rules.GoogleFirewallAllow, `{"allow": [], "name": "x"}`, "", -1, "allow is a whole google_compute_firewall. Expected its attribute, as in google_compute_firewall.web.allow"},
		{rules.GoogleFirewallAllow, `[{"ports": ["22"]}]`, "", -1, `allow[0] is an object without "protocol". ` + expectGoogle},
		{rules.GoogleFirewallAllow, `[{"protocol": "tcp", "ports": ["22,80"]}]`, "", -1, `allow[0].ports has "22,80". Expected a port or a range, such as "443" or "8000-8010"`},
		{rules.GoogleFirewallAllow, `[{"protocol": "tcp", "ports": ["90-80"]}]`, "", -1, `allow[0].ports has "90-80". Expected a port or a range, such as "443" or "8000-8010"`},
		{rules.GoogleFirewallAllow, `[{"protocol": "tcp", "ports": [true]}]`, "", -1, `allow[0].ports[0] is a bool. Expected a string`},
		{rules.GoogleFirewallAllow, `[]`, "10.0.0.1", 0, `"10.0.0.1" is not an option. Expected "tcp" or "udp": allow has no sources, which are in source_ranges and source_tags of the google_compute_firewall`},
		{rules.AzureRulePorts, `[{"name": "x"}]`, "", -1, `security_rule[0] is an object without "protocol". ` + expectAzure},
		{rules.AzureRulePorts, `[` + azure(`, "direction": "In"`) + `]`, "", -1, `security_rule[0].direction is "In". Expected "Inbound" or "Outbound"`},
		{rules.AzureRulePorts, `[` + azure(`, "access": null`) + `]`, "", -1, `security_rule[0].access is null. Expected "Allow" or "Deny"`},
		{rules.AzureRulePorts, `[` + azure(`, "source_address_prefix": "*"`) + `]`, "", -1, `security_rule[0] has no ports. Expected destination_port_range or destination_port_ranges`},
		{rules.AzureRulePorts, `[` + azure(`, "destination_port_ranges": ["http"]`) + `]`, "", -1, `security_rule[0].destination_port_ranges has "http". Expected a port or a range, such as "443" or "8000-8010"`},
		{rules.AzureRulePorts, `[` + azure(`, "destination_port_range": "22", "priority": null`) + `]`, "10.0.0.1", -1, `security_rule[0].priority is null. Expected a whole number`},
		{rules.AzureRulePorts, `[` + azure(`, "destination_port_range": "22"`) + `]`, "tcp prober.example.com", 1, `"prober.example.com" is not an option. Expected an address, a CIDR, a service tag, the ID of an application security group, "tcp" or "udp"`},
		{rules.GoogleFirewallAllow, `[{"protocol": "tcp", "port": ["22"]}]`, "", -1, `allow[0] has an attribute "port", which no rule has. Expected "ports"`},
		{rules.GoogleFirewallAllow, `[{"protocol": "tcp", "Ports": ["22"]}]`, "", -1, `allow[0] has an attribute "Ports", which no rule has. Expected "ports"`},
		{rules.GoogleFirewallAllow, `[{"protocol": "udp", "destination": ["22"]}]`, "", -1, `allow[0] has no ports, and an attribute "destination", which no rule has. Expected ports, which may be null for all of them`},
		aws(`[{"protocol": "-1", "cidr_block": ["10.0.0.0/8"]}]`, `ingress[0] has an attribute "cidr_block", which no rule has. Expected "cidr_blocks"`),
		aws(`{"web": {"ip_protocol": "-1", "cidrIpv4": "10.0.0.0/8"}}`, `ingress["web"] has an attribute "cidrIpv4", which no rule has. Expected "cidr_ipv4"`),
		aws(awsACL, `ingress[0] is a rule of a network ACL: it has rule_no. `+expectAWS),
		aws(`[{"protocol": "-1", "rule_number": 100, "rule_action": "deny"}]`, `ingress[0] is a rule of a network ACL: it has rule_number. `+expectAWS),
		{rules.AWSIngress, `[{"protocol": "-1", "source": "10.0.0.0/8"}]`, "10.0.0.1", -1, `ingress[0] has no attribute for its sources, which matter here. Expected one of cidr_blocks, ipv6_cidr_blocks, cidr_ipv4, cidr_ipv6, security_groups, prefix_list_ids, source_security_group_id, referenced_security_group_id, prefix_list_id, self`},
		{rules.AzureRulePorts, `[{"direction": "Inbound", "access": "Allow", "protocol": "Tcp", "destination_port_range": "22", "source_port_rage": "53"}]`, "", -1, `security_rule[0] has an attribute "source_port_rage", which no rule has. Expected "source_port_range"`},
		{rules.AzureRulePorts, `[{"direction": "Inbound", "access": "Deny", "protocol": "Tcp", "destination_port_range": "22", "source": "*", "priority": 1}]`, "", -1, `security_rule[0] has no attribute for its sources, which matter here. Expected one of source_address_prefix, source_address_prefixes, source_application_security_group_ids`},
	} {
		_, err := tt.of(value(t, tt.given), strings.Fields(tt.options)...)
		option := -1
		if wrong, ok := errors.AsType[*rules.OptionError](err); ok {
			option = wrong.Index
		}
		if err == nil || option != tt.option || cmp.Diff(tt.want, err.Error()) != "" {
			t.Errorf("%.80s: option %d: %v\nwant option %d: %s", tt.given, option, err, tt.option, tt.want)
		}
	}
}
