package rules

import "github.com/portcheck/terraform-provider-portcheck/internal/endpoint"

// googleArgument: the attributes are those of google_compute_firewall (allow), and
// of the firewall policies' rules (layer4_configs in match).
var googleArgument = argument{
	name: "allow", resource: "google_compute_firewall", protocol: []string{"protocol", "ip_protocol"},
	read:     []string{"protocol", "ip_protocol", "ports"},
	expected: "the attribute allow of a google_compute_firewall",
}

// googleKind has no sources: those of a firewall are not in allow.
var googleKind = kind{expected: `"tcp" or "udp": allow has no sources, which are in source_ranges and source_tags of the google_compute_firewall`}

// GoogleFirewallAllow returns the ports that a firewall rule lets in. The options
// are "tcp" and "udp".
func GoogleFirewallAllow(allow any, options ...string) ([]string, error) {
	a, err := googleKind.askedOf(options)
	if err != nil {
		return nil, err
	}
	r := &reader{}
	var all []rule
	for _, o := range googleArgument.objects(r, allow) {
		name := "protocol"
		if _, ok := o.values["ip_protocol"]; ok {
			name = "ip_protocol"
		}
		one := rule{sources: anywhere}
		one.tcp, one.udp = o.protocols(name)
		if one.tcp || one.udp {
			one.ports = o.googlePorts()
		}
		all = append(all, one)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return a.open(all), nil
}

// googlePorts reads the ports of a rule for TCP or UDP: all of them if it names none.
// So an object without the attribute has nothing else that may be meant for it.
func (o object) googlePorts() endpoint.Ports {
	if _, ok := o.values["ports"]; !ok {
		if others := googleArgument.unread(o); len(others) > 0 {
			o.fail("%s has no ports, and an attribute %s, which no rule has. Expected ports, which may be null for all of them", o.name, endpoint.Quote(others[0]))
		}
	}
	texts := o.texts("ports")
	if len(texts) == 0 {
		return endpoint.NewPorts(portRange(0, maxPort)...)
	}
	return o.ports("ports", texts...)
}
