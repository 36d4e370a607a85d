package endpoint

import (
	"iter"
	"maps"
	"slices"
)

// MaxEndpoints is how many endpoints one declaration may have.
const MaxEndpoints = 1_000_000

// MaxAddresses is how many addresses one name may have. The owner of a name may give
// it thousands, and each costs one look for each port.
const MaxAddresses = 64

// Names of the attributes that declare endpoints, as Terraform knows them.
const (
	AttrHosts      = "hosts"
	AttrOpen       = "open"
	AttrUnfiltered = "unfiltered"
	AttrFiltered   = "filtered"
	AttrClosed     = "closed"
	AttrBaseline   = "baseline"
)

// Element is one string of a list as written.
type Element struct {
	Value   string
	Null    bool
	Unknown bool // its value comes later; Value is empty
}

// List is a list attribute as written. The zero List is an empty one.
type List struct {
	Elements []Element
	Unknown  bool // the whole list comes later
	Null     bool // left out; in a baseline: a host with a null list
}

func (l List) known() bool {
	return !l.Unknown && !slices.ContainsFunc(l.Elements, func(e Element) bool { return e.Unknown })
}

func (l List) empty() bool { return !l.Unknown && len(l.Elements) == 0 }

// Declaration has the attributes that declare endpoints, as a user wrote them. Values
// may be unknown yet.
type Declaration struct {
	Hosts, Open, Unfiltered, Filtered, Closed List
	Baseline                                  map[string]List
	BaselineUnknown                           bool // the whole baseline comes later
}

// Ports returns the list of ports that are declared as want, which the attribute of
// that name has.
func (d *Declaration) Ports(want Want) *List {
	switch want {
	case WantOpen:
		return &d.Open
	case WantUnfiltered:
		return &d.Unfiltered
	case WantFiltered:
		return &d.Filtered
	case WantClosed:
	}
	return &d.Closed
}

// List is the list that the attribute called name gives; nil if it gives none, as
// baseline.
func (d *Declaration) List(name string) *List {
	if name == AttrHosts {
		return &d.Hosts
	}
	if want := Want(name); slices.Contains(Wants(), want) {
		return d.Ports(want)
	}
	return nil
}

// Known tells whether nothing of d is still to come.
func (d Declaration) Known() bool {
	if d.BaselineUnknown || !d.Hosts.known() {
		return false
	}
	for _, want := range Wants() {
		if !d.Ports(want).known() {
			return false
		}
	}
	for _, ports := range d.Baseline {
		if !ports.known() {
			return false
		}
	}
	return true
}

// Problem is one mistake in a declaration.
type Problem struct {
	Attribute string // the attribute, "" for the whole
	Index     int    // the element of a list attribute, -1 for all of it
	Key       string // the key of baseline, "" for all of it
	Summary   string
	Detail    string // quotes the input and says what was expected
}

// ByScheme holds ports for each scheme.
type ByScheme map[Scheme]Ports

// NewByScheme returns the union of the ranges of each scheme.
func NewByScheme(ranges map[Scheme][]Range) ByScheme {
	b := make(ByScheme, len(ranges))
	for scheme, r := range ranges {
		b[scheme] = NewPorts(r...)
	}
	return b
}

// Union returns the ports of b and of c. It may be one of them itself.
func (b ByScheme) Union(c ByScheme) ByScheme {
	if len(b) == 0 {
		return c
	}
	both := maps.Clone(b)
	for scheme, ports := range c {
		both[scheme] = both[scheme].Union(ports)
	}
	return both
}

// Minus returns the ports of b that are not in c. A scheme with no port left is not
// in the result.
func (b ByScheme) Minus(c ByScheme) ByScheme {
	rest := ByScheme{}
	for scheme, ports := range b {
		if left := ports.Minus(c[scheme]); len(left) > 0 {
			rest[scheme] = left
		}
	}
	return rest
}

// Equal tells whether b and c have the same ports.
func (b ByScheme) Equal(c ByScheme) bool {
	for _, info := range schemeTable {
		if !slices.Equal(b[info.Scheme], c[info.Scheme]) {
			return false
		}
	}
	return true
}

// Specs writes ports as the attributes take them: TCP ports as "22" or "8000-8010",
// others with their scheme, "53/udp". The list is in the order of [Schemes] and then
// by number; adjacent ports are one range. Equal ports give equal lists. Without
// ports the list is empty, never nil.
func (b ByScheme) Specs() []string {
	specs := []string{}
	for _, info := range schemeTable {
		for _, r := range b[info.Scheme] {
			specs = append(specs, Spec(r, info.Scheme))
		}
	}
	return specs
}

func (b ByScheme) count() int {
	n := 0
	for _, p := range b {
		n += p.Len()
	}
	return n
}

// HostPorts has the declared ports of one host. No port is in two of its fields.
type HostPorts struct {
	Host                               Host
	Open, Unfiltered, Filtered, Closed ByScheme
}

// Ports returns the ports that are declared as want.
func (h HostPorts) Ports(want Want) ByScheme {
	switch want {
	case WantOpen:
		return h.Open
	case WantUnfiltered:
		return h.Unfiltered
	case WantFiltered:
		return h.Filtered
	case WantClosed:
	}
	return h.Closed
}

// Count is how many endpoints the host has.
func (h HostPorts) Count() int {
	n := 0
	for _, want := range Wants() {
		n += h.Ports(want).count()
	}
	return n
}

// Declared is a declaration that was understood: each endpoint once, in the order of
// Wants where they overlap, hosts in order.
type Declared struct {
	Hosts           []HostPorts
	OpenCount       int // number of endpoints declared open
	UnfilteredCount int // number of endpoints declared unfiltered
	FilteredCount   int // number of endpoints declared filtered
	ClosedCount     int // number of endpoints declared closed
	// Empty has the attributes that were given but are empty, so that less is
	// declared than it seems. This is no mistake.
	Empty       []Problem
	hosts       map[Host]bool
	openOnHosts ByScheme
	absolute    map[Host]bool // names that were written with a dot at their end
}

// Count is how many endpoints are declared.
func (d *Declared) Count() int {
	return d.OpenCount + d.UnfilteredCount + d.FilteredCount + d.ClosedCount
}

// Want returns the word that e is declared with; ok is false if e is not declared.
func (d *Declared) Want(e Endpoint) (want Want, ok bool) {
	i, found := slices.BinarySearchFunc(d.Hosts, e.Host, func(h HostPorts, host Host) int { return CompareHosts(h.Host, host) })
	if !found {
		return "", false
	}
	for _, want := range Wants() {
		if d.Hosts[i].Ports(want)[e.Scheme].Contains(e.Port) {
			return want, true
		}
	}
	return "", false
}

// Query is host as the resolver is asked for it: with the dot at its end if it was
// written so anywhere in the declaration.
func (d *Declared) Query(host Host) Host {
	if d.absolute[host] {
		return host + "."
	}
	return host
}

// Equal tells whether d and e declare the same of the same endpoints, however they
// are written. A host without ports declares nothing, and a name with a dot at its
// end may be another host than the name without it.
func (d *Declared) Equal(e *Declared) bool {
	empty := func(h HostPorts) bool { return h.Count() == 0 }
	return slices.EqualFunc(slices.DeleteFunc(slices.Clone(d.Hosts), empty), slices.DeleteFunc(slices.Clone(e.Hosts), empty), func(a, b HostPorts) bool {
		differ := func(want Want) bool { return !a.Ports(want).Equal(b.Ports(want)) }
		return d.Query(a.Host) == e.Query(b.Host) && !slices.ContainsFunc(Wants(), differ)
	})
}

// Batches splits d into declarations of at most n hosts each, in the order of hosts.
func (d *Declared) Batches(n int) iter.Seq[*Declared] {
	return func(yield func(*Declared) bool) {
		for hosts := range slices.Chunk(d.Hosts, n) {
			batch := *d
			batch.take(hosts)
			if !yield(&batch) {
				return
			}
		}
	}
}

// Nothing tells whether no endpoint is declared.
func (d *Declared) Nothing() bool { return d.Count() == 0 }

// All yields each endpoint with what is declared of it: by host, then in the order
// of Wants, then by scheme and number.
func (d *Declared) All() iter.Seq2[Endpoint, Want] {
	return func(yield func(Endpoint, Want) bool) {
		for _, h := range d.Hosts {
			for e, want := range h.All() {
				if !yield(e, want) {
					return
				}
			}
		}
	}
}

// All yields each endpoint of the host, in the order of Wants.
func (h HostPorts) All() iter.Seq2[Endpoint, Want] {
	return func(yield func(Endpoint, Want) bool) {
		for _, want := range Wants() {
			ports := h.Ports(want)
			for _, info := range schemeTable {
				for port := range ports[info.Scheme].All() {
					if !yield(Endpoint{info.Scheme, h.Host, port}, want) {
						return
					}
				}
			}
		}
	}
}

// Attribute names the attribute that declares e as want.
func (d *Declared) Attribute(e Endpoint, want Want) string {
	switch {
	case want != WantOpen:
		return string(want)
	case d.hosts[e.Host] && d.openOnHosts[e.Scheme].Contains(e.Port):
		return AttrOpen
	}
	return AttrBaseline
}

// HostAttribute names the attribute that brings in host.
func (d *Declared) HostAttribute(host Host) string {
	if d.hosts[host] {
		return AttrHosts
	}
	return AttrBaseline
}
