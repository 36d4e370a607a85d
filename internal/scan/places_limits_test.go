package scan

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestPlacesCancel: whatever the places are doing, nothing goes on.
func TestPlacesCancel(t *testing.T) {
	for _, after := range []time.Duration{0, 50 * time.Millisecond, 3 * time.Second, 20 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			cause := errors.New("interrupted")
			ctx, cancel := context.WithCancelCause(t.Context())
			defer time.AfterFunc(after, func() { cancel(cause) }).Stop()
			o := defaults
			o.Until = time.Now().Add(time.Hour)
			began := time.Now()
			places := []*site{
				{name: "opens", network: states()},
				{name: "dies", network: states(), dies: time.Second},
				{name: "fails", network: states(), broken: []error{errors.New("no way in")}},
			}
			var scanners []*Scanner
			for _, p := range places {
				scanners = append(scanners, New(Config{Vantage: p, Limits: Limits{MaxChecks: 10, MaxHosts: 2, MaxRate: 100}}))
			}
			_, err := Run(ctx, scanners, declare(t, "192.0.2.0/29", "1-100", ""), o)
			if !errors.Is(err, cause) || time.Since(began) != after {
				t.Errorf("%v after %s, want %v after %s", err, time.Since(began), cause, after)
			}
			for i, s := range scanners {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				if got, want := places[i].closed.Load() == 1, s.view != nil; got != want {
					t.Errorf("%s: closed %v, opened %v", places[i].name, got, want)
				}
			}
		})
	}
}

// TestCloseWaits: a place is not closed under a run.
func TestCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &site{name: "a", network: states()}
		s := New(Config{Vantage: p, Limits: DefaultLimits})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = s.Run(ctx, declare(t, "192.0.2.1", "1-100", ""), defaults) })
		time.Sleep(time.Second)
		wg.Go(func() {
			if err := s.Close(); err != nil || p.inFlight > 0 {
				t.Errorf("%v, %d looks in flight", err, p.inFlight)
			}
		})
		synctest.Wait()
		if p.closed.Load() != 0 {
			t.Error("closed under a run")
		}
		cancel()
		wg.Wait()
		if p.closed.Load() != 1 {
			t.Error("not closed")
		}
	})
}

// TestLimitsOfPlaces: each place has its limits, and as many places as there may
// be take the time of the slowest.
func TestLimitsOfPlaces(t *testing.T) {
	const places, hosts, ports = 20, 5, 100
	synctest.Test(t, func(t *testing.T) {
		var open []string
		for h := range hosts {
			for p := range ports {
				open = append(open, fmt.Sprintf("192.0.2.%d:%d open", h+1, p+1))
			}
		}
		var sites []*site
		var scanners []*Scanner
		for i := range places {
			p := &site{name: fmt.Sprint("p", i), network: states(open...)}
			p.rtt = time.Duration(i+1) * 10 * time.Millisecond
			sites, scanners = append(sites, p), append(scanners, New(Config{Vantage: p, Limits: Limits{MaxChecks: 4, MaxHosts: 2}}))
		}
		var mu sync.Mutex
		looks := map[string]int{}
		o := defaults
		o.Looked = func(l Look) {
			mu.Lock()
			defer mu.Unlock()
			looks[l.From]++
		}
		began := time.Now()
		v, err := Run(t.Context(), scanners, declare(t, "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5", "1-100", ""), o)
		if err != nil || len(v.Failures()) > 0 || len(v.Findings) != places*hosts*ports {
			t.Fatalf("%v, %d failures among %d", err, len(v.Failures()), len(v.Findings))
		}
		// Two hosts at once, so five take three times what one takes.
		if want := 100*time.Millisecond + 3*ports/4*sites[places-1].rtt; time.Since(began) != want {
			t.Errorf("took %s, the slowest place takes %s", time.Since(began), want)
		}
		for _, p := range sites {
			if p.most != 8 || looks[p.name] != hosts*ports {
				t.Errorf("%s: %d looks in flight of %d, its limits allow 8", p.name, p.most, looks[p.name])
			}
		}
		for i, f := range v.Findings[:2*places] {
			if want := fmt.Sprint("p", i%places); f.From != want {
				t.Fatalf("finding %d is of %s, want %s", i, f.From, want)
			}
		}
	})
}
