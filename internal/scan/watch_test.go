package scan

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// TestBanDuringSweep: a host of which everything falls silent under a sweep
// has not shown that its ports are closed.
func TestBanDuringSweep(t *testing.T) {
	refusing := func(ban time.Duration) *network {
		n := &network{rtt: 10 * time.Millisecond, ports: map[string][]string{}, banAfter: 50, banUntil: ban}
		for port := range 10_001 {
			n.ports[fmt.Sprint("192.0.2.1:", port)] = []string{"closed"}
		}
		n.ports["192.0.2.1:80"] = []string{"open"}
		n.ports["192.0.2.1:500"] = []string{"open"}
		return n
	}
	tests := []struct {
		name     string
		ban      time.Duration
		rechecks int
		want     []string // cause, declared, found
		most     int      // looks, of 10,000 ports at two each or more
	}{
		{"for ever", time.Hour, 1, []string{"stopped-answering closed unknown"}, 16_000},
		{"over at the re-check", 8 * time.Second, 1, []string{"unexpected-open closed open"}, 18_000},
		{"nobody looks again", time.Hour, 0, []string{"stopped-answering closed unknown"}, 8_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := refusing(tt.ban)
				o := defaults
				o.Rechecks, o.RecheckInterval = tt.rechecks, 5*time.Second
				// Fewer than banAfter begin at once: port 80 is among those that answer.
				s := New(Config{Vantage: net, Limits: Limits{MaxChecks: 256, MaxHosts: 1, MaxRate: 2000}})
				v, err := s.Run(t.Context(), declare(t, "192.0.2.1", "80", "1-10000"), o)
				if err != nil {
					t.Fatal(err)
				}
				kinds := map[string]int{}
				for _, f := range v.Failures() {
					kinds[fmt.Sprintf("%s %s %s", f.Cause, f.Want, f.Last.State)]++
				}
				var got []string
				for kind := range kinds {
					got = append(got, kind)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%v (-want +got)\n%s", kinds, diff)
				}
				if len(net.looks) > tt.most {
					t.Errorf("%d looks, want at most %d", len(net.looks), tt.most)
				}
			})
		})
	}
}

// scripted is a network of which everything answers as state says; silence takes
// the whole time-out.
type scripted struct {
	network
	state func(t look.Target, timeout, since time.Duration) (look.State, look.Reason)

	rtt func(result look.Result) time.Duration // 10 ms if nil

	lock  sync.Mutex
	start time.Time
	looks int
}

func (s *scripted) Open(context.Context) (View, error) { return s, nil }

func (s *scripted) Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result {
	s.lock.Lock()
	if s.looks++; s.looks == 1 {
		s.start = time.Now()
	}
	r := look.Result{Remote: t.Addr, Start: time.Now(), RTT: 10 * time.Millisecond}
	r.State, r.Reason = s.state(t, timeout, time.Since(s.start))
	if s.rtt != nil {
		r.RTT = s.rtt(r)
	}
	s.lock.Unlock()
	if r.Reason == look.NoResponse || r.Reason == look.ZeroWindow {
		r.RTT = timeout
	}
	if sleep(ctx, r.RTT) != nil {
		r.State, r.Reason = look.Unknown, look.Cancelled
	}
	return r
}

// TestNoFalsePass: whatever keeps a port from answering during a run, what is
// open there is not taken for closed.
func TestNoFalsePass(t *testing.T) {
	open := func() (look.State, look.Reason) { return look.Open, look.SynAck }
	refused := func() (look.State, look.Reason) { return look.Closed, look.ConnRefused }
	silent := func() (look.State, look.Reason) { return look.Filtered, look.NoResponse }
	looks := 0
	tests := []struct {
		name         string
		open, closed string
		until        time.Duration
		options      func(*Options)
		state        func(at look.Target, timeout, since time.Duration) (look.State, look.Reason)
		want         string // how the port that is open is seen
	}{
		{
			name: "a ban between a look and its re-check", open: "80", closed: "22",
			state: func(_ look.Target, _, since time.Duration) (look.State, look.Reason) {
				if since > 500*time.Millisecond {
					return silent()
				}
				return open()
			},
			want: "tcp://192.0.2.1:22 unknown stopped-answering",
		}, {
			name: "a ban that rejects, as fail2ban does", open: "80", closed: "1-79 81-1000",
			state: func(at look.Target, _, _ time.Duration) (look.State, look.Reason) {
				if looks++; looks > 50 {
					return look.Filtered, look.PortUnreach
				}
				if at.Addr.Port()%500 == 80 {
					return open()
				}
				return refused()
			},
			want: "tcp://192.0.2.1:580 unknown stopped-answering",
		}, {
			name: "an outage within the sweep", open: "80", closed: "1-79 81-1000",
			state: func(at look.Target, _, since time.Duration) (look.State, look.Reason) {
				if since > 50*time.Millisecond && since < 1200*time.Millisecond {
					return silent()
				}
				if at.Addr.Port()%500 == 80 {
					return open()
				}
				return refused()
			},
			want: "tcp://192.0.2.1:580 open unexpected-open",
		}, {
			name: "a SYN proxy whose live back end is far", open: "80", closed: "3306",
			state: func(at look.Target, timeout, _ time.Duration) (look.State, look.Reason) {
				if at.Addr.Port() == 3306 && timeout < 150*time.Millisecond {
					return look.Unresponsive, look.ZeroWindow
				}
				return open()
			},
			want: "tcp://192.0.2.1:3306 open unexpected-open",
		}, {
			name: "a host that stops answering, and UDP that may be silent", open: "514/udp", closed: "1-30",
			options: func(o *Options) { o.SilentUDPIsOpen = true },
			state: func(at look.Target, _, since time.Duration) (look.State, look.Reason) {
				switch {
				case at.Scheme == endpoint.UDP:
					return look.OpenFiltered, look.NoResponse
				case since > 15*time.Millisecond:
					return silent()
				}
				return refused()
			},
			want: "udp://192.0.2.1:514 unknown stopped-answering",
		},
	}
	// The deadline of an apply cuts whatever is under way.
	for _, until := range []int{6, 10, 15, 20, 25, 30, 33, 40, 45, 50, 60} {
		tests = append(tests, tests[0])
		last := &tests[len(tests)-1]
		last.name = fmt.Sprintf("a ban after the first answer, until %d s", until)
		last.until = time.Duration(until) * time.Second
		last.state = func(_ look.Target, _, since time.Duration) (look.State, look.Reason) {
			if since > 5*time.Millisecond {
				return silent()
			}
			return open()
		}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				looks = 0
				net := &scripted{state: tt.state}
				o := defaults
				if tt.options != nil {
					tt.options(&o)
				}
				if tt.until > 0 {
					o.Until = time.Now().Add(tt.until)
				}
				s := New(Config{Vantage: net, Limits: Limits{MaxChecks: 2, MaxHosts: 1}})
				v, err := s.Run(t.Context(), declare(t, "192.0.2.1", tt.open, tt.closed), o)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, f := range v.Failures() {
					got = append(got, fmt.Sprintf("%s %s %s", f.Endpoint, f.Last.State, f.Cause))
				}
				if !slices.Contains(got, tt.want) {
					t.Errorf("%d failures without %q: %v", len(got), tt.want, got[:min(5, len(got))])
				}
			})
		})
	}
}

// TestTwoNamesOfOneAddress shares what is known of the address.
func TestTwoNamesOfOneAddress(t *testing.T) {
	net := &network{
		names: answers{"a": {"192.0.2.1"}, "b": {"192.0.2.1"}, "c": {"192.0.2.1"}},
		ports: answers{"192.0.2.1:80": {"open"}},
	}
	for range 20 {
		s := New(Config{Vantage: net, Limits: DefaultLimits})
		if _, err := s.Run(t.Context(), declare(t, "a b c", "80 81", "82"), Options{Timeout: time.Millisecond}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDroppedSweep: a host that goes on answering while its other ports are
// silent is asked a few times, and believed.
func TestDroppedSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{rtt: 10 * time.Millisecond, ports: map[string][]string{"192.0.2.1:22": {"open"}}}
		s := New(Config{Vantage: net, Limits: DefaultLimits})
		v, err := s.Run(t.Context(), declare(t, "192.0.2.1", "22", "1-10000"), defaults)
		if err != nil || len(v.Failures()) > 0 {
			t.Fatal(err, told(v))
		}
		asked := 0
		for _, look := range net.looks {
			if strings.Contains(look, ":22 ") {
				asked++
			}
		}
		// The declared look; at 16, 32 … 8,192 silent ones; at the end.
		if asked != 1+10+1 {
			t.Errorf("port 22 was asked %d times", asked)
		}
	})
}

// TestExhaustionPasses: what the prober lacks for a moment is waited for.
func TestExhaustionPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{ports: map[string][]string{
			"192.0.2.1:80": {"no-descriptor", "no-local-port", "no-buffer", "open"},
			"192.0.2.1:22": {"no-descriptor", "closed"},
			"192.0.2.1:81": {"no-descriptor"},
		}}
		o := defaults
		o.Rechecks = 0
		v, err := New(Config{Vantage: net, Limits: DefaultLimits}).Run(t.Context(), declare(t, "192.0.2.1", "80 81", "22"), o)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			"tcp://192.0.2.1:80 open open syn-ack",
			"tcp://192.0.2.1:81 open unknown no-descriptor prober-exhausted",
		}
		if diff := cmp.Diff(want, told(v)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if v.Select(func(f verdict.Finding) bool { return f.Flapping() }) != nil {
			t.Error("the prober's own exhaustion is taken for flapping")
		}
	})
}
