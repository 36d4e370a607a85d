package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// portsOver are the ports that a function returns over the protocol; known is
// false if it says that they will be known later.
func portsOver(t *testing.T, name string, rules tftypes.Value, options ...string) (ports []string, known bool, failure *tfprotov6.FunctionError) {
	t.Helper()
	argument, err := tfprotov6.NewDynamicValue(tftypes.DynamicPseudoType, rules)
	if err != nil {
		t.Fatal(err)
	}
	arguments := []*tfprotov6.DynamicValue{&argument}
	for _, option := range options {
		argument, err := tfprotov6.NewDynamicValue(tftypes.String, text(option))
		if err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, &argument)
	}
	resp, err := NewServer("test", nil)().CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: name, Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Error != nil {
		return nil, true, resp.Error
	}
	value, err := resp.Result.Unmarshal(tftypes.List{ElementType: tftypes.String})
	if err != nil {
		t.Fatal(err)
	}
	if !value.IsKnown() {
		return nil, false, nil
	}
	var elements []tftypes.Value
	if err := value.As(&elements); err != nil {
		t.Fatal(err)
	}
	for _, e := range elements {
		var port string
		if err := e.As(&port); err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
	}
	return ports, true, nil
}

// awsRule is an element of aws_security_group's ingress.
func awsRule(protocol tftypes.Value, from, to any, blocks ...tftypes.Value) tftypes.Value {
	return object(map[string]tftypes.Value{
		"protocol": protocol, "from_port": tftypes.NewValue(tftypes.Number, from), "to_port": tftypes.NewValue(tftypes.Number, to), "description": text(""),
		"cidr_blocks":     tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, blocks),
		"security_groups": tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, []tftypes.Value{}), "self": tftypes.NewValue(tftypes.Bool, false),
	})
}

func setOf(elements ...tftypes.Value) tftypes.Value {
	return tftypes.NewValue(tftypes.Set{ElementType: elements[0].Type()}, elements)
}

// TestRules: each kind of value arrives in package rules, and each of its answers
// comes back.
func TestRules(t *testing.T) {
	group := setOf(awsRule(text("tcp"), 22, 22, text("10.0.0.0/8")), awsRule(text("-1"), 0, 0, text("192.0.2.0/24")))
	later := awsRule(text("tcp"), 443, 443, unknown(tftypes.String))
	allow := setOf(object(map[string]tftypes.Value{"protocol": text("udp"), "ports": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{text("53")})}))
	azure := object(map[string]tftypes.Value{
		"direction": text("Inbound"), "access": text("Allow"), "protocol": text("*"), "priority": tftypes.NewValue(tftypes.Number, 100),
		"destination_port_range": text("443"), "source_address_prefix": text("Internet"), "source_port_range": nullOf(tftypes.String),
	})
	for _, tt := range []struct {
		name    string
		of      string
		rules   tftypes.Value
		options string
		want    string // with blanks; unknown
	}{
		{"a set", "aws_ingress", group, "", "1-65535 1-65535/udp"},
		{"a source", "aws_ingress", group, "10.0.0.1 tcp", "22"},
		{"a dynamic value of a tuple", "aws_ingress", tftypes.NewValue(tftypes.Tuple{ElementTypes: []tftypes.Type{later.Type()}}, []tftypes.Value{later}), "", "443"},
		{"an unknown source", "aws_ingress", setOf(later), "10.0.0.1", "unknown"},
		{"for_each", "aws_ingress", tftypes.NewValue(tftypes.Map{ElementType: later.Type()}, map[string]tftypes.Value{"a": later}), "tcp", "443"},
		{"an unknown set", "aws_ingress", unknown(group.Type()), "", "unknown"},
		{"an unknown value", "google_firewall_allow", unknown(tftypes.DynamicPseudoType), "", "unknown"},
		{"Google", "google_firewall_allow", allow, "", "53/udp"},
		{"no rules", "google_firewall_allow", tftypes.NewValue(allow.Type(), []tftypes.Value{}), "", ""},
		{"Azure", "azure_rule_ports", object(map[string]tftypes.Value{"web": azure}), "tcp internet", "443"},
	} {
		ports, known, failure := portsOver(t, tt.of, tt.rules, strings.Fields(tt.options)...)
		got := strings.Join(ports, " ")
		if !known {
			got = "unknown"
		}
		if failure != nil || got != tt.want {
			t.Errorf("%s: %q, %+v, want %q", tt.name, got, failure, tt.want)
		}
	}
}

// TestRulesErrors: an error is of the argument to which it belongs.
func TestRulesErrors(t *testing.T) {
	rule := awsRule(text("tcp"), 1, 1.5)
	for _, tt := range []struct {
		rules    tftypes.Value
		options  []string
		argument int64
		want     string
	}{
		{setOf(rule), nil, 0, "ingress[0].to_port is the number 1.5. Expected a whole number"},
		{text("sg-1"), nil, 0, "this is a string. Expected the attribute ingress of an aws_security_group, or aws_vpc_security_group_ingress_rule objects"},
		{setOf(awsRule(text("tcp"), 1, 1)), []string{"tcp", "web"}, 2, `"web" is not an option. Expected an address, a CIDR, the ID of a security group or prefix list, "self", "tcp" or "udp"`},
	} {
		_, _, failure := portsOver(t, "aws_ingress", tt.rules, tt.options...)
		if failure == nil || failure.Text != tt.want || failure.FunctionArgument == nil || *failure.FunctionArgument != tt.argument {
			t.Errorf("%+v, want of argument %d: %s", failure, tt.argument, tt.want)
		}
	}
}
