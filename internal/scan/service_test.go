package scan

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// asked is a network that keeps what it is to look at. Nothing speaks.
type asked struct {
	*network
	mu      sync.Mutex
	targets map[string]look.Target
}

func (a *asked) Open(context.Context) (View, error) { return a, nil }

func (a *asked) Look(_ context.Context, t look.Target, _ time.Duration) look.Result {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.targets[string(t.Scheme)] = t
	return look.Result{State: look.Unresponsive, Reason: look.NoGreeting, Remote: t.Addr}
}

// TestServiceTargets: what services are to be asked reaches them, and nothing of
// it those that are none.
func TestServiceTargets(t *testing.T) {
	net := &asked{
		network: &network{names: answers{"web.example.com": {"192.0.2.1"}}},
		targets: map[string]look.Target{},
	}
	healthz := &look.HTTP{Path: "/healthz"}
	o := Options{
		Timeout: time.Second,
		TLS:     look.TLS{ServerName: "www.example.com"},
		Ask: func(e endpoint.Endpoint, t *look.Target) {
			if e.Port == 443 {
				t.HTTP = healthz
			}
		},
	}
	s := New(Config{Vantage: net, Limits: DefaultLimits})
	v, err := s.Run(t.Context(), declare(t, "web.example.com", "443 443/https 80/http", "22"), o)
	if err != nil {
		t.Fatal(err)
	}
	for scheme, want := range map[string]look.Target{
		"https": {Host: "web.example.com", TLS: &o.TLS, HTTP: healthz},
		"http":  {Host: "web.example.com", TLS: &o.TLS},
		"tcp":   {Abort: true},
	} {
		got := net.targets[scheme]
		if scheme == "tcp" && got.Addr.Port() == 443 {
			want.Abort = false
		}
		if want.Scheme, want.Addr = got.Scheme, got.Addr; scheme == "tcp" {
			want.Doubt = got.Doubt // not of the witnesses, of which this may be one
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
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

// TestHandshakeTakenInLate: a handshake from before a ban does not end it, when it is
// taken in late.
func TestHandshakeTakenInLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		at := look.Target{Scheme: endpoint.TCP, Addr: netip.MustParseAddrPort("192.0.2.1:443"), Abort: true}
		before := look.Result{State: look.Open, Remote: at.Addr, Start: time.Now()}
		m.learn(at, before)
		time.Sleep(time.Millisecond)
		m.stop(at.Addr.Addr(), look.Closed)
		m.learn(at, before)
		if got := m.stopped(at.Addr.Addr()); got != look.Closed {
			t.Errorf("after a handshake from before it has stopped as %q", got)
		}
		time.Sleep(time.Millisecond)
		m.learn(at, look.Result{State: look.Open, Remote: at.Addr, Start: time.Now()})
		if got := m.stopped(at.Addr.Addr()); got != "" {
			t.Errorf("after another handshake it has stopped as %q", got)
		}
	})
}

// TestServiceRTT: that a service is slow says nothing of the way to the host, so
// the ports declared closed get their whole time.
func TestServiceRTT(t *testing.T) {
	m := newMemory()
	at := netip.MustParseAddrPort("192.0.2.1:443")
	m.learn(look.Target{Scheme: endpoint.HTTPS}, look.Result{State: look.Open, Remote: at, RTT: time.Millisecond})
	if got := m.usual(at.Addr(), time.Minute); got != time.Minute {
		t.Errorf("a service told of a round-trip time: %s", got)
	}
	if witness, ok := m.portToAsk(at.Addr(), 0, nil); !ok || witness != at {
		t.Errorf("a service is no witness that the host answers: %s, %v", witness, ok)
	}
}
