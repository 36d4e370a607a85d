package provider

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/option"
)

const attrWaivers = option.NameWaivers

// waiversAttribute excuses failures for a time.
var waiversAttribute = attribute{name: attrWaivers, kind: kindOptions, description: option.AboutWaivers}

// waivers are those of an object.
type waivers struct {
	option.Waivers
	given   bool // the object has the attribute
	unknown bool // not even its keys are known yet
}

// waiversIn reads waivers, and checks what is known of them. declared is nil while
// the declaration is not known.
func waiversIn(ctx context.Context, object values, declared *endpoint.Declared) (w waivers, diags diag.Diagnostics) {
	var all types.Map
	diags = object.GetAttribute(ctx, path.Root(attrWaivers), &all)
	w.given, w.unknown = !all.IsNull(), all.IsUnknown()
	for _, key := range slices.Sorted(maps.Keys(all.Elements())) {
		wrong := &option.Error{Map: attrWaivers, Key: key, Detail: "it is null. Expected a map, such as { until = \"2026-12-31\" }"}
		if at, ok := all.Elements()[key].(types.Map); ok && !at.IsNull() {
			wrong = w.Add(key, optionsAt(at), declared)
		}
		if wrong != nil {
			diags.Append(optionError(wrong))
		}
	}
	return w, diags
}

// excuses tells whether a failure that state has under key is excused at now.
func (w waivers) excuses(key string, now time.Time) bool {
	k, err := endpoint.ParseKey(key)
	if err != nil {
		return false
	}
	waiver := w.Of(k.Endpoint)
	return waiver != nil && !waiver.Ended(now)
}

// concerns tells whether a failure that state has under key has a waiver, or may
// have one.
func (w waivers) concerns(key string) bool {
	k, err := endpoint.ParseKey(key)
	return w.unknown || err == nil && w.Has(k.Endpoint)
}
