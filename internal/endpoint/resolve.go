package endpoint

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
)

// maxProblems is how many errors one declaration reports, so that a generated
// list with one systematic mistake stays readable.
const maxProblems = 20

// Resolve checks all that is known of d and returns what it declares: nil if
// there are problems, or while something is unknown.
func (d Declaration) Resolve() (*Declared, []Problem) {
	r := resolver{declaration: d}
	specs := r.hosts()
	read := func(want Want) ByScheme { return r.ports(string(want), *d.Ports(want), want) }
	ports := HostPorts{Open: read(WantOpen), Unfiltered: read(WantUnfiltered), Filtered: read(WantFiltered), Closed: read(WantClosed)}
	baseline := r.baseline()
	if len(r.problems) == 0 {
		r.checkWhole(baseline)
		r.checkSize(specs, ports, baseline)
	}
	if len(r.problems) > 0 {
		return nil, r.limited()
	}
	if !d.Known() {
		return nil, nil
	}
	return r.build(specs, ports, baseline), nil
}

// resolver collects the problems of one declaration.
type resolver struct {
	declaration Declaration
	problems    []Problem
	empty       []Problem     // as in Declared
	absolute    map[Host]bool // as in Declared
}

// spelt notes how a host was written.
func (r *resolver) spelt(host Host, as string) {
	if !isAbsolute(as) {
		return
	}
	if r.absolute == nil {
		r.absolute = map[Host]bool{}
	}
	r.absolute[host] = true
}

func (r *resolver) limited() []Problem {
	if n := len(r.problems); n > maxProblems {
		r.problems = r.problems[:maxProblems]
		more := fmt.Sprintf("are %d more mistakes", n-maxProblems)
		if n == maxProblems+1 {
			more = "is 1 more mistake"
		}
		r.problems[maxProblems-1].Detail += "\n\nThere " + more + " like these."
	}
	return r.problems
}

func (r *resolver) add(p Problem) { r.problems = append(r.problems, p) }

func (r *resolver) hosts() []hostSpec {
	specs := make([]hostSpec, 0, len(r.declaration.Hosts.Elements))
	for i, e := range r.declaration.Hosts.Elements {
		problem := Problem{Attribute: AttrHosts, Index: i, Summary: "Invalid host"}
		if e.Unknown {
			continue
		}
		if e.Null {
			problem.Detail = fmt.Sprintf("Element %d of hosts is null. %s.", i, expectedHost)
			r.add(problem)
			continue
		}
		spec, err := parseHostSpec(e.Value)
		if err != nil {
			problem.Detail = fmt.Sprintf("Element %d of hosts: %s.", i, err)
			r.add(problem)
			continue
		}
		specs = append(specs, spec)
		r.spelt(spec.host, e.Value)
	}
	return specs
}

// ports reads the list attribute called name, whose ports are declared as want.
func (r *resolver) ports(name string, list List, want Want) ByScheme {
	return r.portList(list, want, func(i int) Problem {
		return Problem{Attribute: name, Index: i, Detail: fmt.Sprintf("Element %d of %s", i, name)}
	})
}

// refusal says why ports of scheme cannot be declared as want; empty if they can.
func refusal(want Want, ports Range, scheme Scheme) string {
	expected := fmt.Sprintf(" Expected %q", Spec(ports, scheme.Transport()))
	switch {
	case want == WantOpen:
	case want.AboutFilter() && scheme.Transport() == UDP:
		return fmt.Sprintf("is a UDP port, and %s is for TCP ports: an open UDP port may be as silent as a filtered one. Expected %q", want, Spec(ports, TCP))
	case want.AboutFilter() && scheme.Service():
		return "names a service, and a service cannot be given here: " + string(want) + " is about what lets packets through, whether or not anything listens." + expected
	case scheme.Service():
		return "names a service, and a service cannot be given here: any port that accepts connections counts as open." + expected
	}
	return ""
}

// portList reads ports that are declared as want. at(i) returns a Problem for the
// i-th element, with a Detail that names it.
func (r *resolver) portList(list List, want Want, at func(int) Problem) ByScheme {
	ranges := map[Scheme][]Range{}
	for i, e := range list.Elements {
		if e.Unknown {
			continue
		}
		problem := at(i)
		problem.Summary = "Invalid port"
		if e.Null {
			problem.Detail += fmt.Sprintf(" is null. %s.", expectedPorts(want))
			r.add(problem)
			continue
		}
		ports, scheme, err := parsePortRange(e.Value, want)
		if err == nil {
			if why := refusal(want, ports, scheme); why != "" {
				err = fmt.Errorf("%s %s", Quote(e.Value), why)
			}
		}
		if err != nil {
			problem.Detail += fmt.Sprintf(": %s.", err)
			r.add(problem)
			continue
		}
		ranges[scheme] = append(ranges[scheme], ports)
	}
	return NewByScheme(ranges)
}

func (r *resolver) baseline() map[Host]ByScheme {
	sets := make(map[Host]ByScheme, len(r.declaration.Baseline))
	for _, key := range slices.Sorted(maps.Keys(r.declaration.Baseline)) {
		list := r.declaration.Baseline[key]
		problem := Problem{Attribute: AttrBaseline, Index: -1, Key: key, Summary: "Invalid host"}
		host, err := parseProbed(key)
		if err != nil {
			problem.Detail = fmt.Sprintf("Key %s of baseline is not a host: %s. %s.", Quote(key), err, expectedHostFor(key, "Expected a host name such as \"db.example.com\" or an address"))
			r.add(problem)
			continue
		}
		if list.Null {
			problem.Summary = "Invalid port"
			problem.Detail = fmt.Sprintf("The ports of %s in baseline are null. Expected a list, empty if nothing was open.", Quote(key))
			r.add(problem)
			continue
		}
		ports := r.portList(list, WantOpen, func(i int) Problem {
			return Problem{Attribute: AttrBaseline, Index: -1, Key: key, Detail: fmt.Sprintf("Element %d of %s in baseline", i, Quote(key))}
		})
		sets[host] = sets[host].Union(ports)
		r.spelt(host, key)
	}
	return sets
}

// checkWhole finds the mistakes that show only in the attributes together. To leave
// out a needed attribute is a mistake. To give an empty one is no mistake: its value
// may come from elsewhere, such as a baseline of hosts that were silent.
func (r *resolver) checkWhole(baseline map[Host]ByScheme) {
	d := r.declaration
	noHosts, noOpen := d.Hosts.empty(), d.Open.empty()
	noPorts := !slices.ContainsFunc(Wants(), func(want Want) bool { return !d.Ports(want).empty() })
	switch {
	case !noHosts && noPorts:
		r.noPorts()
	case !noHosts:
	case !d.BaselineUnknown && len(d.Baseline) == 0:
		r.noneDeclared()
	case !noOpen && d.Hosts.Null:
		r.incomplete(AttrOpen, "open applies to hosts, but there are none. Expected hosts beside open; what a baseline holds needs no open.")
	case !noOpen:
		r.declaresNothing(AttrHosts, "hosts is empty, so open declares nothing.")
	case noPorts && nothingIn(d, baseline):
		r.declaresNothing(AttrBaseline, "No host in baseline has a port, so nothing is declared.")
	}
}

// noneDeclared is for a declaration without any host.
func (r *resolver) noneDeclared() {
	switch d := r.declaration; {
	case d.Baseline != nil:
		r.declaresNothing(AttrBaseline, "baseline is empty, so nothing is declared.")
	case d.Hosts.Null:
		r.incomplete("", "Nothing is declared. Expected at least one host in hosts (with open, unfiltered, filtered or closed) or in baseline.")
	default:
		r.declaresNothing(AttrHosts, "hosts is empty, so nothing is declared.")
	}
}

// noPorts is for hosts without ports.
func (r *resolver) noPorts() {
	for _, want := range Wants() {
		if !r.declaration.Ports(want).Null {
			r.declaresNothing(string(want), string(want)+" is empty, so hosts declares nothing.")
			return
		}
	}
	r.incomplete(AttrHosts, "hosts without ports declares nothing. Expected open, unfiltered, filtered or closed beside hosts.")
}

// checkSize finds a declaration that is too large, before it is written out.
func (r *resolver) checkSize(specs []hostSpec, ports HostPorts, baseline map[Host]ByScheme) {
	attribute := AttrHosts
	if len(specs) == 0 {
		attribute = AttrBaseline
	}
	if total := count(specs, ports, baseline); total.Cmp(big.NewInt(MaxEndpoints)) > 0 {
		r.add(Problem{Attribute: attribute, Index: -1, Summary: "Too many endpoints", Detail: fmt.Sprintf(
			"Hosts times ports makes %d endpoints. Expected at most %d in one object; split it, or declare fewer hosts or ports.", total, MaxEndpoints)})
	}
}

// declaresNothing notes that an attribute was given, but is empty.
func (r *resolver) declaresNothing(attribute, detail string) {
	r.empty = append(r.empty, Problem{Attribute: attribute, Index: -1, Summary: "Empty declaration: " + attribute, Detail: detail})
}

func (r *resolver) incomplete(attribute, detail string) {
	r.add(Problem{Attribute: attribute, Index: -1, Summary: "Incomplete declaration", Detail: detail})
}

// nothingIn tells whether the baseline of d is known to hold no port.
func nothingIn(d Declaration, baseline map[Host]ByScheme) bool {
	for _, ports := range baseline {
		if ports.count() > 0 {
			return false
		}
	}
	return d.Known()
}

// count is how many endpoints there would be, counting each as often as it
// is named. While ports are unknown each host counts as one.
func count(specs []hostSpec, ports HostPorts, baseline map[Host]ByScheme) *big.Int {
	total := new(big.Int)
	for _, s := range specs {
		total.Add(total, s.count())
	}
	notOpen := ports.Unfiltered.Union(ports.Filtered).Union(ports.Closed)
	total.Mul(total, big.NewInt(int64(max(1, ports.Open.Union(notOpen).count()))))
	for _, open := range baseline {
		total.Add(total, big.NewInt(int64(open.Union(notOpen).count())))
	}
	return total
}
