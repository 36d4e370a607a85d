package endpoint

import (
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
