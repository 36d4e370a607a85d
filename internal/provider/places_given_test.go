package provider

import (
	"errors"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// secret is in every secret of these tests, and in no message.
const secret = "hush-hush"

// given is a block of a provider's configuration. A value is a string, an int, a
// bool, a map[string]any, or tftypes.UnknownValue. Without values at all it stands
// for all blocks of its kind, which are unknown.
type given struct {
	kind   string
	values map[string]any
}

// sshTo is a block with all that an ssh block needs, and more.
func sshTo(name any, more map[string]any) given {
	return with(given{kindSSH, map[string]any{argName: name, argHost: "bastion.example.com", argUser: "probe", argPassword: secret, argHostKey: "ssh-ed25519 AAAA"}}, more)
}

func socksAt(name any, more map[string]any) given {
	return with(given{kindSOCKS5, map[string]any{argName: name, argAddress: "proxy.example.com:1080"}}, more)
}

func proxyAt(name any, more map[string]any) given {
	return with(given{kindHTTPProxy, map[string]any{argName: name, argURL: "http://proxy.example.com:3128"}}, more)
}

func exporterAt(name any, more map[string]any) given {
	return with(given{kindBlackbox, map[string]any{argName: name, argURL: "https://blackbox.example.com:9115"}}, more)
}

// with gives a block other values; nil is null.
func with(g given, more map[string]any) given {
	for name, value := range more {
		g.values[name] = value
	}
	return g
}

// configOf returns a provider's configuration that has only blocks.
func configOf(t *testing.T, blocks ...given) tfsdk.Config {
	t.Helper()
	var resp provider.SchemaResponse
	(&portcheckProvider{}).Schema(t.Context(), provider.SchemaRequest{}, &resp)
	whole := resp.Schema.Type().TerraformType(t.Context()).(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, typ := range whole.AttributeTypes {
		values[name] = tftypes.NewValue(typ, nil)
	}
	for _, k := range placeKinds {
		typ := whole.AttributeTypes[k.name].(tftypes.List)
		elements := []tftypes.Value{}
		var list any = elements
		for _, g := range blocks {
			switch {
			case g.kind != k.name:
			case g.values == nil:
				list = tftypes.UnknownValue
			default:
				elements = append(elements, g.value(typ.ElementType.(tftypes.Object)))
				list = elements
			}
		}
		values[k.name] = tftypes.NewValue(typ, list)
	}
	return tfsdk.Config{Schema: resp.Schema, Raw: tftypes.NewValue(whole, values)}
}

func (g given) value(typ tftypes.Object) tftypes.Value {
	values := map[string]tftypes.Value{}
	for name, attribute := range typ.AttributeTypes {
		v := g.values[name]
		if texts, ok := v.(map[string]any); ok {
			elements := map[string]tftypes.Value{}
			for key, text := range texts {
				elements[key] = tftypes.NewValue(tftypes.String, text)
			}
			v = elements
		}
		values[name] = tftypes.NewValue(attribute, v)
	}
	return tftypes.NewValue(typ, values)
}

// elsewhere is a place that looks from this machine under another name.
type elsewhere struct {
	probe.Prober
	name string
	sees []endpoint.Scheme // nil: all
}

func (e elsewhere) Name() string { return e.name }

func (e elsewhere) Sees(s endpoint.Scheme) bool { return e.sees == nil || slices.Contains(e.sees, s) }

// simply makes places without reading their credentials. A host_key that is
// "broken" is an error.
var simply = func() makers {
	by := makers{}
	for _, k := range placeKinds {
		by[k.name] = func(b block, via dialer, _ guard.Policy) (vantage, error) {
			if b.text(argHostKey) == "broken" {
				return vantage{}, errors.New("host_key is not a public key. Expected a line such as \"ssh-ed25519 AAAA…\"")
			}
			if (via != nil) != (b.text(argVia) != "") {
				return vantage{}, errors.New("the way is missing")
			}
			v := vantage{Vantage: scan.From(elsewhere{name: b.text(argName), sees: []endpoint.Scheme{endpoint.TCP}})}
			if k.relays {
				v.dialer = deadEnd{}
			}
			return v, nil
		}
	}
	return by
}()

// told is each diagnostic as "path: detail".
func told(diags diag.Diagnostics) []string {
	all := []string{}
	for _, d := range diags {
		at := ""
		if with, ok := d.(diag.DiagnosticWithPath); ok {
			at = with.Path().String()
		}
		all = append(all, at+": "+d.Detail())
	}
	return all
}
