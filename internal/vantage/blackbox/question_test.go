package blackbox

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestRequest: a look sends this.
func TestRequest(t *testing.T) {
	var got *http.Request
	f := newFake(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		got = r
		fmt.Fprint(w, answerOf(true, ""))
	})
	v4, v6 := netip.MustParseAddrPort("192.0.2.7:8080"), netip.MustParseAddrPort("[2001:db8::7]:443")
	tests := []struct {
		name   string
		target look.Target
		config Config
		want   url.Values
		header http.Header
	}{
		{
			name:   "tcp",
			target: look.Target{Scheme: endpoint.TCP, Addr: v4},
			config: Config{BearerToken: "t", Headers: map[string]string{"x-scope-orgid": "1", "host": "b.example.com"}},
			want:   url.Values{"target": {"192.0.2.7:8080"}, "module": {"tcp_connect"}},
			header: http.Header{"Authorization": {"Bearer t"}, "X-Scope-Orgid": {"1"}, timeoutHeader: {"10.5"}},
		},
		{
			name:   "IPv6",
			target: look.Target{Scheme: endpoint.TCP, Addr: v6},
			config: Config{Username: "u", Password: "p", Modules: map[string]string{"tcp": "tcp_connect"}},
			want:   url.Values{"target": {"[2001:db8::7]:443"}, "module": {"tcp_connect"}},
			header: http.Header{"Authorization": {"Basic dTpw"}},
		},
		{
			name:   "http",
			target: look.Target{Scheme: endpoint.HTTP, Addr: v4, Host: "web.example.com", HTTP: &look.HTTP{Path: "/healthz?deep=1"}},
			want:   url.Values{"target": {"http://192.0.2.7:8080/healthz?deep=1"}, "module": {"http_2xx"}, "hostname": {"web.example.com"}},
		},
		{
			name:   "https",
			target: look.Target{Scheme: endpoint.HTTPS, Addr: v6, Host: "web.example.com"},
			want:   url.Values{"target": {"https://[2001:db8::7]:443/"}, "module": {"http_2xx"}, "hostname": {"web.example.com"}},
		},
		{
			name:   "by address",
			target: look.Target{Scheme: endpoint.HTTP, Addr: v6, Host: "2001:db8::7"},
			want:   url.Values{"target": {"http://[2001:db8::7]:443/"}, "module": {"http_2xx"}},
		},
		{
			name:   "server name",
			target: look.Target{Scheme: endpoint.HTTPS, Addr: v4, Host: "web.example.com", TLS: &look.TLS{ServerName: "other.example.com"}},
			want:   url.Values{"target": {"https://192.0.2.7:8080/"}, "module": {"http_2xx"}, "hostname": {"other.example.com"}},
		},
		{
			name:   "a module",
			target: look.Target{Scheme: endpoint.TLS, Addr: v4, Host: "web.example.com"},
			config: Config{Modules: map[string]string{"tls": "tls_connect"}},
			want:   url.Values{"target": {"192.0.2.7:8080"}, "module": {"tls_connect"}, "hostname": {"web.example.com"}},
		},
	}
	for _, tt := range tests {
		tt.config.URL = f.URL
		v := open(t, tt.config)
		if r := v.Look(t.Context(), tt.target, lookTimeout); r.State != look.Open {
			t.Errorf("%s: %+v", tt.name, r)
			continue
		}
		tt.want.Set("debug", "true")
		if diff := cmp.Diff(tt.want, got.URL.Query()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
		for name, want := range tt.header {
			if !slices.Equal(want, got.Header[name]) {
				t.Errorf("%s: %s is %v, want %v", tt.name, name, got.Header[name], want)
			}
		}
		if host := tt.config.Headers["host"]; host != "" && got.Host != host {
			t.Errorf("%s: Host is %s", tt.name, got.Host)
		}
	}
}

// TestResolveThere: the exporter gets the names, and an address stands for each.
func TestResolveThere(t *testing.T) {
	var target string
	f := newFake(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		target = r.URL.Query().Get("target") + " " + r.URL.Query().Get("hostname")
		fmt.Fprint(w, answerOf(false, "lookup db.internal on 10.0.0.2:53: no such host"))
	})
	v := open(t, Config{URL: f.URL, ResolveThere: true})
	for i, name := range []endpoint.Host{"db.internal", "web.internal", "db.internal"} {
		addrs, reason := v.Lookup(t.Context(), name)
		if want := fmt.Sprintf("[0.0.0.%d] ", 1+i%2); fmt.Sprintf("%v %s", addrs, reason) != want {
			t.Fatalf("%v %s, want %s", addrs, reason, want)
		}
	}
	if addrs, _ := v.Lookup(t.Context(), "db.internal."); !v.StandsFor(addrs[0]) || v.StandsFor(netip.MustParseAddr("0.0.0.4")) {
		t.Errorf("stand-ins: %v", addrs)
	}
	tests := []struct {
		target look.Target
		want   string
	}{
		{look.Target{Scheme: endpoint.TCP, Addr: netip.MustParseAddrPort("0.0.0.3:5432")}, "db.internal.:5432 "}, // as it was written
		{look.Target{Scheme: endpoint.HTTPS, Addr: netip.MustParseAddrPort("0.0.0.3:443"), Host: "db.internal"}, "https://db.internal.:443/ db.internal"},
		{look.Target{Scheme: endpoint.TCP, Addr: netip.MustParseAddrPort("0.0.0.1:5432")}, "db.internal:5432 "},
		{look.Target{Scheme: endpoint.HTTPS, Addr: netip.MustParseAddrPort("0.0.0.2:443"), Host: "web.internal"}, "https://web.internal:443/ web.internal"},
		{look.Target{Scheme: endpoint.TCP, Addr: netip.MustParseAddrPort("0.0.0.4:80")}, "0.0.0.4:80 "},
		{look.Target{Scheme: endpoint.TCP, Addr: netip.MustParseAddrPort("[::1]:80")}, "[::1]:80 "},
	}
	for _, tt := range tests {
		r := v.Look(t.Context(), tt.target, lookTimeout)
		if target != tt.want || seen(r) != "unknown no-such-host" || r.Remote != tt.target.Addr {
			t.Errorf("%s: %+v, want %s", target, r, tt.want)
		}
	}
}

// TestLookupHere: names are resolved by this machine's resolver.
func TestLookupHere(t *testing.T) {
	v := &view{exporter: &Exporter{}}
	addrs, reason := v.Lookup(t.Context(), "localhost")
	if !slices.ContainsFunc(addrs, netip.Addr.IsLoopback) || reason != "" {
		t.Errorf("%v %s", addrs, reason)
	}
	if addrs, reason := v.Lookup(t.Context(), "a..b"); len(addrs) != 0 || reason == "" {
		t.Errorf("%v %s", addrs, reason)
	}
}

// TestMismatch: what a module cannot say is not asked.
func TestMismatch(t *testing.T) {
	at := netip.MustParseAddrPort("192.0.2.7:443")
	post, skips, speaks := module{Name: "m", Prober: proberHTTP}, module{Name: "m", Prober: proberHTTP}, module{Name: "m", Prober: proberHTTP}
	post.HTTP.Method, skips.HTTP.TLSConfig.Skip = "POST", true
	tests := []struct {
		module module
		target look.Target
		want   string
	}{
		{speaks, look.Target{Scheme: endpoint.HTTP, HTTP: &look.HTTP{Method: "GET"}}, "<nil>"},
		{speaks, look.Target{Scheme: endpoint.HTTP, HTTP: &look.HTTP{Method: "HEAD"}}, `module "m" asks with GET, not HEAD`},
		{post, look.Target{Scheme: endpoint.HTTP}, `module "m" asks with POST, not GET`},
		{speaks, look.Target{Scheme: endpoint.HTTP, HTTP: &look.HTTP{Path: "/a%20b"}}, "a path with % or + does not reach all versions of the exporter whole"},
		{speaks, look.Target{Scheme: endpoint.HTTP, HTTP: &look.HTTP{Host: "web:8080"}}, "<nil>"},
		{speaks, look.Target{Scheme: endpoint.HTTPS, HTTP: &look.HTTP{Host: "web:8080"}}, "host and server name are one to the exporter, and have no port"},
		{speaks, look.Target{Scheme: endpoint.HTTPS, HTTP: &look.HTTP{Host: "web"}, TLS: &look.TLS{ServerName: "other"}}, "host and server name are one to the exporter, and have no port"},
		{speaks, look.Target{Scheme: endpoint.HTTPS, HTTP: &look.HTTP{Host: "web"}, TLS: &look.TLS{ServerName: "web"}}, "<nil>"},
		{skips, look.Target{Scheme: endpoint.HTTPS, Host: "web"}, `module "m" does not verify certificates: insecure_skip_verify`},
		{skips, look.Target{Scheme: endpoint.HTTPS, Host: "192.0.2.7"}, "<nil>"},
		{skips, look.Target{Scheme: endpoint.HTTPS, Host: "192.0.2.7", TLS: &look.TLS{Verify: look.VerifyAlways}}, `module "m" does not verify certificates: insecure_skip_verify`},
		{skips, look.Target{Scheme: endpoint.HTTPS, Host: "web", TLS: &look.TLS{Verify: look.VerifyNever}}, "<nil>"},
		{module{Name: "m", Prober: proberTCP}, look.Target{Scheme: endpoint.HTTP, HTTP: &look.HTTP{Path: "/a"}}, `module "m" does not speak HTTP, and options of it are set`},
		{module{Name: "m", Prober: proberTCP}, look.Target{Scheme: endpoint.SSH, Host: "web"}, "<nil>"},
	}
	zone := look.Target{Scheme: endpoint.TCP, Addr: netip.MustParseAddrPort("[fe80::1%eth0]:80")}
	if _, err := newQuestion(module{}, zone, ""); err == nil {
		t.Error("a zone is asked for")
	}
	for _, tt := range tests {
		tt.target.Addr = at
		if _, err := newQuestion(tt.module, tt.target, ""); fmt.Sprint(err) != tt.want {
			t.Errorf("%s, %+v: %v, want %s", tt.target.Scheme, tt.target.HTTP, err, tt.want)
		}
	}
}

// TestPick: these modules are taken for schemes without a named one.
func TestPick(t *testing.T) {
	const text = `
modules:
  a_banner: {prober: tcp, tcp: {query_response: [{expect: x}]}}
  a_no_fallback: {prober: tcp, tcp: {ip_protocol_fallback: false}}
  a_tls: {prober: tcp, tcp: {tls: true}}
  b_connect: {prober: tcp, tcp: {ip_protocol_fallback: true}}
  c_connect: {prober: tcp}
  get_401: {prober: http, http: {valid_status_codes: [401]}}
  get_body: {prober: http, http: {fail_if_body_matches_regexp: [x]}}
  get_insecure: {prober: http, http: {tls_config: {insecure_skip_verify: true}}}
  get_token: {prober: http, http: {bearer_token: <secret>}}
  post: {prober: http, http: {method: POST, body: x}}
  tls_only: {prober: http, http: {fail_if_not_ssl: true}}
`
	tests := []struct{ more, want string }{
		{"", "b_connect get_insecure tls_only"},
		{"  tcp_connect: {prober: tcp}\n  http_2xx: {prober: http, http: {headers: {X: y}}}\n", "tcp_connect http_2xx http_2xx"},
		{"  tcp_connect: {prober: tcp, tcp: {tls: true}}\n  http_2xx: {prober: http, http: {fail_if_ssl: true}}\n", "b_connect http_2xx tls_only"},
	}
	for _, tt := range tests {
		all, err := parseModules([]byte(text + tt.more))
		if err != nil {
			t.Fatal(err)
		}
		found, err := (&Exporter{}).choose(all)
		got := strings.Join([]string{found[endpoint.TCP].Name, found[endpoint.HTTP].Name, found[endpoint.HTTPS].Name}, " ")
		if got != tt.want || err != nil {
			t.Errorf("%s, want %s: %v", got, tt.want, err)
		}
	}
}
