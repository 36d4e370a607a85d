package prometheus

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// secret is in credentials, and must be in no error.
const secret = "s3cret"

// answered is the answer of a Prometheus with these targets, as its API's document has
// it: https://prometheus.io/docs/prometheus/latest/querying/api/#targets
func answered(targets ...string) string {
	return fmt.Sprintf(`{"status":"success","data":{"activeTargets":[%s],"droppedTargets":[]}}`, strings.Join(targets, ","))
}

// target is one active target.
func target(job, scrapeURL string) string {
	return fmt.Sprintf(`{"discoveredLabels":{"__address__":"x","__metrics_path__":"/probe","__scheme__":"http","job":%[1]q},"labels":{"instance":"x","job":%[1]q},"scrapePool":%[1]q,`+
		`"scrapeUrl":%[2]q,"globalUrl":%[2]q,"lastError":"","lastScrape":"2017-01-17T15:07:44.723715405+01:00","lastScrapeDuration":0.05,"health":"up","scrapeInterval":"1m","scrapeTimeout":"10s"}`, job, scrapeURL)
}

// serve is a Prometheus that answers like this.
func serve(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

// ask asks for the targets.
func ask(ctx context.Context, t *testing.T, c Config) ([]Target, error) {
	t.Helper()
	c.Argument = "prometheus_url"
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s.Targets(ctx)
}

func TestTargets(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.String() != "/below/api/v1/targets?state=active" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		fmt.Fprint(w, answered(
			target("web", "http://exporter:9115/probe?module=http_2xx&target=https%3A%2F%2Fweb.example.com"),
			target("web", "http://exporter:9115/probe?target=web.example.com"),
			target("node", "http://10.0.3.7:9100/metrics"),
			target("snmp", "http://exporter:9116/snmp?auth=public_v2&module=if_mib&target=10.0.3.1"),
			target("broken", "http://%zz"),
		))
	})
	got, err := ask(t.Context(), t, Config{URL: url + "/below/"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Target{
		{Job: "web", Module: "http_2xx", Address: "https://web.example.com", usual: true},
		{Job: "web", Module: "http_2xx", Address: "web.example.com", usual: true},
		{Job: "snmp", Module: "if_mib", Address: "10.0.3.1"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Target{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestCredentials: they are sent with the request, and to a server with a certificate
// of the authority alone.
func TestCredentials(t *testing.T) {
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("u:"+secret))
	for _, tt := range []struct {
		config Config
		header string
		want   string
	}{
		{Config{BearerToken: secret}, "Authorization", "Bearer " + secret},
		{Config{Username: "u", Password: secret}, "Authorization", basic},
		{Config{Headers: map[string]string{"X-Scope-OrgID": "1"}}, "X-Scope-OrgID", "1"},
	} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get(tt.header); got != tt.want {
				t.Errorf("%s is %q, want %q", tt.header, got, tt.want)
			}
			fmt.Fprint(w, answered())
		}))
		ca := porttest.NewCA(t)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{ca.Certificate(t, time.Now(), time.Now().Add(time.Hour), "127.0.0.1")}}
		server.StartTLS()
		t.Cleanup(server.Close)
		tt.config.URL, tt.config.CAPEM = server.URL, ca.PEM
		if targets, err := ask(t.Context(), t, tt.config); err != nil || len(targets) > 0 {
			t.Errorf("%v, %v", targets, err)
		}
		tt.config.CAPEM = ""
		if _, err := ask(t.Context(), t, tt.config); err == nil || !strings.Contains(err.Error(), "Set ca_pem to the authority") || strings.Contains(err.Error(), secret) {
			t.Errorf("with an unknown authority: %v", err)
		}
	}
}

// TestErrors: an error says what the server said and what to do, and has no credential
// in it.
func TestErrors(t *testing.T) {
	t.Parallel()
	answer := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if code/100 == 3 {
				w.Header().Set("Location", "https://login.example.com/?token="+secret)
			}
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	tests := map[string]struct {
		answer http.HandlerFunc
		config Config
		want   string
	}{
		"no credentials":    {answer(401, ""), Config{}, "GET /api/v1/targets: 401 Unauthorized. Set bearer_token, or username and password"},
		"wrong credentials": {answer(401, ""), Config{BearerToken: secret}, "401 Unauthorized. It does not accept the credentials"},
		"forbidden":         {answer(403, ""), Config{Username: "u", Password: secret}, "403 Forbidden. It does not accept the credentials"},
		"another server":    {answer(404, "404 page not found"), Config{}, "404 Not Found. Check that prometheus_url is that of a Prometheus"},
		"a login":           {answer(302, ""), Config{BearerToken: secret}, "302 Found, to login.example.com. Redirects are not followed: write in prometheus_url where it is"},
		"a bad request":     {answer(400, `{"status":"error","errorType":"bad_data","error":"unknown state"}`), Config{}, "400 Bad Request. Check that prometheus_url"},
		"not ready":         {answer(503, "Service Unavailable"), Config{}, "503 Service Unavailable, at each of 3 tries. It, or a proxy before it, is not well"},
		"no JSON":           {answer(200, "<html>"), Config{}, "GET /api/v1/targets: the answer is not that of its API. Check that it is the URL of a Prometheus"},
		"an error of it":    {answer(200, `{"status":"error","errorType":"internal","error":"x"}`), Config{}, "the answer has no targets"},
		"other data":        {answer(200, `{"status":"success","data":[]}`), Config{}, "the answer is not that of its API"},
		"no data":           {answer(200, `{"status":"success"}`), Config{}, "the answer has no targets"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.config.URL = serve(t, tt.answer)
			_, err := ask(t.Context(), t, tt.config)
			if got := fmt.Sprint(err); !strings.HasPrefix(got, "Prometheus "+tt.config.URL+": ") || !strings.Contains(got, tt.want) || strings.Contains(got, secret) {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// TestCancelled: an interruption ends a request that is not answered.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := ask(ctx, t, Config{URL: url}); err == nil || !strings.Contains(err.Error(), "context canceled") {
		t.Error(err)
	}
}
