package scan

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func TestMain(m *testing.M) {
	code := porttest.Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func TestPlan(t *testing.T) {
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	got := Plan(declare(t, "web 192.0.2.1 gone", "80", "22"), map[endpoint.Host]Resolution{
		"web":       {Addrs: []netip.Addr{a, b}},
		"192.0.2.1": {Addrs: []netip.Addr{a}},
		"gone":      {Fault: look.NoSuchHost},
	})
	job := func(host endpoint.Host, port uint16, want endpoint.Want, r Resolution) Job {
		return Job{&Ports{endpoint.TCP, host, want}, &r, port}
	}
	want := []Job{
		job("192.0.2.1", 80, "open", Resolution{Addrs: []netip.Addr{a}}),
		job("192.0.2.1", 22, "closed", Resolution{Addrs: []netip.Addr{a}}),
		job("gone", 80, "open", Resolution{Fault: look.NoSuchHost}),
		job("gone", 22, "closed", Resolution{Fault: look.NoSuchHost}),
		job("web", 80, "open", Resolution{Addrs: []netip.Addr{a, b}}),
		job("web", 22, "closed", Resolution{Addrs: []netip.Addr{a, b}}),
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCancel(t *testing.T) {
	for _, after := range []time.Duration{0, 3 * time.Second, 5500 * time.Millisecond, 7 * time.Second, 40 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			cause := errors.New("interrupted")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(after, func() { cancel(cause) })
			if after == 0 {
				cancel(cause)
			}
			began := time.Now()
			o := defaults
			o.Until = began.Add(time.Hour)
			net := &network{}
			s := New(Config{Vantage: net, Limits: Limits{MaxChecks: 10, MaxHosts: 2, MaxRate: 100}})
			_, err := s.Run(ctx, declare(t, "192.0.2.0/29", "1-100", ""), o)
			if !errors.Is(err, cause) || time.Since(began) != after {
				t.Errorf("%v after %s, want %v after %s", err, time.Since(began), cause, after)
			}
		})
	}
}

// TestLimitsAreShared runs ten scans at once and holds the network's view of
// them to the limits.
func TestLimitsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{rtt: 10 * time.Millisecond, ports: map[string][]string{}}
		for _, addr := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"} {
			for port := range uint16(100) {
				net.ports[netip.AddrPortFrom(netip.MustParseAddr(addr), port+1).String()] = []string{"open"}
			}
		}
		s := New(Config{Vantage: net, Limits: Limits{MaxChecks: 3, MaxHosts: 2, MaxRate: 40}})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				v, err := s.Run(t.Context(), declare(t, "192.0.2.1 192.0.2.2 192.0.2.3", "1-100", ""), defaults)
				if err != nil || len(v.Failures()) > 0 || len(v.Findings) != 300 {
					t.Errorf("%v, %d failures among %d", err, len(v.Failures()), len(v.Findings))
				}
			})
		}
		began := time.Now()
		wg.Wait()
		if net.most > 6 {
			t.Errorf("%d looks in flight, at most 3 x 2 allowed", net.most)
		}
		// 3,000 looks at 40 a second, the first at once.
		if took, want := time.Since(began), 3000*time.Second/40; took < want-time.Second || took > want+time.Second {
			t.Errorf("took %s, at 40 looks a second it takes %s", took, want)
		}
		if len(s.limiter.windows) != 0 || len(s.limiter.hosts) != 0 || len(s.limiter.capacity) != 0 {
			t.Errorf("limits still in use: %v", s.limiter)
		}
	})
}

// TestSweepAdapts: silence of what is declared closed is waited for by the
// host's round-trip time, and asked about twice.
func TestSweepAdapts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{
			rtt:   80 * time.Millisecond,
			ports: answers{"192.0.2.1:80": {"open"}, "192.0.2.1:3": {"silent", "open"}},
		}
		s := New(Config{Vantage: net, Limits: Limits{MaxChecks: 1, MaxHosts: 1}})
		v, err := s.Run(t.Context(), declare(t, "192.0.2.1", "80", "1-3"), Options{Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		// RFC 6298: 80 ms + 4 x 40 ms; then twice that.
		wantLooks := []string{
			"0s 192.0.2.1:80 5s",
			"80ms 192.0.2.1:1 240ms", "320ms 192.0.2.1:1 480ms",
			"800ms 192.0.2.1:2 240ms", "1.04s 192.0.2.1:2 480ms",
			"1.52s 192.0.2.1:3 240ms", "1.76s 192.0.2.1:3 480ms",
			"1.84s 192.0.2.1:80 200ms", // does the host still answer?
			"1.92s 192.0.2.1:1 340ms",  // is it silent at a low pace, too?
		}
		if diff := cmp.Diff(wantLooks, net.looks); diff != "" {
			t.Errorf("looks (-want +got)\n%s", diff)
		}
		want := []string{"tcp://192.0.2.1:3 closed open syn-ack unexpected-open", "tcp://192.0.2.1:80 open open syn-ack"}
		if diff := cmp.Diff(want, told(v)); diff != "" {
			t.Errorf("findings (-want +got)\n%s", diff)
		}
	})
}

func TestRTT(t *testing.T) {
	var r rtt
	if got := r.timeout(time.Second); got != time.Second {
		t.Errorf("without an answer %s", got)
	}
	for range 100 {
		r.observe(10 * time.Millisecond)
	}
	if got := r.timeout(time.Second); got != lowestTimeout {
		t.Errorf("steady 10 ms: %s", got)
	}
	r.observe(1030 * time.Millisecond) // to which SYN?
	if got := r.timeout(time.Second); got != lowestTimeout {
		t.Errorf("after an answer to a second SYN: %s", got)
	}
	r.observe(900 * time.Millisecond)
	if got := r.timeout(500 * time.Millisecond); got != 500*time.Millisecond {
		t.Errorf("after a slow answer %s, want the ceiling", got)
	}
}

func TestRecheckPace(t *testing.T) {
	for n, want := range map[int]float64{1: 50, 1000: 50, 2000: 100, 10_000: 500} {
		if got := float64(recheckPace(n)); got != want {
			t.Errorf("%d re-checks at %g a second, want %g", n, got, want)
		}
	}
}

func TestOneLookAtEachAddressIsOrdered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{ports: map[string][]string{}}
		s := New(Config{Vantage: net, Limits: Limits{MaxChecks: 1, MaxHosts: 1}})
		if _, err := s.Run(t.Context(), declare(t, "192.0.2.1", "3 1", "2"), Options{Timeout: time.Second}); err != nil {
			t.Fatal(err)
		}
		want := []string{"0s 192.0.2.1:1 1s", "1s 192.0.2.1:3 1s", "2s 192.0.2.1:2 1s"}
		if !slices.Equal(net.looks, want) {
			t.Errorf("looks %v, want %v", net.looks, want)
		}
	})
}
