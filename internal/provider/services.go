package provider

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

const (
	attrServerName = "server_name"
	attrHTTP       = "http"
	attrCAFile     = "ca_file"
	attrCAPEM      = "ca_pem"
)

// serviceTable is the one list of the attributes that are about services alone
// and have no value for the whole provider.
var serviceTable = []attribute{
	{
		name: attrServerName, kind: kindString,
		description: "The name to use instead of each host as declared: sent to TLS services (in SNI, in the `Host` header of `https` and in the `:authority` of `grpcs`), and required in their certificates.",
	}, {
		name: attrHTTP, kind: kindRequests,
		description: "The request for services declared as `http` or `https`, and the statuses that pass. A key is an endpoint, such as `\"https://web.example.com:443\"`, or ports with their scheme on every host, such as `\"443/https\"`; an endpoint wins over ports. A value is a map of `path` (with a query, if any; default `/`), `method` (`GET`, `HEAD` or `OPTIONS`), `status` (codes that pass, such as `\"200-299,401\"`; default everything below 500) and `host` (the `Host` header). Redirects are not followed.",
	},
}

// tlsSettings are the settings of TLS with their values.
type tlsSettings struct {
	verify  look.Verify
	minDays int
	caFile  string
	caPEM   string
}

// roots returns the authorities to trust, nil for those of the system. The
// error says what was expected; attribute is the one at fault.
func (s tlsSettings) roots() (roots *x509.CertPool, attribute string, err error) {
	text := []byte(s.caPEM)
	if s.caFile != "" {
		text, err = os.ReadFile(s.caFile)
		if err != nil {
			return nil, attrCAFile, fmt.Errorf("ca_file is %q. Expected a file of certificates in PEM; %w", s.caFile, err)
		}
	}
	if len(text) == 0 && s.caFile == "" {
		return nil, "", nil
	}
	roots, err = authorities(text)
	if err != nil {
		return nil, attrCAFile, fmt.Errorf("ca_file is %q. Expected a file of certificates in PEM, but %w", s.caFile, err)
	}
	return roots, "", nil
}

// authorities reads certificates in PEM (RFC 7468). There must be at least one,
// and all must be whole: a skipped certificate would later show as "unknown
// authority".
func authorities(text []byte) (*x509.CertPool, error) {
	const begin = "-----BEGIN CERTIFICATE-----"
	pool := x509.NewCertPool()
	parts := strings.Split(string(text), begin)
	for i, part := range parts[1:] {
		block, _ := pem.Decode([]byte(begin + part))
		if block == nil {
			return nil, fmt.Errorf("certificate %d of %d is cut off or damaged", i+1, len(parts)-1)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d of %d cannot be read: %w", i+1, len(parts)-1, err)
		}
		pool.AddCert(cert)
	}
	if len(parts) == 1 {
		return nil, errors.New("it has none")
	}
	return pool, nil
}

func setCAPEM(s *settings, text string) error {
	if _, err := authorities([]byte(text)); err != nil {
		return fmt.Errorf(`certificates in PEM, such as file("ca.pem") gives, but %w`, err)
	}
	s.tls.caFile, s.tls.caPEM = "", text
	return nil
}

// services sets the options of services in o as object has them. Authorities
// that cannot be read are an error before anything is sent.
func (s settings) services(ctx context.Context, object values, declared *endpoint.Declared, o *scan.Options) diag.Diagnostics {
	name, requests, diags := requestsOf(ctx, object, declared)
	if diags.HasError() {
		return diags
	}
	o.HTTP = requests.find
	o.TLS = look.TLS{Verify: s.tls.verify, ServerName: name, MinDays: s.tls.minDays}
	if !slices.ContainsFunc(declared.Hosts, hasCertificate) {
		return diags
	}
	roots, attribute, err := s.tls.roots()
	if err != nil {
		diags.AddAttributeError(path.Root(attribute), invalidSetting, err.Error()+".")
	}
	o.TLS.Roots = roots
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

// requests has the HTTP requests of an object.
type requests struct {
	endpoints map[endpoint.Endpoint]*look.HTTP
	ports     []portRequest
}

// portRequest is the request at ports of every host.
type portRequest struct {
	key    string
	ports  endpoint.Range
	scheme endpoint.Scheme
	http   *look.HTTP
}

// find returns the request for e, nil for the default.
func (r requests) find(e endpoint.Endpoint) *look.HTTP {
	if h, ok := r.endpoints[e]; ok {
		return h
	}
	for _, p := range r.ports {
		if p.scheme == e.Scheme && p.ports.First <= e.Port && e.Port <= p.ports.Last {
			return p.http
		}
	}
	return nil
}

// requestsOf reads server_name and http, and checks the known values. declared
// is nil while the declaration is not known.
func requestsOf(ctx context.Context, object values, declared *endpoint.Declared) (name string, r requests, diags diag.Diagnostics) {
	var server types.String
	var all types.Map
	diags = object.GetAttribute(ctx, path.Root(attrServerName), &server)
	diags.Append(object.GetAttribute(ctx, path.Root(attrHTTP), &all)...)
	if known(server) == isKnown {
		host, err := endpoint.ParseHost(server.ValueString())
		if _, isAddr := host.Addr(); err != nil || isAddr {
			diags.AddAttributeError(path.Root(attrServerName), invalidSetting,
				fmt.Sprintf("server_name is %q. Expected a host name, such as \"www.example.com\".", server.ValueString()))
		}
		name = string(host)
	}
	r.endpoints = map[endpoint.Endpoint]*look.HTTP{}
	for _, key := range slices.Sorted(maps.Keys(all.Elements())) {
		if err := r.add(key, all.Elements()[key], declared); err != nil {
			diags.AddAttributeError(path.Root(attrHTTP).AtMapKey(key), invalidSetting, fmt.Sprintf("http[%q]: %s.", key, err))
		}
	}
	return name, r, diags
}

// add takes in the request at one key of http. The error says what was
// expected.
func (r *requests) add(key string, value attrValue, declared *endpoint.Declared) error {
	options, err := optionsOf(value)
	if err != nil {
		return err
	}
	h, err := look.ParseHTTP(options)
	if err != nil {
		return err
	}
	if strings.Contains(key, "://") {
		e, err := endpoint.ParseEndpoint(key)
		if err != nil {
			return err
		}
		if r.endpoints[e] != nil {
			return fmt.Errorf("%s is also given under another key. Expected each endpoint once", e)
		}
		r.endpoints[e] = &h
		return isDeclared(declared, endpoint.Range{First: e.Port, Last: e.Port}, e.Scheme, e.Host)
	}
	ports, scheme, err := endpoint.ParsePortRange(key)
	if err != nil {
		return fmt.Errorf("%w, or an endpoint such as \"https://web.example.com:443\"", err)
	}
	for _, other := range r.ports {
		if other.scheme == scheme && other.ports.First <= ports.Last && ports.First <= other.ports.Last {
			return fmt.Errorf("it overlaps with %q. Expected each port once", other.key)
		}
	}
	r.ports = append(r.ports, portRequest{key, ports, scheme, &h})
	return isDeclared(declared, ports, scheme, "")
}

// isDeclared refuses a key of http that no declared endpoint uses: a slip of
// the pen must not be taken for a check. declared is nil while the declaration
// is not known.
func isDeclared(declared *endpoint.Declared, ports endpoint.Range, scheme endpoint.Scheme, host endpoint.Host) error {
	if scheme != endpoint.HTTP && scheme != endpoint.HTTPS {
		return fmt.Errorf("its scheme is %s. Expected http or https", scheme)
	}
	if declared == nil {
		return nil
	}
	for _, h := range declared.Hosts {
		if host != "" && h.Host != host {
			continue
		}
		for _, r := range h.Open[scheme] {
			if r.First <= ports.Last && ports.First <= r.Last {
				return nil
			}
		}
	}
	return fmt.Errorf("nothing of that is declared. Expected an endpoint, or ports with their scheme, that open or baseline declare")
}

// optionsOf reads the options at one key of http. Null options are left out,
// and so are unknown ones: they are checked when they are known. A misspelt
// name stays, so that ParseHTTP refuses it.
func optionsOf(value attrValue) (map[string]string, error) {
	elements, ok := value.(types.Map)
	if !ok || elements.IsNull() {
		return nil, fmt.Errorf("it is null. Expected a map with any of %s", strings.Join(look.HTTPOptions, ", "))
	}
	options := map[string]string{}
	for name, e := range elements.Elements() {
		if text, ok := e.(types.String); ok && known(text) == isKnown {
			options[name] = text.ValueString()
		} else if !slices.Contains(look.HTTPOptions, name) {
			options[name] = ""
		}
	}
	return options, nil
}
