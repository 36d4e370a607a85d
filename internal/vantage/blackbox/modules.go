package blackbox

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/httpapi"
)

// module is what matters here of a module's configuration.
type module struct {
	Name    string `yaml:"-"`
	Prober  string
	Timeout time.Duration // 0: none of its own
	TCP     struct {
		QueryResponse []any `yaml:"query_response"`
		TLS           bool
		TLSConfig     verification `yaml:"tls_config"`
		NoFallback    fallback     `yaml:"ip_protocol_fallback"`
	}
	HTTP struct {
		Method       string
		Statuses     []int          `yaml:"valid_status_codes"`
		TLSConfig    verification   `yaml:"tls_config"`
		FailIfSSL    bool           `yaml:"fail_if_ssl"`
		FailIfNotSSL bool           `yaml:"fail_if_not_ssl"`
		Others       map[string]any `yaml:",inline"`
	}
	DNS struct {
		Transport string `yaml:"transport_protocol"`
	}
}

// verification is how a module verifies a certificate.
type verification struct {
	Skip bool   `yaml:"insecure_skip_verify"`
	File string `yaml:"ca_file"`
	CA   string
}

// fallback is whether an address of the family that is not preferred is refused.
type fallback bool

// UnmarshalYAML turns the setting round: the default is to accept it.
func (f *fallback) UnmarshalYAML(node *yaml.Node) error {
	*f = node.Value == "false"
	return nil
}

// The probers of blackbox_exporter that look at ports.
const (
	proberTCP  = "tcp"
	proberHTTP = "http"
	proberDNS  = "dns"
	proberGRPC = "grpc"
)

// modules has the module for each scheme. The module of one that could not be read
// in /config has a name alone.
type modules map[endpoint.Scheme]module

// readModules reads the exporter's configuration and finds the modules in it. One
// that does not show its configuration, as behind a proxy that lets probes pass
// alone, will do when the modules are named.
func (e *Exporter) readModules(ctx context.Context, line *httpapi.Line) (modules, error) {
	answer, err := line.Get(ctx, e.config, e.server.Header.Clone(), openTry, 0)
	if err != nil {
		return nil, e.server.Unreachable(ctx, err, openTry)
	}
	_, named := e.modules[endpoint.TCP]
	switch answer.Code {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusForbidden, http.StatusMethodNotAllowed:
		if !named {
			return nil, e.refused(answer)
		}
		found := modules{}
		for scheme, name := range e.modules {
			found[scheme] = module{Name: name}
		}
		return found, nil
	default:
		return nil, e.refused(answer)
	}
	all, err := parseModules(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: GET %s is not the configuration of a blackbox_exporter. Check the url", e, e.config.Path)
	}
	return e.choose(all)
}

// refused is the error of an exporter that does not show its configuration.
func (e *Exporter) refused(r httpapi.Reply) error {
	if r.Code == http.StatusNotFound {
		return fmt.Errorf("%s. Check url: /probe is added only where it has no path of its own. Where probes alone are let through, name the modules for tcp and others in modules", e.server.Said(e.config.Path, r))
	}
	return e.server.Refused(e.config.Path, r)
}

// parseModules reads the modules of a configuration, in the order of their names.
func parseModules(text []byte) (all []module, err error) {
	var config struct{ Modules map[string]module }
	if err := yaml.Unmarshal(text, &config); err != nil {
		return nil, err
	}
	if len(config.Modules) == 0 {
		return nil, fmt.Errorf("there are no modules")
	}
	for _, name := range slices.Sorted(maps.Keys(config.Modules)) {
		m := config.Modules[name]
		m.Name = name
		all = append(all, m)
	}
	return all, nil
}

// choose takes the modules that are named, and finds those for tcp, http and https
// that are not. One for tcp must be there: ports are looked at to explain failures
// too.
func (e *Exporter) choose(all []module) (modules, error) {
	found := modules{}
	for _, scheme := range slices.Sorted(maps.Keys(e.modules)) {
		i := slices.IndexFunc(all, func(m module) bool { return m.Name == e.modules[scheme] })
		if i < 0 {
			return nil, e.lacks(scheme, all)
		}
		if wrong := all[i].wrongFor(scheme); wrong != "" {
			return nil, fmt.Errorf("%s: module %s is named for %s, and %s", e, endpoint.Quote(all[i].Name), scheme, wrong)
		}
		found[scheme] = all[i]
	}
	for _, scheme := range []endpoint.Scheme{endpoint.TCP, endpoint.HTTP, endpoint.HTTPS} {
		if _, named := found[scheme]; named {
			continue
		}
		if m, ok := pick(scheme, all); ok {
			found[scheme] = m
		}
	}
	if _, ok := found[endpoint.TCP]; !ok {
		return nil, e.lacks(endpoint.TCP, all)
	}
	return found, nil
}

// usual are the names in the configuration that the exporter comes with.
var usual = map[endpoint.Scheme]string{endpoint.TCP: "tcp_connect", endpoint.HTTP: "http_2xx", endpoint.HTTPS: "http_2xx"}

// pick finds the module for a scheme: of those that do nothing special the one with
// the usual name, or else the first.
func pick(scheme endpoint.Scheme, all []module) (module, bool) {
	fit := slices.DeleteFunc(slices.Clone(all), func(m module) bool { return !m.plainFor(scheme) })
	if len(fit) == 0 {
		return module{}, false
	}
	return slices.MinFunc(fit, func(a, b module) int {
		return cmp.Compare(a.rank(scheme), b.rank(scheme))
	}), true
}

// rank is lower the more m is what a scheme wants.
func (m module) rank(scheme endpoint.Scheme) int {
	switch {
	case scheme == endpoint.TCP && bool(m.TCP.NoFallback):
		return 2 // it refuses addresses of one family
	case m.Name != usual[scheme]:
		return 1
	}
	return 0
}

// plainFor tells whether m may be taken for scheme without having been named. One
// called http_2xx may have more headers than others and the like.
func (m module) plainFor(scheme endpoint.Scheme) bool {
	if scheme == endpoint.TCP {
		return m.wrongFor(scheme) == ""
	}
	h := m.HTTP
	wrong := scheme == endpoint.HTTPS && (h.FailIfSSL || h.TLSConfig.Skip) || scheme == endpoint.HTTP && h.FailIfNotSSL
	if m.Prober != proberHTTP || cmp.Or(h.Method, http.MethodGet) != http.MethodGet || wrong {
		return false
	}
	return m.Name == usual[scheme] || !m.special()
}

// special tells whether an HTTP module sends or wants more than a usual request and
// answer.
func (m module) special() bool {
	for name := range m.HTTP.Others {
		if strings.HasPrefix(name, "fail_if_") || slices.Contains([]string{"headers", "body", "body_file", "basic_auth", "bearer_token", "authorization", "oauth2", "proxy_url"}, name) {
			return true
		}
	}
	return len(m.HTTP.Statuses) > 0
}

// wrongFor says why m cannot tell of scheme, "" if it can.
func (m module) wrongFor(scheme endpoint.Scheme) string {
	udp := m.Prober == proberDNS && m.DNS.Transport != "tcp"
	switch {
	case !slices.Contains([]string{proberTCP, proberHTTP, proberDNS, proberGRPC}, m.Prober):
		return fmt.Sprintf("its prober %s looks at no port", endpoint.Quote(m.Prober))
	case scheme == endpoint.TCP && (m.Prober != proberTCP || m.TCP.TLS || len(m.TCP.QueryResponse) > 0):
		return "it does more than connect. Expected prober: tcp, without tls and query_response"
	case udp != (scheme.Transport() == endpoint.UDP):
		return fmt.Sprintf("its prober %s does not speak over %s", endpoint.Quote(m.Prober), scheme.Transport())
	}
	return ""
}

// lacks is the error of a module that is not there, with the lines that add it.
func (e *Exporter) lacks(scheme endpoint.Scheme, all []module) error {
	name, named := e.modules[scheme]
	what := fmt.Sprintf("it has no module %s, which is named for %s", endpoint.Quote(name), scheme)
	if !named {
		name, what = usual[scheme], "it has no module that connects to a TCP port and does nothing else"
	}
	prober := "tcp"
	switch {
	case scheme == endpoint.HTTP, scheme == endpoint.HTTPS:
		prober = "http"
	case scheme == endpoint.GRPC, scheme == endpoint.GRPCS:
		prober = "grpc"
	case scheme == endpoint.DNS:
		prober = "dns\n    dns:\n      query_name: example.com"
	case scheme != endpoint.TCP:
		prober = "tcp\n    tcp:\n      query_response: []  # what the service sends and expects"
	}
	var names []string
	for _, m := range all {
		names = append(names, m.Name)
	}
	return fmt.Errorf("%s: %s. Its modules are: %s. Add to its configuration file\n\nmodules:\n  %s:\n    prober: %s\n\nand let it read the file again (SIGHUP)",
		e, what, httpapi.Printable(strings.Join(names, ", ")), name, prober)
}
