package scan

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// TestCrew: one more worker is for an answer that is waited for, not for a look that
// waits for the limits.
func TestCrew(t *testing.T) {
	net := &network{ports: answers{"192.0.2.1:1": {"open"}}}
	var most atomic.Int64
	before := int64(runtime.NumGoroutine())
	v, took := runFor(t, net, Limits{MaxChecks: 1000, MaxHosts: 1, MaxRate: 100}, "192.0.2.1", "1-1000", "", func(o *Options) {
		o.Timeout, o.Rechecks = 100*time.Millisecond, 0
		o.Looked = func(Look) { most.Store(max(most.Load(), int64(runtime.NumGoroutine()))) }
	})
	if len(v.Failures()) != 999 || took < 9*time.Second {
		t.Errorf("%d failures in %s", len(v.Failures()), took)
	}
	// Ten looks are under way at once, and as many timers or workers that end.
	if extra := most.Load() - before; extra > 100 {
		t.Errorf("%d goroutines for ten looks at once", extra)
	}
	if net.most > 20 {
		t.Errorf("%d looks at once", net.most)
	}
}

// TestCrewIsComplete: all that may be under way at once is, while answers are waited for.
func TestCrewIsComplete(t *testing.T) {
	net := &network{}
	_, took := runFor(t, net, Limits{MaxChecks: 300, MaxHosts: 1}, "192.0.2.1", "1-1000", "", func(o *Options) { o.Rechecks = 0 })
	if net.most != 300 || took != 4*defaults.Timeout+longestPing {
		t.Errorf("%d looks at once, took %s", net.most, took)
	}
}

// TestRoundTrips: over a long line all places are used at all times.
func TestRoundTrips(t *testing.T) {
	const rtt, hosts, ports = 20 * time.Millisecond, 256, 10
	every := answers{}
	for addr := range hosts {
		for port := 1; port <= ports; port++ {
			every[fmt.Sprintf("192.0.2.%d:%d", addr, port)] = []string{"open"}
		}
	}
	for _, limits := range []Limits{{MaxChecks: ports, MaxHosts: 16}, {MaxChecks: 1000, MaxHosts: 64}, {MaxChecks: ports / 2, MaxHosts: 16}} {
		_, took := runFor(t, &network{ports: every, rtt: rtt}, limits, "192.0.2.0/24", fmt.Sprint("1-", ports), "", nil)
		atOnce := min(limits.MaxChecks, ports) * limits.MaxHosts
		if want := hosts * ports / time.Duration(atOnce) * rtt; took > want*12/10 {
			t.Errorf("%+v: took %s, want %s", limits, took, want)
		}
	}
}
