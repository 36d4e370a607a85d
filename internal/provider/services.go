package provider

import (
	"context"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/option"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

const (
	attrServerName = "server_name"
	attrCAFile     = "ca_file"
	attrCAPEM      = "ca_pem"
)

// serviceTable is the one list of the attributes that are about services alone
// and have no value for the whole provider.
var serviceTable = func() []attribute {
	all := []attribute{{
		name: attrServerName, kind: kindString,
		description: "The name to use instead of each host as declared: sent to TLS services (in SNI, in the `Host` header of `https` and in the `:authority` of `grpcs`), and required in their certificates.",
	}}
	for _, m := range option.Maps() {
		all = append(all, attribute{name: m.Name, kind: kindOptions, description: m.Description()})
	}
	return all
}()

// tlsSettings are the settings of TLS with their values.
type tlsSettings struct {
	verify  look.Verify
	minDays int
	caFile  string
	caPEM   string
}

// roots returns the authorities to trust, nil for those of the system. The
// error says what was expected. A file is read until ctx ends.
func (s tlsSettings) roots(ctx context.Context) (roots *x509.CertPool, err error) {
	switch {
	case s.caFile != "":
		if roots, err = option.AuthoritiesIn(ctx, s.caFile); err != nil {
			return nil, fmt.Errorf("ca_file %w. Expected a file of certificates in PEM", err)
		}
	case s.caPEM != "":
		roots, err = option.Authorities([]byte(s.caPEM)) // it was read before
	}
	return roots, err
}

func setCAPEM(s *settings, text string) error {
	if err := expectCAPEM(text); err != nil {
		return err
	}
	s.tls.caFile, s.tls.caPEM = "", text
	return nil
}

// services sets the options of services in o as object has them. Authorities
// that cannot be read are an error before anything is sent.
func (s settings) services(ctx context.Context, object values, declared *endpoint.Declared, o *scan.Options) diag.Diagnostics {
	name, given, diags := optionsOf(ctx, object, declared)
	if diags.HasError() {
		return diags
	}
	o.Ask = given.Ask
	o.TLS = look.TLS{Verify: s.tls.verify, ServerName: name, MinDays: s.tls.minDays}
	if slices.ContainsFunc(declared.Hosts, hasCertificate) || given.Has(option.NameTLS) {
		roots, err := s.tls.roots(ctx)
		if err != nil {
			diags.AddAttributeError(path.Root(attrCAFile), invalidSetting, err.Error()+".")
		}
		if roots != nil { // a nil pool is not a nil interface
			o.TLS.Roots = roots
		}
	}
	for _, wrong := range given.Finish(ctx, o.TLS) {
		diags.Append(optionError(wrong))
	}
	return diags
}

func hasCertificate(h endpoint.HostPorts) bool {
	for scheme := range h.Open {
		if scheme.HasCertificate() {
			return true
		}
	}
	return false
}

// optionsOf reads server_name and the options of endpoints, and checks what is
// known of them. declared is nil while the declaration is not known.
func optionsOf(ctx context.Context, object values, declared *endpoint.Declared) (name string, given *option.Given, diags diag.Diagnostics) {
	var server types.String
	diags = object.GetAttribute(ctx, path.Root(attrServerName), &server)
	if known(server) == isKnown {
		host, err := endpoint.ParseHost(server.ValueString())
		if _, isAddr := host.Addr(); err != nil || isAddr {
			diags.AddAttributeError(path.Root(attrServerName), invalidSetting,
				fmt.Sprintf("server_name is %s. Expected a host name, such as \"www.example.com\".", endpoint.Quote(server.ValueString())))
		}
		name = string(host)
	}
	given = &option.Given{}
	for _, m := range option.Maps() {
		var all types.Map
		diags.Append(object.GetAttribute(ctx, path.Root(m.Name), &all)...)
		for _, key := range slices.Sorted(maps.Keys(all.Elements())) {
			wrong := &option.Error{Map: m.Name, Key: key, Detail: "it is null. Expected a map, such as {}"}
			if at, ok := all.Elements()[key].(types.Map); ok && !at.IsNull() {
				wrong = given.Add(m, key, optionsAt(at), declared)
			}
			if wrong != nil {
				diags.Append(optionError(wrong))
			}
		}
	}
	return name, given, diags
}

// optionError points at the key whose options are wrong.
func optionError(wrong *option.Error) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(wrong.Map).AtMapKey(wrong.Key), invalidSetting, wrong.Error()+".")
}

// optionsAt reads the options at one key, nil while they are not known.
func optionsAt(at types.Map) map[string]option.Value {
	if at.IsUnknown() {
		return nil
	}
	options := map[string]option.Value{}
	for name, e := range at.Elements() {
		if text, ok := e.(types.String); ok {
			options[name] = option.Value{Text: text.ValueString(), Unknown: text.IsUnknown(), Null: text.IsNull()}
		}
	}
	return options
}
