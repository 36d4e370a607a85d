package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

// protocol is a configured provider, to which a test speaks as a CLI does. It is for
// what no CLI at hand can do, or can do in one way only.
type protocol struct {
	t       *testing.T
	server  provider.Server
	schemas *tfprotov6.GetProviderSchemaResponse
}

// speak configures a provider of its own with these settings.
func speak(t *testing.T, settings map[string]any) *protocol {
	t.Helper()
	return speakTo(t, provider.NewServer("test", nil)(), settings)
}

// speakTo is speak with a provider of the test's own.
func speakTo(t *testing.T, server provider.Server, settings map[string]any) *protocol {
	t.Helper()
	p := &protocol{t: t, server: server}
	t.Cleanup(func() {
		if err := p.server.Close(); err != nil {
			t.Error(err)
		}
	})
	var err error
	if p.schemas, err = p.server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	resp, err := p.server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: p.object(p.schemas.Provider, settings)})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range resp.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			t.Fatalf("%s: %s", d.Summary, d.Detail)
		}
	}
	return p
}

// object is an object of a schema. What is not given is null, and of a block that
// repeats there is none.
func (p *protocol) object(schema *tfprotov6.Schema, given map[string]any) *tfprotov6.DynamicValue {
	p.t.Helper()
	typ, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		p.t.Fatalf("%s is no object", schema.ValueType())
	}
	values := map[string]tftypes.Value{}
	for name, t := range typ.AttributeTypes {
		values[name] = valueOf(t, given[name])
	}
	for _, b := range schema.Block.BlockTypes {
		if list, ok := typ.AttributeTypes[b.TypeName].(tftypes.List); ok {
			values[b.TypeName] = tftypes.NewValue(list, []tftypes.Value{})
		}
	}
	for name := range given {
		if typ.AttributeTypes[name] == nil {
			p.t.Fatalf("the schema has no %s", name)
		}
	}
	v, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, values))
	if err != nil {
		p.t.Fatal(err)
	}
	return &v
}

// valueOf is the value of a type that is given as Go has it: a []string for a list,
// a map[string]any for a map; tftypes.UnknownValue stays as it is.
func valueOf(typ tftypes.Type, given any) tftypes.Value {
	switch given := given.(type) {
	case tftypes.Value:
		return given
	case []string:
		elements := make([]tftypes.Value, len(given))
		for i, text := range given {
			elements[i] = tftypes.NewValue(tftypes.String, text)
		}
		return tftypes.NewValue(typ, elements)
	case map[string]any:
		elements := map[string]tftypes.Value{}
		if object, ok := typ.(tftypes.Object); ok {
			for name, t := range object.AttributeTypes {
				elements[name] = valueOf(t, given[name])
			}
			return tftypes.NewValue(typ, elements)
		}
		for key, v := range given {
			elements[key] = valueOf(typ.(tftypes.Map).ElementType, v)
		}
		return tftypes.NewValue(typ, elements)
	}
	return tftypes.NewValue(typ, given)
}

// attributes are those of an object that the provider sent.
func attributes(t *testing.T, typ tftypes.Type, sent *tfprotov6.DynamicValue) map[string]tftypes.Value {
	t.Helper()
	v, err := sent.Unmarshal(typ)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]tftypes.Value
	if err := v.As(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// identityType is the type of the identity of a check.
func (p *protocol) identityType() tftypes.Type {
	p.t.Helper()
	resp, err := p.server.GetResourceIdentitySchemas(p.t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.IdentitySchemas["portcheck_check"].ValueType()
}

// declaration is the text of a check's identity.
func (p *protocol) declaration(sent *tfprotov6.ResourceIdentityData) string {
	p.t.Helper()
	if sent == nil {
		p.t.Fatal("there is no identity")
	}
	var text string
	if err := attributes(p.t, p.identityType(), sent.IdentityData)["declaration"].As(&text); err != nil {
		p.t.Fatal(err)
	}
	return text
}

// TestIdentityOfEarlierState: a state that an earlier version wrote has no identity,
// and gets one when it is read, whether or not anything is looked at.
func TestIdentityOfEarlierState(t *testing.T) {
	for _, settings := range []map[string]any{{"enabled": false}, nil} {
		p := speak(t, settings)
		state := p.object(p.schemas.ResourceSchemas["portcheck_check"], map[string]any{
			"baseline": map[string]any{"DB.example.com": []string{"5432", "22"}},
			"on_drift": "ignore",
			"passed":   true,
		})
		resp, err := p.server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: "portcheck_check", CurrentState: state})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range resp.Diagnostics {
			t.Errorf("%s: %s", d.Summary, d.Detail)
		}
		if got := p.declaration(resp.NewIdentity); got != "baseline[db.example.com]=22,5432" {
			t.Errorf("the identity is %q", got)
		}
	}
}
