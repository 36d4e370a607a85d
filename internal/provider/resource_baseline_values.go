package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// recordedValues are the outputs; the zero recordedValues are null.
type recordedValues struct {
	open        types.Map
	unreachable types.List
	at          types.String
}

func valuesOf(ctx context.Context, r recording, at time.Time) recordedValues {
	unreachable := make([]string, len(r.gaps))
	for i, u := range r.gaps {
		unreachable[i] = string(u.Host)
	}
	return recordedValues{newPorts(ctx, r.open), stringsOf(unreachable), types.StringValue(at.UTC().Format(time.RFC3339))}
}

func stringsOf(texts []string) types.List {
	elements := make([]attr.Value, len(texts))
	for i, text := range texts {
		elements[i] = types.StringValue(text)
	}
	return types.ListValueMust(types.StringType, elements)
}

func recordedIn(ctx context.Context, from values) (v recordedValues, diags diag.Diagnostics) {
	diags = from.GetAttribute(ctx, path.Root(endpoint.AttrOpen), &v.open)
	diags.Append(from.GetAttribute(ctx, path.Root(attrUnreachable), &v.unreachable)...)
	diags.Append(from.GetAttribute(ctx, path.Root(attrRecordedAt), &v.at)...)
	return v, diags
}

// baseline returns the recorded ports, nil if nothing was ever recorded.
func (v recordedValues) baseline(ctx context.Context) (b baseline.Baseline) {
	if v.open.IsNull() {
		return nil
	}
	open := portsOf(ctx, v.open)
	b = make(baseline.Baseline, len(open))
	for host, ports := range open {
		texts := make([]string, len(ports.Elements))
		for i, e := range ports.Elements {
			texts[i] = e.Value
		}
		b[endpoint.Host(host)] = texts
	}
	return b
}

func (v recordedValues) write(ctx context.Context, to setter) diag.Diagnostics {
	if v.open.IsNull() {
		v = recordedValues{types.MapNull(listOfStrings), types.ListNull(types.StringType), types.StringNull()}
	}
	diags := to.SetAttribute(ctx, path.Root(endpoint.AttrOpen), v.open)
	diags.Append(to.SetAttribute(ctx, path.Root(attrUnreachable), v.unreachable)...)
	diags.Append(to.SetAttribute(ctx, path.Root(attrRecordedAt), v.at)...)
	return diags
}
