package rules

import "github.com/portcheck/terraform-provider-portcheck/internal/endpoint"

// googleArgument: the attributes are those of google_compute_firewall (allow), and
// of the firewall policies' rules (layer4_configs in match).
var googleArgument = argument{
	name: "allow", resource: "google_compute_firewall", protocol: []string{"protocol", "ip_protocol"},
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
			texts := o.texts("ports")
			if one.ports = o.ports("ports", texts...); len(texts) == 0 { // all of them
				one.ports = endpoint.NewPorts(portRange(0, maxPort)...)
			}
		}
		all = append(all, one)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return a.open(all), nil
}
