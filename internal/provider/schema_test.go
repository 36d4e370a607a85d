package provider

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

func served(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	resp, err := NewServer("test", nil)().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range resp.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	return resp
}

func byName(s *tfprotov6.Schema) map[string]*tfprotov6.SchemaAttribute {
	attributes := map[string]*tfprotov6.SchemaAttribute{}
	for _, a := range s.Block.Attributes {
		attributes[a.Name] = a
	}
	return attributes
}

// TestSchemasAgree: what data source and resource share is the same, and each
// attribute is described in whole sentences.
func TestSchemasAgree(t *testing.T) {
	resp := served(t)
	provider := byName(resp.Provider)
	data, check := byName(resp.DataSourceSchemas["portcheck"]), byName(resp.ResourceSchemas["portcheck_check"])
	own := map[string]bool{attrOnFailure: true} // differs on purpose
	for name, a := range data {
		if own[name] {
			continue
		}
		if diff := cmp.Diff(a, check[name]); diff != "" {
			t.Errorf("%s (-data source +resource)\n%s", name, diff)
		}
	}
	for _, name := range []string{attrOnDrift, attrTriggers, attrSuccesses, attrPassedAt} {
		if check[name] == nil || data[name] != nil {
			t.Errorf("%s belongs to the resource alone", name)
		}
	}
	if len(check) != len(data)+4 {
		t.Errorf("the resource has %d attributes, the data source %d", len(check), len(data))
	}
	for _, s := range settingsTable {
		if provider[s.name] == nil || !strings.Contains(provider[s.name].Description, "`"+s.variable()+"`") {
			t.Errorf("the provider does not describe %s with its environment variable", s.name)
		}
		if (data[s.name] != nil) != (s.scope != ofProvider) {
			t.Errorf("%s in the data source: %v", s.name, data[s.name] != nil)
		}
	}
	recorded := byName(resp.ResourceSchemas["portcheck_baseline"])
	for _, s := range settingsTable {
		if b, c := recorded[s.name], check[s.name]; (b != nil) != (s.scope == ofScans) || b != nil && !b.Type.Equal(c.Type) {
			t.Errorf("%s in the baseline: %v", s.name, b)
		}
	}
	if open := recorded[endpoint.AttrOpen]; !open.Type.Equal(check[endpoint.AttrBaseline].Type) {
		t.Errorf("open is %s, baseline takes %s", open.Type, check[endpoint.AttrBaseline].Type)
	}
	gate, action := byName(resp.EphemeralResourceSchemas["portcheck"]), byName(resp.ActionSchemas[typeVerify].Schema)
	listed := byName(resp.ListResourceSchemas[typeCheck])
	for _, s := range settingsTable {
		if l, b := listed[s.name], recorded[s.name]; (l != nil) != (s.scope == ofScans) || l != nil && l.Description != b.Description {
			if s.name != attrCAPEM { // that of the list is about Prometheus
				t.Errorf("%s in the list: %v", s.name, l)
			}
		}
	}
	for _, attributes := range []map[string]*tfprotov6.SchemaAttribute{provider, data, check, recorded, gate, action, listed} {
		for name, a := range attributes {
			if len(a.Description) < 20 || !strings.HasSuffix(a.Description, ".") {
				t.Errorf("%s: %q", name, a.Description)
			}
		}
	}
}

// TestNewerSchemasAgree: what ephemeral resource and action share with the data source
// is the same. An action has no outputs.
func TestNewerSchemasAgree(t *testing.T) {
	resp := served(t)
	data := byName(resp.DataSourceSchemas["portcheck"])
	gate, action := byName(resp.EphemeralResourceSchemas["portcheck"]), byName(resp.ActionSchemas[typeVerify].Schema)
	if diff := cmp.Diff(gate[attrTimeout], action[attrTimeout]); diff != "" || gate[attrTimeout] == nil {
		t.Errorf("%s (-ephemeral +action)\n%s", attrTimeout, diff)
	}
	delete(gate, attrTimeout)
	delete(action, attrTimeout)
	if gate[attrOnFailure] == nil || action[attrOnFailure] != nil {
		t.Errorf("%s belongs to the ephemeral resource, and not to the action", attrOnFailure)
	}
	delete(gate, attrOnFailure) // differs on purpose
	delete(data, attrOnFailure)
	if diff := cmp.Diff(data, gate); diff != "" {
		t.Errorf("(-data source +ephemeral resource)\n%s", diff)
	}
	for name, a := range data {
		if a.Computed {
			delete(data, name)
		}
	}
	if diff := cmp.Diff(data, action); diff != "" {
		t.Errorf("(-data source +action)\n%s", diff)
	}
}
