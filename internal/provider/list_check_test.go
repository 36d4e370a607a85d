package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// query is a list of checks.
type query struct {
	config   map[string]any
	limit    int64
	resource bool // whether the attributes are wanted too
}

// list gives the results of a query to each, until it returns false.
func (p *protocol) list(ctx context.Context, q query, each func(tfprotov6.ListResourceResult) bool) {
	p.t.Helper()
	lists, ok := p.server.(tfprotov6.ListResourceServer)
	if !ok {
		p.t.Fatal("the server lists nothing")
	}
	stream, err := lists.ListResource(ctx, &tfprotov6.ListResourceRequest{
		TypeName: "portcheck_check", Limit: q.limit, IncludeResource: q.resource,
		Config: p.object(p.schemas.ListResourceSchemas["portcheck_check"], q.config),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	stream.Results(each)
}

// line is a result as text: its identity and its name, or its diagnostics.
func (p *protocol) line(r tfprotov6.ListResourceResult) string {
	p.t.Helper()
	var parts []string
	for _, d := range r.Diagnostics {
		parts = append(parts, fmt.Sprintf("%s: %s: %s", d.Severity, d.Summary, d.Detail))
	}
	if r.Identity != nil {
		parts = append(parts, fmt.Sprintf("%s (%s)", p.declaration(r.Identity), r.DisplayName))
	}
	return strings.Join(parts, "\n")
}

// lines are all results of a query.
func (p *protocol) lines(q query) (all []string) {
	p.t.Helper()
	p.list(p.t.Context(), q, func(r tfprotov6.ListResourceResult) bool {
		all = append(all, p.line(r))
		return true
	})
	return all
}

// TestListSweep: there is a check for each host that answers, with what is open there
// or, if nothing is, with the swept ports as closed. A silent host is not named.
func TestListSweep(t *testing.T) {
	s := scene{porttest.NewLab(t)}
	s.serve(80, 81, 443)
	p := speak(t, map[string]any{"checks_read_timeout": "200ms", "recheck_interval": "50ms"})
	sweep := map[string]any{"hosts": []string{porttest.DownAddr.String(), "198.51.100.1", "198.51.100.2"}, "ports": []string{"443", "79-82"}}
	want := []string{
		"hosts=198.51.100.1 open=80-81,443 (198.51.100.1: 80-81, 443)",
		"hosts=198.51.100.2 closed=79-82,443 (198.51.100.2: nothing open)",
	}
	if diff := cmp.Diff(want, p.lines(query{config: sweep})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestListNetwork: the hosts of many batches, some of them under way at the same time,
// are listed in order and each once.
func TestListNetwork(t *testing.T) {
	porttest.NewLab(t) // all of 127.0.0.0/8 answers there
	p := speak(t, map[string]any{"recheck_interval": "50ms"})
	var want []string
	for host := 1; host <= 126; host++ {
		want = append(want, fmt.Sprintf("hosts=127.0.0.%d closed=9,11 (127.0.0.%[1]d: nothing open)", host))
	}
	sweep := map[string]any{"hosts": []string{"127.0.0.0/25"}, "ports": []string{"9", "11"}}
	if diff := cmp.Diff(want, p.lines(query{config: sweep})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestListResource: the attributes of a listed check are those that an import of its
// identity writes, or the plan after it would change them.
func TestListResource(t *testing.T) {
	s := scene{porttest.NewLab(t)}
	s.serve(80)
	p := speak(t, map[string]any{"recheck_interval": "50ms"})
	check := p.schemas.ResourceSchemas["portcheck_check"].ValueType()
	results := 0
	p.list(t.Context(), query{
		config:   map[string]any{"hosts": []string{"198.51.100.1"}, "ports": []string{"80"}, "from": []string{"local"}},
		resource: true,
	}, func(r tfprotov6.ListResourceResult) bool {
		results++
		imported, err := p.server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: "portcheck_check", Identity: r.Identity})
		if err != nil || len(imported.ImportedResources) != 1 {
			t.Fatalf("%v: %+v", err, imported)
		}
		listed, state := attributes(t, check, r.Resource), attributes(t, check, imported.ImportedResources[0].State)
		for name, v := range listed {
			if !v.Equal(state[name]) {
				t.Errorf("%s is %s, and imported %s", name, v, state[name])
			}
			if given := name == "hosts" || name == "open"; v.IsNull() == given {
				t.Errorf("%s is %s", name, v)
			}
		}
		if was, is := p.declaration(r.Identity), p.declaration(imported.ImportedResources[0].Identity); was != is {
			t.Errorf("listed as %q, imported as %q", was, is)
		}
		return true
	})
	if results != 1 {
		t.Errorf("there are %d results", results)
	}
}

// TestListStreams: each host is told when it is known, and once enough is told, or
// nobody listens, or there is an interruption, no further host is looked at.
func TestListStreams(t *testing.T) {
	sweep := map[string]any{"hosts": []string{"198.51.100.1", "198.51.100.2", "198.51.100.3"}, "ports": []string{"80"}}
	const first = "hosts=198.51.100.1 open=80 (198.51.100.1: 80)"
	interrupted := "ERROR: Sweep interrupted: The sweep was interrupted before it finished. The hosts after the last one listed were not swept."
	tests := map[string]struct {
		limit int64
		// at is called with the first result; what it returns, the CLI answers.
		at   func(p *protocol, cancel context.CancelFunc) bool
		want []string
	}{
		"the limit":       {limit: 1, want: []string{first}},
		"nobody listens":  {at: func(*protocol, context.CancelFunc) bool { return false }, want: []string{first}},
		"a call that end": {at: func(_ *protocol, cancel context.CancelFunc) bool { cancel(); return true }, want: []string{first, interrupted}},
		"an interruption": {at: func(p *protocol, _ context.CancelFunc) bool {
			ended, end := context.WithCancel(p.t.Context())
			end() // the list cannot end before this function does
			if _, err := p.server.StopProvider(ended, &tfprotov6.StopProviderRequest{}); err != nil {
				p.t.Error(err)
			}
			return true
		}, want: []string{first, interrupted}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			lab := porttest.NewLab(t)
			var servers []*porttest.Server
			for host := range 3 {
				servers = append(servers, lab.Listen(netip.AddrPortFrom(porttest.ServerAddr(host+1), 80), porttest.AcceptClose))
			}
			p := speak(t, map[string]any{"max_hosts": 1, "recheck_interval": "50ms"})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var got []string
			p.list(ctx, query{config: sweep, limit: tt.limit}, func(r tfprotov6.ListResourceResult) bool {
				got = append(got, p.line(r))
				if len(got) == 1 && servers[1].Accepted() > 0 {
					t.Error("the second host was looked at before the first was told")
				}
				return tt.at == nil || len(got) > 1 || tt.at(p, cancel)
			})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if n := servers[1].Accepted() + servers[2].Accepted(); n > 0 {
				t.Errorf("the hosts behind the first were looked at %d times", n)
			}
		})
	}
}

// TestListSays: what a query says that lists nothing.
func TestListSays(t *testing.T) {
	sweep := map[string]any{"hosts": []string{"198.51.100.1"}, "ports": []string{"80"}}
	tests := map[string]struct {
		provider, config map[string]any
		want             []string
	}{
		"probing is off": {
			provider: map[string]any{"enabled": false}, config: sweep,
			want: []string{"WARNING: Nothing is listed: The provider's attribute enabled is false."},
		},
		"a pause": {
			config: map[string]any{"hosts": []string{"198.51.100.1"}, "ports": []string{"80"}, "paused_until": "2999-01-01T00:00:00Z"},
			want:   []string{"WARNING: Nothing is listed: paused_until is 2999-01-01T00:00:00Z."},
		},
		"an unknown place": {
			config: map[string]any{"hosts": []string{"198.51.100.1"}, "ports": []string{"80"}, "from": []string{"vpc"}},
			want:   []string{`ERROR: Unknown place: Element 0 of from is "vpc", and no block of the provider has that name. Expected "local": the provider has no ssh, socks5, http_proxy or blackbox block.`},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			porttest.NewLab(t)
			got := speak(t, tt.provider).lines(query{config: tt.config})
			if len(got) != len(tt.want) {
				t.Fatalf("%q, want %q", got, tt.want)
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("%q, want %q", got[i], want)
				}
			}
		})
	}
}

// TestListMistakes: what is wrong with the arguments is told before anything is sent.
func TestListMistakes(t *testing.T) {
	host, port := []string{"198.51.100.1"}, []string{"80"}
	tests := map[string]struct {
		config map[string]any
		want   []string
	}{
		"right":         {map[string]any{"hosts": host, "ports": port}, nil},
		"unknown":       {map[string]any{"hosts": tftypes.UnknownValue, "ports": port}, nil},
		"nothing":       {nil, []string{"hosts: neither hosts nor prometheus_url is set. Expected at least one of them."}},
		"without ports": {map[string]any{"hosts": host}, []string{"hosts: hosts is set without ports. Expected it together with ports."}},
		"without hosts": {map[string]any{"ports": port}, []string{"hosts: neither", "ports: ports is set without hosts. Expected it together with hosts."}},
		"hosts and ports": {map[string]any{"hosts": []string{"10.0.0.1/24"}, "ports": []string{"0"}}, []string{
			`hosts[0]: Element 0 of hosts: "10.0.0.1/24" has host bits set.`, `ports[0]: Element 0 of ports: "0" is not a port.`}},
		"places":         {map[string]any{"hosts": host, "ports": port, "from": []string{"a", "b"}}, []string{`from: from has the names "a" and "b".`}},
		"setting":        {map[string]any{"hosts": host, "ports": port, "checks_read_timeout": "5"}, []string{`checks_read_timeout: checks_read_timeout is "5".`}},
		"prometheus":     {map[string]any{"prometheus_url": "https://p.example.com/x", "schemes": map[string]any{"a": "tcp"}, "bearer_token": "t", "from": []string{"a", "b"}}, nil},
		"no CA":          {map[string]any{"prometheus_url": "https://p.example.com", "ca_pem": "x"}, []string{`ca_pem: ca_pem is "x". Expected certificates in PEM`}},
		"both":           {map[string]any{"hosts": host, "ports": port, "prometheus_url": "https://p.example.com"}, []string{"hosts: both hosts and prometheus_url are set. Expected one of them."}},
		"no URL":         {map[string]any{"prometheus_url": "p.example.com:9090"}, []string{`prometheus_url: prometheus_url is "p.example.com:9090". Expected a URL, such as "https://prometheus.example.com"`}},
		"a secret":       {map[string]any{"prometheus_url": "https://u:s3cret@p.example.com"}, []string{"hosts: prometheus_url is not shown here. Expected a URL without credentials"}},
		"a scheme":       {map[string]any{"prometheus_url": "https://p.example.com", "schemes": map[string]any{"a": "tpc"}}, []string{`schemes: schemes: module "a" has the scheme "tpc".`}},
		"of Prometheus":  {map[string]any{"hosts": host, "ports": port, "bearer_token": "s3cret"}, []string{"hosts: bearer_token is set without prometheus_url."}},
		"credentials":    {map[string]any{"prometheus_url": "https://p.example.com", "username": "u"}, []string{"username: username is set without password."}},
		"CA without TLS": {map[string]any{"prometheus_url": "http://p.example.com", "client_cert_pem": "c", "client_key_pem": "s3cret"}, []string{`client_cert_pem: client_cert_pem is set, and prometheus_url is "http://p.example.com". Expected https://.`}},
		"empty":          {map[string]any{"hosts": []string{}, "ports": port}, []string{"hosts: hosts is empty, so nothing is scanned."}},
	}
	p := speak(t, nil)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := p.mistakes(tt.config)
			if len(got) != len(tt.want) {
				t.Fatalf("%q, want %q", got, tt.want)
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(got[i], want) || strings.Contains(got[i], "s3cret") {
					t.Errorf("%q, want %q", got[i], want)
				}
			}
		})
	}
}

// TestListPrometheus: there is a check for each endpoint that a Prometheus probes, once,
// in order, and a warning about the targets that are none.
func TestListPrometheus(t *testing.T) {
	var targets []string
	for _, query := range []string{
		"module=tcp_connect&target=10.0.3.7%3A5432", "module=http_2xx&target=https%3A%2F%2Fweb.example.com%2Fhealth", "module=tcp_connect&target=10.0.3.7%3A5432",
		"module=starttls&target=mail.example.com", "module=icmp&target=10.0.3.7", "module=icmp&target=10.0.3.8", "module=ours&target=https%3A%2F%2Fu%3As3cret%40a", "module=theirs&target=10.0.3.9%3A1",
	} {
		targets = append(targets, fmt.Sprintf(`{"labels":{"job":"b%d"},"scrapeUrl":"http://exporter:9115/probe?%s"}`, len(targets), query))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		fmt.Fprintf(w, `{"status":"success","data":{"activeTargets":[%s]}}`, strings.Join(targets, ","))
	}))
	t.Cleanup(server.Close)
	p := speak(t, nil)
	config := map[string]any{"prometheus_url": server.URL, "bearer_token": "t", "schemes": map[string]any{"starttls": "submission"}, "from": []string{"local"}}
	want := []string{
		"hosts=10.0.3.7 open=5432 (tcp://10.0.3.7:5432 (job b0))",
		"hosts=a open=443/https (https://a:443 (job b6))",
		"hosts=mail.example.com open=587/submission (submission://mail.example.com:587 (job b3))",
		"hosts=web.example.com open=443/https (https://web.example.com:443 (job b1))",
		"WARNING: Probe targets of Prometheus not listed: 3: " +
			"  module \"theirs\", 1 of them, such as 10.0.3.9:1: the module is not known. Name its scheme in schemes\n" +
			"  module \"icmp\", 2 of them, such as 10.0.3.7: the module looks at no port",
	}
	if diff := cmp.Diff(want, p.lines(query{config: config})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(want[:2], p.lines(query{config: config, limit: 2})[:2]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	config["bearer_token"] = "s3cret"
	refused := fmt.Sprintf("ERROR: Targets of Prometheus not read: Prometheus %s: GET /api/v1/targets: 401 Unauthorized. It does not accept the credentials, or they do not permit this.", server.URL)
	if diff := cmp.Diff([]string{refused}, p.lines(query{config: config})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	delete(config, "bearer_token")
	t.Setenv("PORTCHECK_PROMETHEUS_BEARER_TOKEN", "t")
	if got := p.lines(query{config: config}); len(got) != len(want) {
		t.Errorf("with the token from the environment: %q", got)
	}
	config["username"], config["password"] = "u", "s3cret"
	if got := p.lines(query{config: config}); len(got) != 1 || !strings.Contains(got[0], "401 Unauthorized") {
		t.Errorf("with other credentials in the configuration: %q", got)
	}
	config["from"] = []string{"vpc-a"}
	if got := p.lines(query{config: config}); len(got) != 1 || !strings.HasPrefix(got[0], "ERROR: Unknown place: ") {
		t.Error(got)
	}
}

// TestListPrometheusInterrupted: an interruption ends the question.
func TestListPrometheusInterrupted(t *testing.T) {
	p := speak(t, nil)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = p.server.StopProvider(r.Context(), &tfprotov6.StopProviderRequest{}) // never fails
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	want := []string{"ERROR: Query interrupted: The query was interrupted before Prometheus had told its targets. Nothing is listed."}
	if diff := cmp.Diff(want, p.lines(query{config: map[string]any{"prometheus_url": server.URL}})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// mistakes are what validation says of the arguments of a list: where, and what.
func (p *protocol) mistakes(config map[string]any) (all []string) {
	p.t.Helper()
	lists, ok := p.server.(tfprotov6.ListResourceServer)
	if !ok {
		p.t.Fatal("the server lists nothing")
	}
	resp, err := lists.ValidateListResourceConfig(p.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: "portcheck_check", Config: p.object(p.schemas.ListResourceSchemas["portcheck_check"], config),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, d := range resp.Diagnostics {
		var at strings.Builder
		for _, step := range d.Attribute.Steps() {
			switch step := step.(type) {
			case tftypes.AttributeName:
				at.WriteString(string(step))
			default:
				fmt.Fprintf(&at, "[%v]", step)
			}
		}
		all = append(all, at.String()+": "+d.Detail)
	}
	return all
}
