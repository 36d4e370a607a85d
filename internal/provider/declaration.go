package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// declarationOf reads the attributes that declare endpoints.
func declarationOf(ctx context.Context, from values) (endpoint.Declaration, diag.Diagnostics) {
	var d endpoint.Declaration
	var diags diag.Diagnostics
	for _, a := range declarationTable {
		if list := d.List(a.name); list != nil {
			var v types.List
			diags.Append(from.GetAttribute(ctx, path.Root(a.name), &v)...)
			*list = listOf(v)
		}
	}
	var baseline types.Map
	diags.Append(from.GetAttribute(ctx, path.Root(endpoint.AttrBaseline), &baseline)...)
	d.BaselineUnknown = baseline.IsUnknown()
	if !baseline.IsNull() {
		d.Baseline = portsOf(ctx, baseline)
	}
	return d, diags
}

func listOf(v types.List) endpoint.List {
	list := endpoint.List{Unknown: v.IsUnknown(), Null: v.IsNull()}
	for _, e := range v.Elements() {
		if s, ok := e.(types.String); ok {
			list.Elements = append(list.Elements, endpoint.Element{Value: s.ValueString(), Null: s.IsNull(), Unknown: s.IsUnknown()})
		}
	}
	return list
}

// resolve reads the declaration and expands it to endpoints. The result is nil
// if there are errors, or while something is unknown.
func resolve(ctx context.Context, from values) (*endpoint.Declared, diag.Diagnostics) {
	declaration, diags := declarationOf(ctx, from)
	if diags.HasError() {
		return nil, diags
	}
	declared, problems := declaration.Resolve()
	diags.Append(problemDiags(problems)...)
	return declared, diags
}

// resolve is the function of that name, with one exception: while nothing may
// be probed, null hosts with a null baseline are no error, and the result is
// nil. The baseline may be that of a portcheck_baseline that has not scanned
// yet. d is nil before the provider is configured, as for validate.
func (d *providerData) resolve(ctx context.Context, from values) (*endpoint.Declared, diag.Diagnostics) {
	if d != nil {
		g, diags := d.gateFor(ctx, from, nil)
		if diags.HasError() || !g.shut() {
			return resolve(ctx, from)
		}
		var hosts types.List
		var baseline types.Map
		diags = from.GetAttribute(ctx, path.Root(endpoint.AttrHosts), &hosts)
		diags.Append(from.GetAttribute(ctx, path.Root(endpoint.AttrBaseline), &baseline)...)
		if hosts.IsNull() && baseline.IsNull() {
			return nil, diags
		}
	}
	return resolve(ctx, from)
}

// validate checks the known parts of a declaration, of the options of services,
// and of from.
func (d *providerData) validate(ctx context.Context, config values) diag.Diagnostics {
	declared, diags := d.resolve(ctx, config)
	if diags.HasError() {
		return diags
	}
	_, _, more := optionsOf(ctx, config, declared)
	diags.Append(more...)
	_, _, more = fromIn(ctx, config)
	diags.Append(more...)
	_, more = waiversIn(ctx, config, declared)
	diags.Append(more...)
	return append(diags, emptyDiags(ctx, config, declared, " What is not looked at passes.")...)
}

// emptyDiags warns of arguments that were given and are empty, so that less is
// looked at than it seems. Such a value comes from elsewhere: from a baseline of
// hosts that were silent, or from a mocked provider in a test. As an error it would
// block destroy too. Only validate says it, or each operation would.
func emptyDiags(ctx context.Context, object values, declared *endpoint.Declared, closing string) (diags diag.Diagnostics) {
	if declared != nil {
		for _, p := range declared.Empty {
			diags.AddAttributeWarning(path.Root(p.Attribute), p.Summary, p.Detail+closing)
		}
	}
	var from types.List
	diags.Append(object.GetAttribute(ctx, path.Root(attrFrom), &from)...)
	if known(from) == isKnown && len(from.Elements()) == 0 {
		diags.AddAttributeWarning(path.Root(attrFrom), "Empty declaration: "+attrFrom, "from is empty, so nothing is looked at from anywhere."+closing)
	}
	return diags
}

// resolveSweep is resolve for a baseline: it reads hosts and the ports to scan
// on them.
func resolveSweep(ctx context.Context, from values) (*endpoint.Declared, diag.Diagnostics) {
	var hosts, ports types.List
	diags := from.GetAttribute(ctx, path.Root(endpoint.AttrHosts), &hosts)
	diags.Append(from.GetAttribute(ctx, path.Root(endpoint.AttrPorts), &ports)...)
	if diags.HasError() {
		return nil, diags
	}
	declared, problems := endpoint.Sweep{Hosts: listOf(hosts), Ports: listOf(ports)}.Resolve()
	diags.Append(problemDiags(problems)...)
	return declared, diags
}

// sweptHosts are the hosts of a baseline, which resolveSweep has read.
func sweptHosts(ctx context.Context, from values) endpoint.Declaration {
	var hosts types.List
	_ = from.GetAttribute(ctx, path.Root(endpoint.AttrHosts), &hosts)
	return endpoint.Declaration{Hosts: listOf(hosts)}
}

func problemDiags(problems []endpoint.Problem) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, p := range problems {
		if p.Attribute == "" {
			diags.AddError(p.Summary, p.Detail)
			continue
		}
		diags.AddAttributeError(problemPath(p), p.Summary, p.Detail)
	}
	return diags
}

func problemPath(p endpoint.Problem) path.Path {
	at := path.Root(p.Attribute)
	switch {
	case p.Index >= 0:
		return at.AtListIndex(p.Index)
	case p.Key != "":
		return at.AtMapKey(p.Key)
	}
	return at
}

// findingPath points at the attribute that a finding is about: from if the place
// failed, the one that declares the host if the cause is about the whole host,
// otherwise the one that declares the port.
func findingPath(declared *endpoint.Declared, f verdict.Finding) path.Path {
	if f.Cause == verdict.VantageFailed {
		return path.Root(attrFrom)
	}
	if f.Cause.Scope() == verdict.OfHost {
		return path.Root(declared.HostAttribute(f.Endpoint.Host))
	}
	return path.Root(declared.Attribute(f.Endpoint, f.Want))
}
