package provider

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// meant compares what is meant in plan and state rather than how it is written:
// lists from data sources have no order, and scanners spell ports and hosts in ways
// of their own.
type meant struct {
	plan, state     values
	resolve         func(context.Context, values) *endpoint.Declared // nil while it is not known
	planned, stored *endpoint.Declared
}

// respelt returns c with those arguments apart that are written differently and mean
// the same. declaring names the arguments that declare endpoints: they have a meaning
// only together.
func (m meant) respelt(ctx context.Context, c changes, declaring []string) changes {
	declares := func(name string) bool { return slices.Contains(declaring, name) }
	if !c.any() {
		return c
	}
	m.planned, m.stored = m.resolve(ctx, m.plan), m.resolve(ctx, m.state)
	together := m.planned != nil && m.stored != nil && m.planned.Equal(m.stored)
	left := changes{unsure: c.unsure, spelt: c.spelt}
	for _, name := range c.sure {
		switch {
		case declares(name) && slices.ContainsFunc(c.unsure, declares):
			left.unsure = append(left.unsure, name)
		case declares(name) && together, !declares(name) && m.same(ctx, name):
			left.spelt = append(left.spelt, name)
		default:
			left.sure = append(left.sure, name)
		}
	}
	return left
}

// same tells whether an argument that declares nothing means the same.
func (m meant) same(ctx context.Context, name string) bool {
	switch name {
	case attrFrom:
		planned, _, diags := fromIn(ctx, m.plan)
		stored, _, more := fromIn(ctx, m.state)
		slices.Sort(planned)
		slices.Sort(stored)
		return !diags.HasError() && !more.HasError() && slices.Equal(planned, stored)
	case attrServerName:
		return m.sameServerName(ctx)
	}
	for _, entry := range settingsTable {
		if entry.name == name {
			return m.sameSetting(ctx, entry)
		}
	}
	for _, a := range serviceTable {
		if a.name == name && m.planned != nil && m.stored != nil {
			return reflect.DeepEqual(optionsByEndpoint(ctx, m.plan, a, m.planned), optionsByEndpoint(ctx, m.state, a, m.stored))
		}
	}
	return false
}

func (m meant) sameServerName(ctx context.Context) bool {
	planned, is, _ := attribute{name: attrServerName}.text(ctx, m.plan)
	stored, was, _ := attribute{name: attrServerName}.text(ctx, m.state)
	host, err := endpoint.ParseHost(planned)
	before, _ := endpoint.ParseHost(stored)
	return is == was && err == nil && host == before
}

// sameSetting compares the values of a setting, such as "1s" and "1000ms". The
// provider's own value has no say, since it may differ between plan and apply.
func (m meant) sameSetting(ctx context.Context, entry setting) bool {
	var both [2]settings
	for i, from := range []values{m.plan, m.state} {
		text, state, _ := entry.text(ctx, from)
		if state != isKnown || entry.set(&both[i], text) != nil {
			return false
		}
	}
	return reflect.DeepEqual(both[0], both[1])
}

// optionsByEndpoint reads a map of options whose keys are endpoints or ports, and
// returns the options of each endpoint. An endpoint wins over ports.
func optionsByEndpoint(ctx context.Context, from values, a attribute, declared *endpoint.Declared) map[endpoint.Endpoint]map[string]attrValue {
	var all types.Map
	_ = from.GetAttribute(ctx, path.Root(a.name), &all) // the schema has it
	found := map[endpoint.Endpoint]map[string]attrValue{}
	keys := slices.Sorted(maps.Keys(all.Elements()))
	single := func(key string) bool { return strings.Contains(key, "://") }
	for _, key := range slices.Concat(slices.DeleteFunc(slices.Clone(keys), single), slices.DeleteFunc(keys, func(key string) bool { return !single(key) })) {
		given, ok := all.Elements()[key].(types.Map)
		if !ok {
			continue
		}
		options := given.Elements()
		maps.DeleteFunc(options, func(_ string, v attrValue) bool { return v.IsNull() })
		if e, err := endpoint.ParseEndpoint(key); err == nil {
			found[e] = options
			continue
		}
		ports, scheme, err := endpoint.ParsePortRange(key)
		if err != nil {
			continue
		}
		for _, h := range declared.Hosts {
			for port := range h.Open[scheme].All() {
				if ports.First <= port && port <= ports.Last {
					found[endpoint.Endpoint{Scheme: scheme, Host: h.Host, Port: port}] = options
				}
			}
		}
	}
	return found
}
