package provider

import (
	"context"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// values reads attributes: a configuration, a plan or a state.
type values interface {
	GetAttribute(ctx context.Context, p path.Path, target any) diag.Diagnostics
}

// knowledge tells whether a value is known.
type knowledge int

const (
	isKnown knowledge = iota
	isNull
	isUnknown
)

// text reads the attribute's value in its textual form.
func (a attribute) text(ctx context.Context, from values) (string, knowledge, diag.Diagnostics) {
	p := path.Root(a.name)
	var s types.String
	switch a.kind {
	case kindNumber:
		var v types.Number
		diags := from.GetAttribute(ctx, p, &v)
		return digits(v), known(v), diags
	case kindBool:
		var v types.Bool
		diags := from.GetAttribute(ctx, p, &v)
		return strconv.FormatBool(v.ValueBool()), known(v), diags
	case kindStrings:
		var v types.List
		diags := from.GetAttribute(ctx, p, &v)
		text, state := joined(v)
		return text, state, diags
	case kindString, kindPorts, kindOptions, kindTexts:
	}
	diags := from.GetAttribute(ctx, p, &s)
	return s.ValueString(), known(s), diags
}

// digits is the text of a number as a configuration has it; "0" if it is not known.
//
// All numbers of the schemas are whole ones. But for a fraction the framework's own
// type for them gives an error that says to report it to the provider's developers.
func digits(v types.Number) string {
	f := v.ValueBigFloat()
	switch {
	case f == nil:
		return "0"
	case f.IsInt():
		return f.Text('f', 0)
	}
	return f.Text('g', -1)
}

// joined is the text of a list of strings: its elements with commas between
// them.
func joined(v types.List) (string, knowledge) {
	if state := known(v); state != isKnown {
		return "", state
	}
	var parts []string
	for _, e := range v.Elements() {
		s, ok := e.(types.String)
		if !ok || s.IsUnknown() {
			return "", isUnknown
		}
		parts = append(parts, s.ValueString())
	}
	return strings.Join(parts, ","), isKnown
}

func known(v interface {
	IsNull() bool
	IsUnknown() bool
}) knowledge {
	switch {
	case v.IsUnknown():
		return isUnknown
	case v.IsNull():
		return isNull
	}
	return isKnown
}

// choice reads an optional attribute whose value is one of ways; the first is
// the default.
func choice(ctx context.Context, from values, name string, ways []string) (string, diag.Diagnostics) {
	text, state, diags := attribute{name: name}.text(ctx, from)
	if state != isKnown {
		text = ways[0]
	}
	return text, diags
}
