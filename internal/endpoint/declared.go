package endpoint

import (
	"iter"
	"slices"
)

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

// All yields each endpoint with the word that declares it: by host, then in the order
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
