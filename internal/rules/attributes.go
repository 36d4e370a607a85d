package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// checkNames fails if o is a rule of another kind, or if an attribute that is not read
// is spelt almost as one that is read and missing. What a rule does not say restricts
// nothing, so a mistake in a rule that somebody wrote by hand would otherwise open more
// than is meant.
//
// The objects of a cloud's own provider have every attribute: one that a later version
// adds is not taken for a mistake.
func (a argument) checkNames(o object) {
	for _, name := range a.foreign {
		if o.values[name] != nil {
			o.fail("%s is %s: it has %s. Expected %s", o.name, a.foreignRule, name, a.expected)
		}
	}
	var missing []string
	for _, name := range a.read {
		if _, ok := o.values[name]; !ok {
			missing = append(missing, name)
		}
	}
	for _, name := range a.unread(o) {
		if meant, ok := endpoint.Nearest(strings.ToLower(name), missing); ok {
			o.fail("%s has an attribute %s, which no rule has. Expected %q", o.name, endpoint.Quote(name), meant)
		}
	}
}

// unread are the attributes of o that are not read, in order.
func (a argument) unread(o object) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(o.values)), func(name string) bool {
		return slices.Contains(a.read, name)
	})
}

// someSource fails if o has none of the attributes that have sources, null or not.
func (o object) someSource(names ...string) {
	for _, name := range names {
		if _, ok := o.values[name]; ok {
			return
		}
	}
	o.fail("%s has no attribute for its sources, which matter here. Expected one of %s", o.name, strings.Join(names, ", "))
}
