package scan

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

func TestParseHTTP(t *testing.T) {
	got, err := ParseHTTP(map[string]string{"path": "/healthz?deep=1", "method": "HEAD", "status": "200-299, 401", "host": "www.example.com:8080"})
	want := HTTP{Path: "/healthz?deep=1", Method: "HEAD", Host: "www.example.com:8080", Status: []probe.StatusRange{{First: 200, Last: 299}, {First: 401, Last: 401}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	const (
		path   = `. Expected a path with a query, if any, such as "/healthz"`
		status = `. Expected status codes from 100 to 599, such as "200", "200-299" or "200-299,401"`
		host   = `. Expected what a Host header has, such as "www.example.com" or "www.example.com:8080"`
	)
	tests := []struct{ key, text, want string }{
		{"path", "healthz", `path is "healthz"` + path},
		{"path", "", `path is ""` + path},
		{"path", "http://elsewhere/", `path is "http://elsewhere/"` + path},
		{"path", "/a#b", `path is "/a#b"` + path},
		{"path", "/a b", `path is "/a b"` + path},
		{"path", "/a\r\nX: y", `path is "/a\r\nX: y"` + path},
		{"method", "POST", `method is "POST". Expected one of GET, HEAD, OPTIONS`},
		{"method", "get", `method is "get". Expected one of GET, HEAD, OPTIONS`},
		{"status", "", `status is ""` + status},
		{"status", "2xx", `status is "2xx"` + status},
		{"status", "99", `status is "99"` + status},
		{"status", "200-600", `status is "200-600"` + status},
		{"status", "299-200", `status is "299-200"` + status},
		{"host", "", `host is ""` + host},
		{"host", "a/b", `host is "a/b"` + host},
		{"host", "a b", `host is "a b"` + host},
		{"host", "user@a", `host is "user@a"` + host},
		{"host", "a\r\nX: y", `host is "a\r\nX: y"` + host},
		{"Path", "/", `"Path" is not an option of HTTP. Expected path, method, status, host`},
	}
	for _, tt := range tests {
		if _, err := ParseHTTP(map[string]string{tt.key: tt.text}); err == nil || err.Error() != tt.want {
			t.Errorf("%s = %q: %v, want %s", tt.key, tt.text, err, tt.want)
		}
	}
}

// asked is a Looker that keeps what it is to look at. Nothing speaks.
type asked struct {
	mu      sync.Mutex
	targets map[string]probe.Target
}

func (a *asked) Look(_ context.Context, t probe.Target, _ time.Duration) probe.Result {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.targets[string(t.Scheme)] = t
	return probe.Result{State: probe.Unresponsive, Reason: probe.NoGreeting, Remote: t.Addr}
}

// TestServiceTargets: what services are to be asked reaches them, and nothing of
// it those that are none.
func TestServiceTargets(t *testing.T) {
	looker := &asked{targets: map[string]probe.Target{}}
	net := &network{names: map[string][]string{"web.example.com": {"192.0.2.1"}}}
	healthz := &HTTP{Path: "/healthz"}
	o := Options{Timeout: time.Second, TLS: TLS{ServerName: "www.example.com"}, HTTP: func(e endpoint.Endpoint) *HTTP {
		if e.Port == 443 {
			return healthz
		}
		return nil
	}}
	v, err := newScanner(looker, net, DefaultLimits, nil).Run(t.Context(), declare(t, "web.example.com", "443 443/https 80/http", "22"), o)
	if err != nil {
		t.Fatal(err)
	}
	for scheme, want := range map[string]probe.Target{
		"https": {Host: "web.example.com", TLS: &o.TLS, HTTP: healthz},
		"http":  {Host: "web.example.com", TLS: &o.TLS},
		"tcp":   {Abort: true},
	} {
		got := looker.targets[scheme]
		if scheme == "tcp" && got.Addr.Port() == 443 {
			want.Abort = false
		}
		want.Scheme, want.Addr = got.Scheme, got.Addr
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.AddrPort{}), cmpopts.IgnoreUnexported(probe.Target{})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", scheme, diff)
		}
	}
	want := []string{
		"http://web.example.com:80 open unresponsive no-greeting unhealthy",
		"https://web.example.com:443 open unresponsive no-greeting unhealthy",
		"tcp://web.example.com:443 open unresponsive no-greeting unhealthy",
	}
	if diff := cmp.Diff(want, told(v)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestServiceRTT: that a service is slow says nothing of the way to the host, so
// the ports declared closed get their whole time.
func TestServiceRTT(t *testing.T) {
	r := newRun(newScanner(nil, nil, DefaultLimits, nil), defaults, nil)
	at := netip.MustParseAddrPort("192.0.2.1:443")
	r.learn(endpoint.HTTPS, probe.Result{State: probe.Open, Remote: at, RTT: time.Millisecond})
	if got := r.usual(at.Addr(), time.Minute); got != time.Minute {
		t.Errorf("a service told of a round-trip time: %s", got)
	}
	if witness, ok := r.answered[at.Addr()].turn(0); !ok || witness != at {
		t.Errorf("a service is no witness that the host answers: %s, %v", witness, ok)
	}
}
