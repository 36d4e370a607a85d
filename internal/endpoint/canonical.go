package endpoint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The words of a canonical declaration that are not attributes' own.
const (
	canonicalFrom = "from"
	keyedBaseline = AttrBaseline + "["
)

// Canonical writes d, which has nothing unknown, and the names of the places that
// it holds from, as one line. The line is the same however hosts, ports and places
// were spelt and in whatever order:
//
//	hosts=10.0.3.7,web.example.com open=22,443/https closed=1-1023 from=vpc-a
//
// The ports of a host in baseline are written as baseline[10.0.3.7]=22,80. This
// machine alone is not written, and neither is an empty list. What is no host or no
// port is left out: nothing of it was ever looked at.
func (d Declaration) Canonical(from []string) string {
	var words []string
	add := func(name string, values []string) {
		if len(values) > 0 {
			words = append(words, name+"="+strings.Join(values, ","))
		}
	}
	add(AttrHosts, canonicalHosts(d.Hosts))
	for _, want := range Wants() {
		add(string(want), canonicalPorts(*d.Ports(want)))
	}
	keyed := map[string]List{}
	for key, list := range d.Baseline {
		if host, ok := canonicalHost(key); ok {
			list.Elements = slices.Concat(keyed[host].Elements, list.Elements)
			keyed[host] = list
		}
	}
	for _, host := range slices.Sorted(maps.Keys(keyed)) {
		words = append(words, keyedBaseline+host+"]="+strings.Join(canonicalPorts(keyed[host]), ","))
	}
	if places := slices.Sorted(slices.Values(from)); !slices.Equal(places, []string{Local}) {
		add(canonicalFrom, slices.Compact(places))
	}
	return strings.Join(words, " ")
}

func canonicalHosts(list List) []string {
	var hosts []string
	for _, e := range list.Elements {
		if host, ok := canonicalHost(e.Value); ok {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// canonicalHost writes one element of hosts. A dot at the end of a name stays.
func canonicalHost(text string) (string, bool) {
	spec, err := parseHostSpec(text)
	switch {
	case err != nil:
		return "", false
	case spec.prefix.IsValid():
		return spec.prefix.String(), true
	case isAbsolute(text):
		return string(spec.host) + ".", true
	}
	return string(spec.host), true
}

func canonicalPorts(list List) []string {
	ranges := map[Scheme][]Range{}
	for _, e := range list.Elements {
		if r, scheme, err := ParsePortRange(e.Value); err == nil {
			ranges[scheme] = append(ranges[scheme], r)
		}
	}
	return NewByScheme(ranges).Specs()
}

// ParseCanonical reads what Canonical writes, in any order and spelling of hosts and
// ports. It checks the words alone: what they declare, Resolve checks. A list that
// is left out is null, and so is from where this machine alone is meant. The error
// quotes the input and says what was expected.
func ParseCanonical(text string) (d Declaration, from List, err error) {
	lists := map[string]*List{AttrHosts: &d.Hosts, canonicalFrom: &from}
	for _, want := range Wants() {
		lists[string(want)] = d.Ports(want)
	}
	for _, list := range lists {
		list.Null = true
	}
	for word := range strings.FieldsSeq(text) {
		if !d.takeKeyed(word) && !takeList(word, lists) {
			return Declaration{}, List{}, fmt.Errorf("%s in %s is not understood. Expected words such as hosts=web.example.com, open=22,443/https, baseline[10.0.3.7]=22 and from=local, each name once", Quote(word), Quote(text))
		}
	}
	return d, from, nil
}

// takeKeyed takes in the ports of a host in baseline; false if word has none, or if
// they were there before.
func (d *Declaration) takeKeyed(word string) bool {
	key, keyed := strings.CutPrefix(word, keyedBaseline)
	host, values, ok := strings.Cut(key, "]=")
	if _, twice := d.Baseline[host]; !keyed || !ok || twice {
		return false
	}
	if d.Baseline == nil {
		d.Baseline = map[string]List{}
	}
	d.Baseline[host] = listed(values)
	return true
}

// takeList takes in a list that is not empty, for one of lists that is still null.
func takeList(word string, lists map[string]*List) bool {
	name, values, _ := strings.Cut(word, "=")
	list := lists[name]
	if list == nil || !list.Null || values == "" || name == canonicalFrom && !arePlaces(values) {
		return false
	}
	*list = listed(values)
	return true
}

// arePlaces tells whether values are names of places, with commas between them.
func arePlaces(values string) bool {
	for name := range strings.SplitSeq(values, ",") {
		if !IsPlace(name) {
			return false
		}
	}
	return true
}

// listed reads values with commas between them.
func listed(values string) List {
	var list List
	if values == "" {
		return list
	}
	for value := range strings.SplitSeq(values, ",") {
		list.Elements = append(list.Elements, Element{Value: value})
	}
	return list
}
