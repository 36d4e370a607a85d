package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

const attrFrom = "from"

// fromAttribute says from which places an object looks.
var fromAttribute = attribute{
	name: attrFrom, kind: kindStrings,
	description: "The places to look from: `local` is this machine, and other names are those of the provider's blocks. Everything declared must hold from each of them. Defaults to `[\"local\"]`.",
}

// fromIn reads from. The names are in the order of the list; with isUnknown they
// are those that are known. An empty list is a value that came from elsewhere: then
// nothing is looked at.
func fromIn(ctx context.Context, object values) (names []string, state knowledge, diags diag.Diagnostics) {
	var list types.List
	diags = object.GetAttribute(ctx, path.Root(attrFrom), &list)
	switch state = known(list); {
	case state == isUnknown || diags.HasError():
		return nil, isUnknown, diags
	case state == isNull:
		return []string{endpoint.Local}, isKnown, diags
	}
	for i, e := range list.Elements() {
		name, ok := e.(types.String)
		if !ok || name.IsUnknown() {
			state = isUnknown
			continue
		}
		text := name.ValueString()
		switch at := path.Root(attrFrom).AtListIndex(i); {
		case name.IsNull():
			diags.AddAttributeError(at, invalidSetting, fmt.Sprintf("Element %d of from is null. Expected a name.", i))
		case !endpoint.IsPlace(text):
			diags.AddAttributeError(at, invalidSetting, fmt.Sprintf("Element %d of from is %s. Expected \"local\", or the name of one of the provider's blocks.", i, endpoint.Quote(text)))
		case slices.Contains(names, text):
			diags.AddAttributeError(at, invalidSetting, fmt.Sprintf("Element %d of from is %s, which is in the list already. Expected each name once.", i, endpoint.Quote(text)))
		}
		names = append(names, text)
	}
	return names, state, diags
}

// fromOne is fromIn for scans for open ports.
func fromOne(ctx context.Context, object values) (names []string, state knowledge, diags diag.Diagnostics) {
	names, state, diags = fromIn(ctx, object)
	if len(names) > 1 && !diags.HasError() {
		diags.AddAttributeError(path.Root(attrFrom), invalidSetting, fmt.Sprintf("from has the names %s. Expected one name: a scan for open ports is made from one place.", listed(quoted(names))))
	}
	return names, state, diags
}

// placed refuses names that no block has, places that the operator's rules refuse, and
// endpoints that a place cannot look at. declared is nil while it is not known.
func (d *providerData) placed(names []string, declared *endpoint.Declared) (diags diag.Diagnostics) {
	for i, name := range names {
		at := path.Root(attrFrom).AtListIndex(i)
		if p := d.places.named[name]; p == nil && name != endpoint.Local {
			if len(d.places.unnamed) == 0 {
				diags.AddAttributeError(at, unknownPlace,
					fmt.Sprintf("Element %d of from is %s, and no block of the provider has that name. Expected %s.", i, endpoint.Quote(name), d.places.choices()))
			}
			continue
		}
		if p := d.places.named[name]; p != nil && p.refused != nil {
			if !d.gate.shut() { // otherwise nothing is connected to
				diags.AddAttributeError(at, notConnected, fmt.Sprintf("Element %d of from is %s. %s.", i, endpoint.Quote(name), p.refused))
			}
			continue
		}
		diags.Append(d.sees(at, name, declared)...)
	}
	return diags
}

// sees refuses endpoints that the place called name cannot look at. declared is nil while
// it is not known.
func (d *providerData) sees(at path.Path, name string, declared *endpoint.Declared) (diags diag.Diagnostics) {
	scanner := d.scanners[name]
	if scanner == nil || declared == nil {
		return diags
	}
	if e, ok := unseen(scanner, declared); ok {
		diags.AddAttributeError(at, "Cannot be looked at from there",
			fmt.Sprintf("%s is declared, and %s cannot look at %s endpoints. %s", e, d.places.describe(name), e.Scheme, d.places.remedy(name, e.Scheme)))
	}
	if p := d.places.named[name]; p != nil && p.kind.blurs {
		diags.Append(blurred(at, p, declared)...)
	}
	return diags
}

// blurred refuses declarations about filters from a place that does not tell a closed
// port from a filtered one.
func blurred(at path.Path, p *place, declared *endpoint.Declared) (diags diag.Diagnostics) {
	for _, h := range declared.Hosts {
		for e, want := range h.All() {
			if want == endpoint.WantClosed {
				break // it comes last
			}
			if want.AboutFilter() {
				diags.AddAttributeError(at, "Cannot be looked at from there",
					fmt.Sprintf("%s is declared %s, and %s does not tell a closed port from a filtered one. Expected another place for it, such as an ssh block, or open or closed in its stead.", e, want, p))
				return diags
			}
		}
	}
	return diags
}

// unseen returns the first endpoint that is declared and cannot be looked at from
// a place.
func unseen(s *scan.Scanner, declared *endpoint.Declared) (endpoint.Endpoint, bool) {
	for _, h := range declared.Hosts {
		for _, want := range endpoint.Wants() {
			for _, scheme := range endpoint.Schemes() {
				if ranges := h.Ports(want)[scheme]; len(ranges) > 0 && !s.Sees(scheme) {
					return endpoint.Endpoint{Scheme: scheme, Host: h.Host, Port: ranges[0].First}, true
				}
			}
		}
	}
	return endpoint.Endpoint{}, false
}

// choices lists the names that from may have.
func (p places) choices() string {
	if names := p.names(); len(names) > 0 {
		return "\"local\" or one of " + strings.Join(quoted(names), ", ")
	}
	return "\"local\": the provider has no ssh, socks5, http_proxy or blackbox block"
}

// describe returns the place called name for a message.
func (p places) describe(name string) string {
	if known := p.named[name]; known != nil {
		return known.String()
	}
	return "this machine"
}

// remedy says how to look at a scheme that the place called name does not see.
func (p places) remedy(name string, scheme endpoint.Scheme) string {
	if known := p.named[name]; known != nil && known.kind.name == kindBlackbox && scheme != endpoint.UDP {
		return fmt.Sprintf("Expected a module of the exporter for it, such as modules = { %s = \"NAME\" }, or another place.", scheme)
	}
	return "Expected ports that this place can look at, or another place."
}

// gateTo returns the gate of an object that looks from the places called names.
func (d *providerData) gateTo(names []string) gate {
	if d.gate.shut() {
		return d.gate
	}
	var unknown []string
	for _, name := range names {
		switch p := d.places.named[name]; {
		case p != nil:
			unknown = append(unknown, p.unknown()...)
		case name != endpoint.Local && len(d.places.unnamed) > 0: // else it is an error, see placed
			unknown = append(unknown, fmt.Sprintf("whether a block is called %s", endpoint.Quote(name)))
		}
	}
	if len(unknown) == 0 {
		return gate{}
	}
	slices.Sort(unknown)
	return gate{why: "The place to look from is not known yet: " + strings.Join(slices.Compact(unknown), "; ") + ".", unsure: true}
}

// scannersOf returns the scanners of the places called names, which are all known.
func (d *providerData) scannersOf(names []string) []*scan.Scanner {
	all := make([]*scan.Scanner, len(names))
	for i, name := range names {
		all[i] = d.scanners[name]
	}
	return all
}

// notYet warns once for the whole provider of the places that are not known yet.
func (p places) notYet() (diags diag.Diagnostics) {
	var parts []string
	for _, name := range p.names() {
		parts = append(parts, p.named[name].unknown()...)
	}
	for _, b := range p.unnamed {
		if b.values == nil {
			parts = append(parts, "how many "+b.kind.name+" blocks there are")
			continue
		}
		parts = append(parts, fmt.Sprintf("%s: %s", b, strings.Join(b.unknown(), ", ")))
	}
	if len(parts) == 0 {
		return diags
	}
	slices.Sort(parts)
	diags.AddWarning("Places to look from are not known yet",
		strings.Join(slices.Compact(parts), "; ")+". Nothing is probed from these places before they are known. State stays as it is. Outputs that have no value yet are null, or known after apply.")
	return diags
}
