package scan

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// firewall is a device on the way to hosts where all ports are open. It lets so many
// new connections a second through and drops what is beyond that.
type firewall struct {
	network
	rate float64

	mu     sync.Mutex
	tokens float64
	last   time.Time
}

// lets tells whether a SYN passes. A tenth of a second's worth passes at once.
func (f *firewall) lets() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if f.last.IsZero() {
		f.tokens = f.rate / 10
	} else {
		f.tokens = min(f.rate/10, f.tokens+f.rate*now.Sub(f.last).Seconds())
	}
	f.last = now
	if f.tokens < 1 {
		return false
	}
	f.tokens--
	return true
}

func (f *firewall) Open(context.Context) (View, error) { return f, nil }

// Look sends SYNs when Linux does, and is answered at once when one passes.
func (f *firewall) Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result {
	r := look.Result{State: look.Open, Reason: look.SynAck, Remote: t.Addr, Start: time.Now()}
	for _, milliseconds := range []int{0, 1030, 2050, 3070, 4100, 5120, 7140} {
		at := time.Duration(milliseconds) * time.Millisecond
		if sleep(ctx, min(timeout, at)-time.Since(r.Start)) != nil {
			r.Set(look.Unknown, look.Cancelled)
			return r
		}
		if r.RTT = time.Since(r.Start); r.RTT >= timeout {
			break
		}
		if f.lets() {
			return r
		}
	}
	r.Set(look.Filtered, look.NoResponse)
	return r
}

// TestOverrun: the default limits are more than some firewalls bear, which makes
// nothing fail that is open. After a second of that, looks begin at a lower pace.
func TestOverrun(t *testing.T) {
	addrs := make([]string, 2000)
	for i, addr := 0, netip.MustParseAddr("10.0.0.1"); i < len(addrs); i, addr = i+1, addr.Next() {
		addrs[i] = addr.String()
	}
	tests := []struct {
		name  string
		rate  float64
		hosts int
		open  string
		most  time.Duration
	}{
		{"many hosts, 30,000 a second", 31_000, 2000, "1-10", time.Second},
		{"many hosts, 10,000 a second", calmRate, 2000, "1-10", 4 * time.Second},
		{"many ports, 10,000 a second", calmRate, 20, "1-1000", 5 * time.Second},
		{"many ports, 5,000 a second", 5000, 20, "1-1000", 15 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				s := New(Config{Vantage: &firewall{rate: tt.rate}, Limits: DefaultLimits})
				v, err := s.Run(t.Context(), declare(t, strings.Join(addrs[:tt.hosts], " "), tt.open, ""), defaults)
				if err != nil {
					t.Fatal(err)
				}
				flapping := 0
				for _, f := range v.Findings {
					if f.Flapping() {
						flapping++
					}
				}
				took := time.Since(began)
				t.Logf("took %s, %d of %d flapping", took, flapping, len(v.Findings))
				if n := len(v.Failures()); n > 0 || len(v.Findings) != 20_000 || took > tt.most {
					t.Errorf("%d of %d fail; took %s, want at most %s", n, len(v.Findings), took, tt.most)
				}
			})
		})
	}
}

// TestCalm: a limit falls to calmRate when answers come late, and never rises.
func TestCalm(t *testing.T) {
	for _, tt := range []struct{ limit, want float64 }{{1_000_000, calmRate}, {calmRate, calmRate}, {50, 50}} {
		l := newLimiter(Limits{MaxChecks: 1, MaxHosts: 1, MaxRate: tt.limit})
		l.observe(synTimeout - 1)
		for range calmAfter - 1 {
			l.observe(synTimeout)
		}
		if got := float64(l.rate.Limit()); got != tt.limit {
			t.Errorf("the limit of %g is %g after few late answers", tt.limit, got)
		}
		l.observe(synTimeout)
		if got, burst := float64(l.rate.Limit()), l.rate.Burst(); got != tt.want || burst != burstOf(tt.want) {
			t.Errorf("the limit of %g is %g, %d at once, after many late answers, want %g", tt.limit, got, burst, tt.want)
		}
	}
	newLimiter(Limits{MaxChecks: 1, MaxHosts: 1}).observe(time.Minute) // no limit
}
