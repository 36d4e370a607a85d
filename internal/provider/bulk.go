package provider

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// bulk carries the large values of one call past the plugin framework. In a request
// each of them is replaced by a mark that fits its type, and in the response each
// mark by the value. In between the provider's own code reads and makes such values
// with portsOf, textsIn, newPorts, newTexts and longText.
//
// The framework (1.19) makes a table of all attributes anew for each element of a
// value, several times in a call, and terraform-plugin-go (0.31) seven copies of a
// text. A plan of 10,000 endpoints spent three quarters of its time there.
//
// Equal values have equal marks, so that a mark says what its value would say to
// whoever compares values. A value with an element that is null or unknown has no
// mark.
type bulk struct {
	least  int // the size in bytes from which a value is replaced
	values map[string]bulkValue
}

// bulkValue is a value that a mark stands for: a map or a text.
type bulkValue struct {
	raw  []byte // a map as MessagePack
	text string
}

const (
	// leastBulk is a few hundred endpoints. Below that the framework's cost is
	// nothing beside the CLI's.
	leastBulk = 16 << 10

	// markPrefix begins each mark, and no host and no endpoint.
	markPrefix = "\x00bulk:"
)

// bulkAttributes are the attributes that may be large, where they are maps.
var bulkAttributes = []string{attrResults, attrFailures, attrWaived, endpoint.AttrBaseline, endpoint.AttrOpen}

type bulkKey struct{}

// newBulk returns a context for one call, and its bulk.
func newBulk(ctx context.Context, least int) (context.Context, *bulk) {
	b := &bulk{least, map[string]bulkValue{}}
	return context.WithValue(ctx, bulkKey{}, b), b
}

// bulkOf returns the bulk of the call with ctx. It is empty if the call has none.
func bulkOf(ctx context.Context) *bulk {
	if b, ok := ctx.Value(bulkKey{}).(*bulk); ok {
		return b
	}
	return &bulk{}
}

// keep returns the mark that stands for a map from now on.
func (b *bulk) keep(raw []byte) string {
	sum := sha256.Sum256(raw)
	mark := markPrefix + hex.EncodeToString(sum[:])
	b.values[mark] = bulkValue{raw: raw}
	return mark
}

// without returns an object with marks in place of its large values. What is no
// object is returned as it is.
func (b *bulk) without(object *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	if object == nil || len(object.MsgPack) < b.least {
		return object
	}
	replaced, ok := eachAttribute(object.MsgPack, func(name string, raw []byte) []byte {
		if len(raw) < b.least || !slices.Contains(bulkAttributes, name) || !isBulk(raw) {
			return raw
		}
		return packMark(b.keep(raw))
	})
	if !ok {
		return object
	}
	return &tfprotov6.DynamicValue{MsgPack: replaced}
}

// withoutJSON is without for an object in the JSON of a state.
func (b *bulk) withoutJSON(object []byte) []byte {
	var attributes map[string]json.RawMessage
	if len(object) < b.least || json.Unmarshal(object, &attributes) != nil {
		return object
	}
	for _, name := range bulkAttributes {
		if len(attributes[name]) < b.least {
			continue
		}
		raw, ok := packJSON(attributes[name])
		if !ok {
			continue
		}
		text, err := json.Marshal(map[string]any{b.keep(raw): nil})
		if err != nil {
			return object
		}
		attributes[name] = text
	}
	text, err := json.Marshal(attributes)
	if err != nil {
		return object
	}
	return text
}

// withoutText returns a mark in place of a large text.
func (b *bulk) withoutText(value *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	if value == nil || len(value.MsgPack) < b.least {
		return value
	}
	text, ok := unpackText(value.MsgPack)
	if !ok {
		return value
	}
	const mark = markPrefix + "text" // nothing compares texts
	b.values[mark] = bulkValue{text: text}
	return &tfprotov6.DynamicValue{MsgPack: packText(mark)}
}

// restore puts the values into value where marks stand: value is one, or is an object
// with some of them.
func (b *bulk) restore(value *tfprotov6.DynamicValue) {
	if value == nil || len(b.values) == 0 {
		return
	}
	if raw, ok := b.packed(value.MsgPack); ok {
		value.MsgPack = raw
		return
	}
	replaced, ok := eachAttribute(value.MsgPack, func(_ string, raw []byte) []byte {
		if kept, ok := b.packed(raw); ok {
			return kept
		}
		return raw
	})
	if ok {
		value.MsgPack = replaced
	}
}

// packed returns the map for whose mark raw stands.
func (b *bulk) packed(raw []byte) ([]byte, bool) {
	for mark, v := range b.values {
		if bytes.Equal(raw, packMark(mark)) {
			return v.raw, true
		}
	}
	return nil, false
}

// marked returns the map for whose mark m stands.
func (b *bulk) marked(m types.Map) ([]byte, bool) {
	if len(b.values) == 0 {
		return nil, false
	}
	elements := m.Elements()
	if len(elements) != 1 {
		return nil, false
	}
	for mark := range elements {
		if v, ok := b.values[mark]; ok {
			return v.raw, true
		}
	}
	return nil, false
}

// portsOf returns the elements of a map of lists.
func portsOf(ctx context.Context, m types.Map) map[string]endpoint.List {
	all := map[string]endpoint.List{}
	if raw, ok := bulkOf(ctx).marked(m); ok {
		unpackMap(raw, func(key string, ports []string) {
			list := endpoint.List{Elements: make([]endpoint.Element, len(ports))}
			for i, port := range ports {
				list.Elements[i].Value = port
			}
			all[key] = list
		}, unpackList)
		return all
	}
	for key, v := range m.Elements() {
		if list, ok := v.(types.List); ok {
			all[key] = listOf(list)
		}
	}
	return all
}

// textsOf returns the elements of a map of strings, those that are known.
func textsIn(ctx context.Context, m types.Map) map[string]string {
	texts := map[string]string{}
	if raw, ok := bulkOf(ctx).marked(m); ok {
		unpackMap(raw, func(key, text string) { texts[key] = text }, unpackString)
		return texts
	}
	for key, v := range m.Elements() {
		if s, ok := v.(types.String); ok && known(s) == isKnown {
			texts[key] = s.ValueString()
		}
	}
	return texts
}

// wholeTexts returns the map of strings for which m may stand.
func wholeTexts(ctx context.Context, m types.Map) types.Map {
	if _, ok := bulkOf(ctx).marked(m); !ok {
		return m
	}
	return mapOfTexts(textsIn(ctx, m))
}

// newPorts returns a map of lists.
func newPorts[K ~string](ctx context.Context, ports map[K][]string) types.Map {
	if b := bulkOf(ctx); b.values != nil {
		if raw := packMap(ports, packList); len(raw) >= b.least {
			return types.MapValueMust(listOfStrings, map[string]attr.Value{b.keep(raw): types.ListNull(types.StringType)})
		}
	}
	elements := make(map[string]attr.Value, len(ports))
	for key, list := range ports {
		elements[string(key)] = stringsOf(list)
	}
	return types.MapValueMust(listOfStrings, elements)
}

// newTexts returns a map of strings.
func newTexts(ctx context.Context, texts map[string]string) types.Map {
	if b := bulkOf(ctx); b.values != nil {
		if raw := packMap(texts, packString); len(raw) >= b.least {
			return types.MapValueMust(types.StringType, map[string]attr.Value{b.keep(raw): types.StringNull()})
		}
	}
	return mapOfTexts(texts)
}

func mapOfTexts(texts map[string]string) types.Map {
	elements := make(map[string]attr.Value, len(texts))
	for key, text := range texts {
		elements[key] = types.StringValue(text)
	}
	return types.MapValueMust(types.StringType, elements)
}

// longText returns the text for which s may stand.
func longText(ctx context.Context, s string) string {
	if v, ok := bulkOf(ctx).values[s]; ok {
		return v.text
	}
	return s
}
