package scan

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// distant is a place that takes a second to open, fails to at first, and bears
// few looks.
type distant struct {
	*network
	failures       int
	bears          int
	opened, closed atomic.Int64
}

func (d *distant) Open(ctx context.Context) (View, error) {
	if err := sleep(ctx, time.Second); err != nil {
		return nil, err
	}
	if d.failures > 0 {
		d.failures--
		return nil, errors.New("no way in")
	}
	d.opened.Add(1)
	return d, nil
}

func (d *distant) Capacity() int { return d.bears }

func (d *distant) Close() error {
	d.closed.Add(1)
	return nil
}

// TestOpen: a place is opened at the first run, once for all, and again after an
// error, which is the verdict. Who waits for that waits no longer than its own ctx.
func TestOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &distant{network: &network{ports: map[string][]string{"192.0.2.1:80": {"open"}}}, failures: 1}
		s := New(Config{Vantage: d, Limits: DefaultLimits})
		run := func(ctx context.Context) (string, error) {
			v, err := s.Run(ctx, declare(t, "192.0.2.1", "80", ""), Options{Timeout: time.Second})
			return strings.Join(told(v), ", "), err
		}
		all := func(want string) {
			t.Helper()
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					if got, err := run(t.Context()); err != nil || got != want {
						t.Errorf("%s, %v, want %s", got, err, want)
					}
				})
			}
			synctest.Wait() // until one of them opens it
			short, cancel := context.WithTimeoutCause(t.Context(), time.Second/2, errors.New("in a hurry"))
			defer cancel()
			if _, err := run(short); err == nil || err.Error() != "in a hurry" {
				t.Error(err)
			}
			wg.Wait()
		}
		all("tcp://192.0.2.1:80 open unknown vantage-failed vantage-failed")
		if d.failures != 0 {
			t.Error("not all of them shared one attempt")
		}
		if got, err := run(t.Context()); err != nil || !strings.HasSuffix(got, "vantage-failed") {
			t.Errorf("right after it: %s, %v", got, err)
		}
		time.Sleep(errorStands + 1)
		all("tcp://192.0.2.1:80 open open syn-ack")
		if d.opened.Load() != 1 || d.closed.Load() != 0 || len(d.looks) != 5 {
			t.Errorf("opened %d times, closed %d times, %d looks", d.opened.Load(), d.closed.Load(), len(d.looks))
		}
		for range 2 {
			if err := s.Close(); err != nil || d.closed.Load() != 1 {
				t.Errorf("closed %d times, %v", d.closed.Load(), err)
			}
		}
		if got, err := run(t.Context()); err != nil || !strings.HasSuffix(got, "vantage-failed") {
			t.Errorf("after Close: %s, %v", got, err)
		}
	})
}

// TestOpenerLeaves: when the run that opens a place is cancelled, another one
// opens it.
func TestOpenerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &distant{network: &network{ports: map[string][]string{"192.0.2.1:80": {"open"}}}}
		s := New(Config{Vantage: d, Limits: DefaultLimits})
		run := func(ctx context.Context) (verdict.Verdict, error) {
			return s.Run(ctx, declare(t, "192.0.2.1", "80", ""), Options{Timeout: time.Second})
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := run(ctx); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if v, err := run(t.Context()); err != nil || len(v.Failures()) > 0 {
				t.Error(told(v), err)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()
	})
}

// TestCloseUnopened: what was never opened is not closed.
func TestCloseUnopened(t *testing.T) {
	d := &distant{network: &network{}}
	if err := New(Config{Vantage: d, Limits: DefaultLimits}).Close(); err != nil || d.closed.Load() != 0 {
		t.Error(err)
	}
}

// TestCapacity: no more looks are in flight than the place bears, whatever the
// limits allow.
func TestCapacity(t *testing.T) {
	for bears, want := range map[int]int{3: 3, 0: 10} {
		synctest.Test(t, func(t *testing.T) {
			d := &distant{network: &network{}, bears: bears}
			s := New(Config{Vantage: d, Limits: Limits{MaxChecks: 5, MaxHosts: 2}})
			declared := declare(t, "192.0.2.1 192.0.2.2", "1-20", "")
			if _, err := s.Run(t.Context(), declared, Options{Timeout: time.Second}); err != nil {
				t.Fatal(err)
			}
			if d.most != want {
				t.Errorf("%d looks in flight where the place bears %d", d.most, bears)
			}
		})
	}
}

// blind is a place that sees TCP ports alone.
type blind struct{ *network }

func (blind) Sees(scheme endpoint.Scheme) bool { return scheme == endpoint.TCP }

// TestSees: what a place cannot see is an error before it is opened, and no
// control endpoint.
func TestSees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := blind{&network{}}
		s := New(Config{Vantage: b, Limits: DefaultLimits, Control: []endpoint.Control{{Endpoint: endpoint.Endpoint{Scheme: endpoint.UDP, Host: "192.0.2.9", Port: 53}}}})
		_, err := s.Run(t.Context(), declare(t, "192.0.2.1", "80 53/udp", ""), defaults)
		if err == nil || err.Error() != "udp endpoints cannot be looked at from vantage net" || len(b.looks) > 0 {
			t.Errorf("%v after %v", err, b.looks)
		}
		v, err := s.Run(t.Context(), declare(t, "192.0.2.1", "80", ""), defaults)
		if err != nil || len(v.Failures()) != 1 || v.Failures()[0].Cause != verdict.HostDown {
			t.Errorf("%v, %v", told(v), err)
		}
	})
}

// nowhere is a place that never opens.
type nowhere struct{ probe.Prober }

func (nowhere) Open(context.Context) (*distant, error) { return nil, errors.New("nowhere") }

// TestFrom: a place of another package is a Vantage, this machine above all.
func TestFrom(t *testing.T) {
	here := From(probe.Prober{})
	view, err := here.Open(t.Context())
	if err != nil || here.Name() != "local" || !here.Sees("udp") || view.Capacity() <= 0 {
		t.Errorf("%s: %v", here.Name(), err)
	}
	if _, ok := view.(Pinger); !ok {
		t.Error("this machine does not ping")
	}
	if _, reason := view.Lookup(t.Context(), "nothing.invalid"); reason == "" || reason == look.Cancelled {
		t.Errorf("reason %q", reason)
	}
	if view, err := From(nowhere{}).Open(t.Context()); view != nil || err == nil {
		t.Errorf("%v, %v", view, err)
	}
	if err := view.Close(); err != nil {
		t.Error(err)
	}
}
