package endpoint

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// Range is the ports First to Last, both included.
type Range struct{ First, Last uint16 }

// Ports is a set of ports in canonical form: ranges in order that neither
// overlap nor touch.
type Ports []Range

// NewPorts returns the union of ranges.
func NewPorts(ranges ...Range) Ports {
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b Range) int { return int(a.First) - int(b.First) })
	var p Ports
	for _, r := range sorted {
		if n := len(p); n > 0 && int(r.First) <= int(p[n-1].Last)+1 {
			p[n-1].Last = max(p[n-1].Last, r.Last)
			continue
		}
		p = append(p, r)
	}
	return p
}

// Union returns the ports of p and of q.
func (p Ports) Union(q Ports) Ports { return NewPorts(slices.Concat(p, q)...) }

// Minus returns the ports of p that are not in q.
func (p Ports) Minus(q Ports) Ports {
	var rest Ports
	for _, r := range p {
		first := int(r.First)
		for _, cut := range q {
			if cut.Last < r.First || cut.First > r.Last {
				continue
			}
			if first < int(cut.First) {
				rest = append(rest, Range{uint16(first), cut.First - 1}) //nolint:gosec // first is between two ports
			}
			first = int(cut.Last) + 1
		}
		if first <= int(r.Last) {
			rest = append(rest, Range{uint16(first), r.Last}) //nolint:gosec // first is between two ports
		}
	}
	return rest
}

// Len is the number of ports.
func (p Ports) Len() int {
	n := 0
	for _, r := range p {
		n += int(r.Last) - int(r.First) + 1
	}
	return n
}

// Contains tells whether port is one of p.
func (p Ports) Contains(port uint16) bool {
	i, _ := slices.BinarySearchFunc(p, port, func(r Range, port uint16) int { return int(r.Last) - int(port) })
	return i < len(p) && p[i].First <= port
}

// All yields the ports in order.
func (p Ports) All() iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		for _, r := range p {
			for port := int(r.First); port <= int(r.Last); port++ {
				if !yield(uint16(port)) { //nolint:gosec // between two ports
					return
				}
			}
		}
	}
}

// String writes the set as ranges: "22,80-81".
func (p Ports) String() string {
	parts := make([]string, len(p))
	for i, r := range p {
		parts[i] = strconv.Itoa(int(r.First))
		if r.Last != r.First {
			parts[i] += "-" + strconv.Itoa(int(r.Last))
		}
	}
	return strings.Join(parts, ",")
}

const expectedPort = `Expected PORT[-PORT][/SCHEME] with ports from 1 to 65535, such as "443", "8000-8010" or "53/udp"`

// expectedPorts says how ports that are declared as want are written.
func expectedPorts(want Want) string {
	if want.AboutFilter() {
		return `Expected PORT[-PORT] with ports from 1 to 65535, such as "443" or "8000-8010"`
	}
	return expectedPort
}

// ParsePortRange reads PORT[-PORT][/SCHEME]; the scheme is tcp when left out. The
// error quotes the input and says what was expected.
func ParsePortRange(s string) (Range, Scheme, error) { return parsePortRange(s, WantOpen) }

// parsePortRange is ParsePortRange for ports that are declared as want.
func parsePortRange(s string, want Want) (Range, Scheme, error) {
	numbers, name, hasScheme := strings.Cut(s, "/")
	firstText, lastText, isRange := strings.Cut(numbers, "-")
	if !isRange {
		lastText = firstText
	}
	first, ok := parsePort(firstText)
	last, ok2 := parsePort(lastText)
	if !ok || !ok2 {
		return Range{}, "", fmt.Errorf("%s is not a port. %s", Quote(s), expectedPortFor(s, want))
	}
	if first > last {
		return Range{}, "", fmt.Errorf("%q is a range the wrong way round. Expected \"%d-%d\"", s, last, first)
	}
	scheme := TCP
	if hasScheme {
		known, err := parseScheme(numbers+"/", name, "")
		if err != nil {
			return Range{}, "", fmt.Errorf("%s: %w", Quote(s), err)
		}
		scheme = known
	}
	return Range{first, last}, scheme, nil
}

// Spec writes a range of ports as ParsePortRange reads it.
func Spec(r Range, scheme Scheme) string {
	text := Ports{r}.String()
	if scheme != TCP {
		text += "/" + string(scheme)
	}
	return text
}

// parsePort reads a port in plain decimal, without sign, space or leading
// zeros, so that each port has one spelling.
func parsePort(s string) (uint16, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 || s[0] == '0' || s[0] == '+' {
		return 0, false
	}
	return uint16(n), true
}
