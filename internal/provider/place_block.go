package provider

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// block is one block of the provider's configuration, with its values as they
// are given.
type block struct {
	kind   placeKind
	index  int // among the blocks of its kind
	values map[string]attrValue
}

// schema returns the block for the provider's schema. Its arguments have no
// validators: problems checks them together.
func (k placeKind) schema() schema.Block {
	attributes := map[string]schema.Attribute{}
	for _, a := range k.arguments {
		attributes[a.name] = inProvider.write(a.attribute, validatorSet{})
	}
	return schema.ListNestedBlock{MarkdownDescription: k.description, NestedObject: schema.NestedBlockObject{Attributes: attributes}}
}

// blocksIn reads all blocks of the provider's configuration.
func blocksIn(ctx context.Context, config values) (blocks []block, diags diag.Diagnostics) {
	for _, kind := range placeKinds {
		var list types.List
		diags.Append(config.GetAttribute(ctx, path.Root(kind.name), &list)...)
		if list.IsUnknown() { // as with a for_each that is unknown as a whole
			blocks = append(blocks, block{kind: kind})
		}
		for i, e := range list.Elements() {
			b := block{kind: kind, index: i}
			if object, ok := e.(types.Object); ok {
				b.values = object.Attributes()
			}
			blocks = append(blocks, b)
		}
	}
	return blocks, diags
}

// path returns the path to an argument of the block. For the block as a whole,
// given as an empty argument, it is the path to its first argument, the name: not
// every CLI finds the line of a block. For a secret it is that path too: a CLI shows
// the line, and the secret may stand there. The block of a list has no name and
// stands alone.
func (b block) path(argument string) path.Path {
	whole := argument == "" || b.hides(argument)
	if whole {
		argument = b.kind.arguments[0].name
	}
	if b.kind.name == "" {
		return path.Root(argument)
	}
	return path.Root(b.kind.name).AtListIndex(b.index).AtName(argument)
}

// hides tells whether the value of an argument is a secret, or may have one in it.
func (b block) hides(name string) bool {
	if name == argURL || name == argPrometheusURL {
		return strings.Contains(b.text(name), "@")
	}
	return slices.ContainsFunc(b.kind.arguments, func(a argument) bool { return a.name == name && a.sensitive })
}

// says returns text about the block for a message, after its kind and name if it has
// them.
func (b block) says(text string) string {
	if b.kind.name == "" {
		return text
	}
	return fmt.Sprintf("%s: %s", b, text)
}

// String returns the block's kind and name, for messages.
func (b block) String() string {
	if name := b.text(argName); expectName(name) == nil {
		return fmt.Sprintf("%s %s", b.kind.name, endpoint.Quote(name))
	}
	return fmt.Sprintf("%s[%d]", b.kind.name, b.index)
}

// known tells whether the value of an argument is known. A map with an unknown
// element is unknown.
func (b block) known(argument string) knowledge {
	v, ok := b.values[argument]
	if !ok { // a block that is unknown as a whole
		return isUnknown
	}
	if m, ok := v.(types.Map); ok {
		for _, e := range m.Elements() {
			if e.IsUnknown() {
				return isUnknown
			}
		}
	}
	return known(v)
}

// text returns the value of an argument that is a string or a number; empty if the
// value is null or unknown.
func (b block) text(argument string) string {
	switch v := b.values[argument].(type) {
	case types.String:
		return v.ValueString()
	case types.Number:
		if known(v) == isKnown {
			return digits(v)
		}
	}
	return ""
}

// flag returns the value of an argument that is a bool; false if it is null.
func (b block) flag(argument string) bool {
	v, ok := b.values[argument].(types.Bool)
	return ok && v.ValueBool()
}

// port returns the value of port; 0 if it is null.
func (b block) port() uint16 {
	n, err := strconv.ParseUint(b.text(argPort), 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// timeout returns the value of timeout; 0 if it is null.
func (b block) timeout() time.Duration {
	d, err := time.ParseDuration(b.text(argTimeout))
	if err != nil {
		return 0
	}
	return d
}

// texts returns the value of an argument that is a map; nil if it is null.
func (b block) texts(argument string) map[string]string {
	v, ok := b.values[argument].(types.Map)
	if !ok || v.IsNull() {
		return nil
	}
	all := map[string]string{}
	for key, e := range v.Elements() {
		if s, ok := e.(types.String); ok {
			all[key] = s.ValueString()
		}
	}
	return all
}

// unknown returns the names of the arguments whose values are not known yet.
func (b block) unknown() []string {
	var names []string
	for _, a := range b.kind.arguments {
		if b.known(a.name) == isUnknown {
			names = append(names, a.name)
		}
	}
	return names
}

// problems returns an error for each wrong argument, and for each wrong
// combination of arguments. Unknown values are never wrong.
func (b block) problems() (diags diag.Diagnostics) {
	for _, a := range b.kind.arguments {
		if b.known(a.name) != isKnown {
			continue
		}
		if text, expected := b.wrong(a); expected != nil {
			diags.AddAttributeError(b.path(a.name), invalidSetting, b.says(fmt.Sprintf("%s is %s. Expected %s.", a.name, text, expected)))
		}
	}
	if diags.HasError() { // a wrong argument is not missing
		return diags
	}
	for _, r := range b.kind.rules {
		if at, text := r(b); text != "" {
			diags.AddAttributeError(b.path(at), "Invalid combination of arguments", b.says(text+"."))
		}
	}
	return diags
}

// wrong checks one argument. expected is nil if it is right, and names the accepted
// values otherwise. text is the value in quotes; a secret is not shown.
func (b block) wrong(a argument) (text string, expected error) {
	if a.kind == kindTexts {
		return wrongKeys(b.texts(a.name))
	}
	if a.kind == kindBool || a.kind == kindStrings {
		return "", nil
	}
	value := b.text(a.name)
	switch {
	case value == "" && a.mode == required && a.expects != nil:
		return `""`, a.expects("")
	case value == "":
		return `""`, errEmpty
	case a.expects == nil:
		return "", nil
	}
	if b.hides(a.name) {
		return "not shown here", a.expects(value)
	}
	return endpoint.Quote(value), a.expects(value)
}

// rule holds arguments of a block to each other. It returns the argument at
// fault, empty for the block as a whole, and a sentence without its full stop;
// empty if there is nothing to say.
type rule func(b block) (at, text string)

// given tells whether an argument is set: isNull if it is null, or a flag that is
// false.
func (b block) given(argument string) knowledge {
	state := b.known(argument)
	if v, ok := b.values[argument].(types.Bool); ok && state == isKnown && !v.ValueBool() {
		return isNull
	}
	return state
}

func atLeastOne(arguments ...string) rule {
	return func(b block) (string, string) {
		if slices.ContainsFunc(arguments, func(name string) bool { return b.given(name) != isNull }) {
			return "", ""
		}
		return "", fmt.Sprintf("neither %s is set. Expected at least one of them", strings.Join(arguments, " nor "))
	}
}

// needs is the rule that one argument needs at least one of the others.
func needs(one string, others ...string) rule {
	return func(b block) (string, string) {
		present := func(name string) bool { return b.given(name) != isNull }
		if b.given(one) != isKnown || slices.ContainsFunc(others, present) {
			return "", ""
		}
		return one, fmt.Sprintf("%s is set without %s. Expected it together with %[2]s", one, strings.Join(others, " or "))
	}
}

func notBoth(one, other string) rule {
	return func(b block) (string, string) {
		if b.given(one) == isKnown && b.given(other) == isKnown {
			return one, fmt.Sprintf("both %s and %s are set. Expected one of them", one, other)
		}
		return "", ""
	}
}
