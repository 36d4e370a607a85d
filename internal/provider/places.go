package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// place is one place that a block describes.
type place struct {
	block
	via *place // nil where it is reached from this machine
	// astray tells that via names a block whose name is not known yet.
	astray bool
	// refused is why the operator's rules do not let the place, or one on the way to it,
	// be connected to; nil if they do.
	refused error
	// made is the vantage. It is empty while an argument of the place, or of one on
	// the way to it, is not known.
	made vantage
}

// places are all places of a provider but this machine.
type places struct {
	named map[string]*place
	// unnamed are the blocks whose names are not known yet. Each may stand for
	// any number of blocks, as of a for_each whose keys are not known. While
	// there is one, no name can be refused.
	unnamed []block
}

// placesOf reads the blocks of the provider's configuration, and makes a vantage
// of each that is known. Nothing is opened.
func placesOf(ctx context.Context, config values, by makers, rules guard.Policy) (places, diag.Diagnostics) {
	all := places{named: map[string]*place{}}
	blocks, diags := blocksIn(ctx, config)
	for _, b := range blocks {
		diags.Append(b.problems()...)
		name := b.text(argName)
		switch other := all.named[name]; {
		case b.known(argName) == isUnknown:
			all.unnamed = append(all.unnamed, b)
		case expectName(name) != nil: // said already
		case other != nil:
			diags.AddAttributeError(b.path(argName), invalidSetting,
				fmt.Sprintf("%s[%d]: name is %s, and %s[%d] has that name too. Expected a name that no other block has.", b.kind.name, b.index, endpoint.Quote(name), other.kind.name, other.index))
		default:
			all.named[name] = &place{block: b}
		}
	}
	if diags.HasError() { // via may name a block that is wrong
		return all, diags
	}
	diags.Append(all.connect()...)
	if diags.HasError() {
		return all, diags
	}
	for _, name := range all.names() {
		diags.Append(all.named[name].build(by, rules)...)
	}
	return all, diags
}

// names returns the names of the places, in order.
func (p places) names() []string { return slices.Sorted(maps.Keys(p.named)) }

// connect finds the place that each via names.
func (p places) connect() (diags diag.Diagnostics) {
	for _, name := range p.names() {
		from := p.named[name]
		if from.known(argVia) != isKnown {
			continue
		}
		via := from.text(argVia)
		to := p.named[via]
		switch {
		case to == nil && len(p.unnamed) > 0:
			from.astray = true
		case to == nil:
			diags.AddAttributeError(from.path(argVia), invalidSetting,
				fmt.Sprintf("%s: via is %s, and no block has that name. Expected %s.", from, endpoint.Quote(via), p.relays(name)))
		case !to.kind.relays:
			diags.AddAttributeError(from.path(argVia), invalidSetting,
				fmt.Sprintf("%s: via is %s, and nothing can be reached through a %s block. Expected %s.", from, endpoint.Quote(via), to.kind.name, p.relays(name)))
		default:
			from.via = to
		}
	}
	for _, name := range p.names() {
		if circle := p.named[name].circle(); circle != "" {
			diags.AddAttributeError(p.named[name].path(argVia), invalidSetting,
				fmt.Sprintf("%s: via is %s, which leads round in a circle: %s. Expected a way that ends at this machine.", p.named[name], endpoint.Quote(p.named[name].text(argVia)), circle))
			break // one of the circle is enough
		}
	}
	return diags
}

// relays lists the names that the place called except may have as its via.
func (p places) relays(except string) string {
	var names []string
	for _, name := range p.names() {
		if name != except && p.named[name].kind.relays {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "no via: there is no other ssh, socks5 or http_proxy block"
	}
	return "one of " + strings.Join(quoted(names), ", ")
}

// circle returns the way from a place back to itself; empty if there is none.
func (p *place) circle() string {
	way := []string{p.text(argName)}
	seen := map[*place]bool{}
	for next := p.via; next != nil && !seen[next]; next = next.via {
		seen[next] = true
		way = append(way, next.text(argName))
		if next == p {
			return strings.Join(way, " -> ")
		}
	}
	return ""
}

// unknown lists the arguments of a place, and of those on the way to it, that are
// not known yet, such as `ssh "vpc-a": host`.
func (p *place) unknown() []string {
	var parts []string
	for ; p != nil; p = p.via {
		if names := p.block.unknown(); len(names) > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s", p, strings.Join(names, ", ")))
		}
		if p.astray {
			parts = append(parts, fmt.Sprintf("%s: the block that via names", p))
		}
	}
	return parts
}

// build makes the vantage, after those on the way to it, if all is known and the
// operator's rules let it.
func (p *place) build(by makers, rules guard.Policy) (diags diag.Diagnostics) {
	if p.made.Vantage != nil || p.refused != nil || len(p.unknown()) > 0 {
		return nil
	}
	var way dialer
	if p.via != nil {
		diags.Append(p.via.build(by, rules)...)
		if diags.HasError() {
			return nil // said of that one
		}
		if p.via.refused != nil {
			p.refused = p.via.refused
			return nil
		}
		way = p.via.made.dialer
	}
	made, err := by[p.kind.name](p.block, way, rules)
	if err != nil {
		if _, ok := errors.AsType[guard.Refusal](err); ok { // said of the objects that look from there
			p.refused = fmt.Errorf("%s: %w", p, err)
			return nil
		}
		diags.AddAttributeError(p.path(p.argumentIn(err)), invalidSetting, fmt.Sprintf("%s: %s.", p, err))
		return diags
	}
	p.made = made
	return diags
}

// argumentIn returns the argument that an error begins with; empty if there is none.
func (b block) argumentIn(err error) string {
	first, _, _ := strings.Cut(err.Error(), " ")
	if _, ok := b.values[first]; ok {
		return first
	}
	return ""
}

// vantage is the product of a block.
type vantage struct {
	scan.Vantage
	dialer dialer // nil where nothing can be reached through it
}
