package blackbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestNew: mistakes are found before anything is sent, and no secret is quoted.
func TestNew(t *testing.T) {
	const expected = `. Expected a URL, such as "https://blackbox.example.com:9115"`
	ca := porttest.NewCA(t)
	cert, key := ca.Issue(t, time.Now(), time.Now().Add(time.Hour), "client")
	const https = "https://b.example.com:9115"
	tests := []struct {
		config Config
		want   string
	}{
		{Config{URL: ""}, `url is ""` + expected},
		{Config{URL: "b.example.com:9115"}, `url is "b.example.com:9115"` + expected},
		{Config{URL: "ftp://b.example.com"}, `url is "ftp://b.example.com"` + expected},
		{Config{URL: "http://"}, `url is "http://"` + expected},
		{Config{URL: "http://:9115"}, `url is "http://:9115"` + expected},
		{Config{URL: "http://b.example.com:port"}, `url is "http://b.example.com:port"` + expected},
		{Config{URL: "http:b.example.com"}, `url is "http:b.example.com"` + expected},
		{Config{URL: "http://b.example.com/?token=" + secret}, "url has a query or a fragment" + expected},
		{Config{URL: "http://u:" + secret + "@b.example.com"}, "url has a user name or a password in it. Expected them in username and password"},
		{Config{URL: "http://u:" + secret + "\x7f@b.example.com"}, "url has a user name or a password in it. Expected them in username and password"},
		{Config{URL: https, BearerToken: secret + "\n"}, "bearer_token has a character that HTTP does not allow, such as the end of a line"},
		{Config{URL: https, Username: "u", Password: secret + "\n"}, "password has a character that HTTP does not allow, such as the end of a line"},
		{Config{URL: https, BearerToken: secret, Username: "u"}, "bearer_token and username are both set. Expected one of them"},
		{Config{URL: https, Password: secret}, "password is set and username is not"},
		{Config{URL: https, Username: "a:b", Password: secret}, `username is "a:b". Expected one without a colon`},
		{Config{URL: https, Headers: map[string]string{"X Y": secret}}, `headers has "X Y". Expected names of HTTP headers`},
		{Config{URL: https, Headers: map[string]string{"X": secret + "\r\nY: z"}}, `the value of "X" in headers has a character that HTTP does not allow, such as the end of a line`},
		{Config{URL: https, BearerToken: secret, Headers: map[string]string{"authorization": secret}}, `headers has "authorization" beside bearer_token or username. Expected one of them`},
		{Config{URL: https, Headers: map[string]string{timeoutHeader: "1"}}, `headers has "X-Prometheus-Scrape-Timeout-Seconds", which says how long a look may last. Expected other headers`},
		{Config{URL: "http://b", CAPEM: secret}, `ca_pem is set, and url is "http://b". Expected https://`},
		{Config{URL: "http://b", ClientKeyPEM: secret}, `client_key_pem is set, and url is "http://b". Expected https://`},
		{Config{URL: https, CAPEM: secret}, "ca_pem has no certificate. Expected one or more in PEM, -----BEGIN CERTIFICATE-----"},
		{Config{URL: https, ClientCertPEM: cert}, "one of client_cert_pem and client_key_pem is set. Expected both or neither"},
		{Config{URL: https, ClientCertPEM: cert, ClientKeyPEM: secret}, "client_cert_pem and client_key_pem are no certificate and its private key in PEM"},
		{Config{URL: https, Modules: map[string]string{"htps": "m"}}, `modules has "htps". Expected schemes, such as tcp, https or smtp`},
		{Config{URL: https, Modules: map[string]string{"udp": "m"}}, `modules has "udp". Expected a service, since blackbox_exporter has no prober for plain UDP`},
		{Config{URL: https, Modules: map[string]string{"dns": ""}}, `the module for "dns" in modules is empty. Expected the name of one in the exporter's configuration`},
		{Config{URL: https, Modules: map[string]string{"dns": "m"}, CAPEM: ca.PEM, ClientCertPEM: cert, ClientKeyPEM: key, Username: "u", Headers: map[string]string{"X-Scope-OrgID": "1"}}, "<nil>"},
	}
	for _, tt := range tests {
		_, err := New(tt.config)
		if got := fmt.Sprint(err); got != tt.want || strings.Contains(got, secret) {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

// TestURLs: where probes and the configuration are asked for, and what people see.
func TestURLs(t *testing.T) {
	tests := []struct{ url, shown, probe, config string }{
		{"http://b:9115", "http://b:9115", "http://b:9115/probe", "http://b:9115/config"},
		{"http://b:9115/", "http://b:9115", "http://b:9115/probe", "http://b:9115/config"},
		{"https://[2001:db8::1]", "https://[2001:db8::1]", "https://[2001:db8::1]/probe", "https://[2001:db8::1]/config"},
		{"http://b/bb/probe", "http://b/bb/probe", "http://b/bb/probe", "http://b/bb/config"},
		{
			"https://k8s/api/v1/namespaces/m/services/http:bb:9115/proxy/probe",
			"https://k8s/api/v1/namespaces/m/services/http:bb:9115/proxy/probe",
			"https://k8s/api/v1/namespaces/m/services/http:bb:9115/proxy/probe",
			"https://k8s/api/v1/namespaces/m/services/http:bb:9115/proxy/config",
		},
	}
	for _, tt := range tests {
		e, err := New(Config{Name: "n", URL: tt.url, BearerToken: secret})
		if err != nil {
			t.Error(err)
			continue
		}
		got := []string{e.Name(), e.String(), e.probe.String(), e.config.String()}
		if diff := cmp.Diff([]string{"n", "blackbox_exporter " + tt.shown, tt.probe, tt.config}, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.url, diff)
		}
	}
}

// TestSees: tcp, http, https, and what a module is named for.
func TestSees(t *testing.T) {
	e, err := New(Config{URL: "http://b", Modules: map[string]string{"dns": "dns_udp", "smtp": "smtp_starttls"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []endpoint.Scheme
	for _, scheme := range endpoint.Schemes() {
		if e.Sees(scheme) {
			got = append(got, scheme)
		}
	}
	if diff := cmp.Diff([]endpoint.Scheme{endpoint.TCP, endpoint.HTTP, endpoint.HTTPS, endpoint.SMTP, endpoint.DNS}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// chart is the configuration of the Helm chart of prometheus-community.
const chart = "modules:\n  http_2xx:\n    prober: http\n    timeout: 5s\n"

// TestOpenFails: the error says what to do, and has no credential in it.
func TestOpenFails(t *testing.T) {
	t.Parallel()
	answer := func(code int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://login.example.com/?token="+secret)
			w.WriteHeader(code)
			fmt.Fprint(w, text)
		}
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		config  Config
		want    string // after String
	}{
		{"401", answer(401, ""), Config{}, "GET /config: 401 Unauthorized. Set bearer_token, or username and password"},
		{"401 with credentials", answer(401, ""), Config{BearerToken: secret}, "GET /config: 401 Unauthorized. It does not accept the credentials, or they do not permit this"},
		{"403", answer(403, ""), Config{BearerToken: secret}, "GET /config: 403 Forbidden. It does not accept the credentials, or they do not permit this"},
		{"404", answer(404, ""), Config{}, "GET /config: 404 Not Found. Check url: /probe is added only where it has no path of its own. Where probes alone are let through, name the modules for tcp and others in modules"},
		{"redirect", answer(302, ""), Config{}, "GET /config: 302 Found, to login.example.com. Redirects are not followed: write in url where it is, and check the credentials"},
		{"502", answer(502, ""), Config{}, "GET /config: 502 Bad Gateway, at each of 3 tries. It, or a proxy before it, is not well"},
		{"418", answer(418, ""), Config{}, "GET /config: 418 I'm a teapot. Check that url is that of a blackbox_exporter"},
		{"a page", answer(200, "<html>"), Config{}, "GET /config is not the configuration of a blackbox_exporter. Check the url"},
		{"other YAML", answer(200, "a: b"), Config{}, "GET /config is not the configuration of a blackbox_exporter. Check the url"},
		{"huge", answer(200, strings.Repeat("a", maxAnswer+1)), Config{}, "the answer is longer than 1 MiB. Check that url is that of a blackbox_exporter"},
		{
			"no module for tcp", answer(200, chart), Config{},
			"it has no module that connects to a TCP port and does nothing else. Its modules are: http_2xx. Add to its configuration file\n\n" +
				"modules:\n  tcp_connect:\n    prober: tcp\n\nand let it read the file again (SIGHUP)",
		},
		{
			"no such module", answer(200, chart), Config{Modules: map[string]string{"https": "https_2xx"}},
			`it has no module "https_2xx", which is named for https. Its modules are: http_2xx. Add to its configuration file` + "\n\n" +
				"modules:\n  https_2xx:\n    prober: http\n\nand let it read the file again (SIGHUP)",
		},
		{"wrong module", answer(200, chart), Config{Modules: map[string]string{"tcp": "http_2xx"}}, `module "http_2xx" is named for tcp, and it does more than connect. Expected prober: tcp, without tls and query_response`},
		{"wrong transport", answer(200, chart), Config{Modules: map[string]string{"dns": "http_2xx"}}, `module "http_2xx" is named for dns, and its prober "http" does not speak over udp`},
		{"no port", answer(200, "modules: {ping: {prober: icmp}}"), Config{Modules: map[string]string{"ssh": "ping"}}, `module "ping" is named for ssh, and its prober "icmp" looks at no port`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(tt.handler)
			defer server.Close()
			tt.config.URL = server.URL
			openFails(t, tt.config, tt.want)
		})
	}
}

// openFails opens an exporter, and wants that to fail with an error that begins with
// its String and has want in it.
func openFails(t *testing.T, c Config, want string) {
	t.Helper()
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	v, err := e.Open(t.Context())
	if v != nil {
		t.Errorf("it is open: %v", v)
	}
	if got := fmt.Sprint(err); !strings.HasPrefix(got, e.String()+": ") || !strings.Contains(got, want) || strings.Contains(got, secret) {
		t.Errorf("%s, want %s: %s", got, e, want)
	}
	var permanent interface{ Permanent() bool }
	lasting := errors.As(err, &permanent)
	if credentials := strings.Contains(want, "401 Una") || strings.Contains(want, "403 For"); lasting != credentials {
		t.Errorf("it is opened no more: %t, want %t: %v", lasting, credentials, err)
	}
}

// TestUnreachable: an error of connecting says what to do about it.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, chart) })
	plain := httptest.NewServer(handler)
	t.Cleanup(plain.Close)
	ca := porttest.NewCA(t)
	secure := func(clients tls.ClientAuthType, hosts ...string) string {
		server := httptest.NewUnstartedServer(handler)
		server.Config.ErrorLog = quiet
		server.TLS = &tls.Config{
			Certificates: []tls.Certificate{ca.Certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), hosts...)},
			ClientAuth:   clients,
			ClientCAs:    x509.NewCertPool(),
		}
		server.StartTLS()
		t.Cleanup(server.Close)
		return server.URL
	}
	good, other, mutual := secure(tls.NoClientCert, "127.0.0.1"), secure(tls.NoClientCert, "b.example.com"), secure(tls.RequireAndVerifyClientCert, "127.0.0.1")
	tests := []struct {
		name string
		c    Config
		want string
	}{
		{"killed", Config{URL: "http://" + porttest.ClosedPort(t).String()}, "Check that it runs, and that it may be reached from here"},
		{"unknown authority", Config{URL: good}, "Set ca_pem to the authority that issued its certificate"},
		{"wrong name", Config{URL: other, CAPEM: ca.PEM}, "Write the name that its certificate is for in url"},
		{"client certificate", Config{URL: mutual, CAPEM: ca.PEM}, "It wants a certificate of the client: set client_cert_pem and client_key_pem"},
		{"no TLS", Config{URL: strings.Replace(plain.URL, "http:", "https:", 1)}, "It does not speak TLS: write http:// in url"},
		{"TLS", Config{URL: strings.Replace(good, "https:", "http:", 1)}, "It speaks TLS: write https:// in url"},
		{"name", Config{URL: "http://b.example.com", Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "b.example.com", IsNotFound: true}}
		}}, "lookup b.example.com: no such host. Check the name in url"},
		{"via", Config{URL: "http://b.example.com", Dial: func(_ context.Context, _, address string) (net.Conn, error) {
			return nil, errors.New("the bastion forbids " + address)
		}}, "the bastion forbids b.example.com:80"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			openFails(t, tt.c, tt.want)
		})
	}
}

// TestOpenCancelled: opening ends with its context.
func TestOpenCancelled(t *testing.T) {
	asked := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	}))
	defer server.Close()
	e, err := New(Config{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := e.Open(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestWithoutConfig: a proxy that lets probes pass alone will do when the module for
// tcp is named.
func TestWithoutConfig(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/proxy/probe" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, answerOf(r.URL.Query().Get("module") == "connect", ""))
	}))
	defer server.Close()
	v := open(t, Config{URL: server.URL + "/proxy/probe", Modules: map[string]string{"tcp": "connect"}})
	if r := v.Look(t.Context(), tcpTarget, lookTimeout); seen(r) != "open syn-ack" {
		t.Errorf("%+v", r)
	}
	other := tcpTarget
	other.Scheme = endpoint.HTTPS
	if r := v.Look(t.Context(), other, lookTimeout); seen(r) != "unknown vantage-failed" || r.Detail != "no module in /config does for https: name one in modules" {
		t.Errorf("%+v", r)
	}
}
