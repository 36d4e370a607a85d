package provider

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/option"
)

// placesIn are the places in `from`; nil if there is none, or not all is known.
func placesIn(v attr.Value) []string {
	var names []string
	for _, e := range listIn(v).Elements {
		if e.Null || e.Unknown {
			return nil
		}
		names = append(names, e.Value)
	}
	return names
}

// waiversOf finds the waivers of a check by endpoint. Those that cannot be read are
// left out: the check itself has told of them.
func waiversOf(v attr.Value) func(endpoint.Endpoint) *endpoint.Waiver {
	var w option.Waivers
	if v == nil {
		return w.Of
	}
	keys, _ := elementsOf(v) // none if it is null
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		given, _ := elementsOf(concrete(keys[key]))
		options := map[string]option.Value{}
		for name, value := range given {
			text, err := stringIn(concrete(value))
			options[name] = option.Value{Text: text, Null: value.IsNull(), Unknown: err != nil}
		}
		_ = w.Add(key, options, nil)
	}
	return w.Of
}

// declaredIn is what a check with these attributes declares; nil if it does not
// have them or if not all is known.
func declaredIn(values map[string]attr.Value) *endpoint.Declared {
	d := endpoint.Declaration{Hosts: listIn(concrete(values[endpoint.AttrHosts]))}
	for _, want := range endpoint.Wants() {
		*d.Ports(want) = listIn(concrete(values[string(want)]))
	}
	if baseline := concrete(values[endpoint.AttrBaseline]); baseline != nil {
		hosts, _ := elementsOf(baseline) // none if it is null
		d.Baseline, d.BaselineUnknown = make(map[string]endpoint.List, len(hosts)), known(baseline) == isUnknown
		for host, ports := range hosts {
			d.Baseline[host] = listIn(concrete(ports))
		}
	}
	declared, _ := d.Resolve() // nil if there are problems, which the check has told
	return declared
}

// listIn reads a list of strings, whatever kind of list it is. It is null if v is
// none.
func listIn(v attr.Value) endpoint.List {
	list := endpoint.List{Null: true}
	if v == nil || known(v) != isKnown {
		list.Unknown = v != nil && known(v) == isUnknown
		return list
	}
	var elements []attr.Value
	switch v := v.(type) {
	case types.List:
		elements = v.Elements()
	case types.Set:
		elements = v.Elements()
	case types.Tuple:
		elements = v.Elements()
	default:
		return list
	}
	list.Null = false
	for _, e := range elements {
		s, ok := concrete(e).(types.String)
		list.Elements = append(list.Elements, endpoint.Element{Value: s.ValueString(), Null: !ok || s.IsNull(), Unknown: s.IsUnknown()})
	}
	return list
}
