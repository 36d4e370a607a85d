package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestReportsOfPlaces: the reports read the keys of places, and what a check
// declares closed, whatever kind of list has it.
func TestReportsOfPlaces(t *testing.T) {
	list := func(values ...string) tftypes.Value {
		var elements []tftypes.Value
		for _, v := range values {
			elements = append(elements, text(v))
		}
		return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, elements)
	}
	tuple := tftypes.NewValue(tftypes.Tuple{ElementTypes: []tftypes.Type{tftypes.String, tftypes.String}}, []tftypes.Value{text("vpc-a"), text("local")})
	baseline := tftypes.NewValue(tftypes.Map{ElementType: tftypes.List{ElementType: tftypes.String}}, map[string]tftypes.Value{"db": list("5432")})
	placed := func(other map[string]tftypes.Value) tftypes.Value {
		attributes := map[string]tftypes.Value{
			"from": tuple, "open": list("80", "443"), "closed": list("22"), "baseline": nullOf(baseline.Type()),
			"results": tftypes.NewValue(stringsByName, map[string]tftypes.Value{
				"tcp://web:80": text("open"), "tcp://web:80 from vpc-a": text("open"), "tcp://web:443": text("open"), "tcp://web:443 from vpc-a": text("filtered"),
			}),
			"failures": tftypes.NewValue(stringsByName, map[string]tftypes.Value{"tcp://web:443 from vpc-a": text("filtered (no-response), declared open: filtered-by-source")}),
		}
		for name, v := range other {
			attributes[name] = v
		}
		return checkWith(attributes)
	}
	const head, tail = "| To | from `vpc-a` | from `local` |\n", "| `tcp://web:80` | open | open |\n"
	tests := []struct {
		name  string
		other map[string]tftypes.Value
		want  string // empty: without a row for the port that is closed
	}{
		{"closed", nil, "| `tcp://web:22` | not open | not open |"},
		{"closed on a host of the baseline", map[string]tftypes.Value{"baseline": baseline}, "| `tcp://db:22` | not open | not open |"},
		{"a declaration that is not known yet", map[string]tftypes.Value{"closed": unknown(tftypes.List{ElementType: tftypes.String})}, ""},
		{"no list", map[string]tftypes.Value{"closed": text("22")}, ""},
		{"a null port", map[string]tftypes.Value{"closed": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{nullOf(tftypes.String)})}, ""},
		{"an unknown baseline", map[string]tftypes.Value{"baseline": unknown(baseline.Type())}, ""},
	}
	for _, tt := range tests {
		got, known, failure := reported(t, "report_markdown", object(map[string]tftypes.Value{"web": placed(tt.other)}))
		if failure != nil || !known {
			t.Errorf("%s: %v", tt.name, failure)
			continue
		}
		for _, want := range []string{head, tail, tt.want, "while it is open from this machine"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: without %q\n%s", tt.name, want, got)
			}
		}
		if closed := strings.Contains(got, ":22`"); closed != (tt.want != "") {
			t.Errorf("%s: closed port %v\n%s", tt.name, closed, got)
		}
	}
	for _, key := range []string{"tcp://web:80 from a b", "tcp://web:80 from "} {
		wrong := map[string]tftypes.Value{"results": tftypes.NewValue(stringsByName, map[string]tftypes.Value{key: text("open")})}
		if _, _, failure := reported(t, "report_junit", object(map[string]tftypes.Value{"web": placed(wrong)})); failure == nil || !strings.Contains(failure.Text, "name of a place") {
			t.Errorf("%q: %v", key, failure)
		}
	}
}
