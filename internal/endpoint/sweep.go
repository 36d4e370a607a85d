package endpoint

// AttrPorts names the attribute that says which ports of hosts to look at.
const AttrPorts = "ports"

// Sweep is what a user wrote of hosts and of the ports to look at on each,
// whatever they are found to be. Some of it may not be known yet.
type Sweep struct{ Hosts, Ports List }

// Resolve checks all that is known of s. What it returns declares every port
// closed, so that those that are open stand out. It is nil if there are
// problems, or while something is unknown.
func (s Sweep) Resolve() (*Declared, []Problem) {
	r := resolver{declaration: Declaration{Hosts: s.Hosts, Closed: s.Ports}}
	specs := r.hosts()
	ports := HostPorts{Closed: r.ports(AttrPorts, s.Ports, WantClosed)}
	if len(r.problems) == 0 {
		if s.Hosts.empty() {
			r.declaresNothing(AttrHosts, "hosts is empty, so nothing is scanned.")
		}
		if s.Ports.empty() {
			r.declaresNothing(AttrPorts, "ports is empty, so nothing is scanned.")
		}
		r.checkSize(specs, ports, nil)
	}
	if len(r.problems) > 0 {
		return nil, r.limited()
	}
	if !r.declaration.Known() {
		return nil, nil
	}
	return r.build(specs, ports, nil), nil
}
