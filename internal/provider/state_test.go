package provider

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestStates: this version reads the states that each version has written, and keeps
// every value in them.
func TestStates(t *testing.T) {
	server := NewServer("test", nil)()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/states/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no states: %v", err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			var state struct {
				Type          string          `json:"type"`
				SchemaVersion int64           `json:"schema_version"`
				Attributes    json.RawMessage `json:"attributes"`
			}
			text, err := os.ReadFile(file)
			if err == nil {
				err = json.Unmarshal(text, &state)
			}
			if err != nil {
				t.Fatal(err)
			}
			upgraded, err := server.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{
				TypeName: state.Type, Version: state.SchemaVersion, RawState: &tfprotov6.RawState{JSON: state.Attributes},
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range upgraded.Diagnostics {
				t.Fatalf("%s: %s", d.Summary, d.Detail)
			}
			kind := schemas.ResourceSchemas[state.Type].ValueType()
			got, err := upgraded.UpgradedState.Unmarshal(kind)
			if err != nil {
				t.Fatal(err)
			}
			want, err := tftypes.ValueFromJSONWithOpts(state.Attributes, kind, tftypes.ValueFromJSONOpts{})
			if err != nil {
				t.Fatal(err)
			}
			kept := map[string]tftypes.Value{}
			for name, value := range attributesOf(t, want) {
				kept[name] = attributesOf(t, got)[name]
				if !value.Equal(kept[name]) {
					t.Errorf("%s: %s", name, cmp.Diff(value.String(), kept[name].String()))
				}
			}
			if len(kept) == 0 {
				t.Error("the state has no attributes")
			}
		})
	}
}

func attributesOf(t *testing.T, object tftypes.Value) map[string]tftypes.Value {
	t.Helper()
	var attributes map[string]tftypes.Value
	if err := object.As(&attributes); err != nil {
		t.Fatal(err)
	}
	return attributes
}
