package scan

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// The ways in which a device answers for a host that it bans.
var bans = map[string]struct {
	state  look.State
	reason look.Reason
}{
	"drops":         {look.Filtered, look.NoResponse},
	"resets":        {look.Closed, look.ConnRefused},
	"ICMP errors":   {look.Filtered, look.AdminProhibited},
	"ICMP no route": {look.Filtered, look.NoRoute},
}

// banning is a network of open ports, of which some are seen before a device bans
// us, in one of the ways of bans.
func banning(way string, after int) *scripted {
	looks := 0
	return &scripted{state: func(look.Target, time.Duration, time.Duration) (look.State, look.Reason) {
		if looks++; looks > after {
			return bans[way].state, bans[way].reason
		}
		return look.Open, look.SynAck
	}}
}

// runOn looks at 192.0.2.1 once.
func runOn(t *testing.T, s *Scanner, open, closed string, o Options) verdict.Verdict {
	t.Helper()
	v, err := s.Run(t.Context(), declare(t, "192.0.2.1", open, closed), o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// causesOf counts the failures of v by cause.
func causesOf(v verdict.Verdict) map[string]int {
	causes := map[string]int{}
	for _, f := range v.Failures() {
		causes[string(f.Cause)]++
	}
	return causes
}

// TestBanIsNoPass: ports declared closed, all of them open, of which a few are seen
// before a ban, never pass.
func TestBanIsNoPass(t *testing.T) {
	for way := range bans {
		for _, ports := range []int{2, 3, 5, 20, 100} {
			for _, after := range []int{1, 2, 3, 19} {
				if after > ports || way != "resets" && ports < firstAsk || ports < firstAsk && after < 2 {
					continue // a rule that closed them while we looked
				}
				t.Run(fmt.Sprintf("%s, %d of %d ports", way, after, ports), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := New(Config{Vantage: banning(way, after), Limits: DefaultLimits})
						if v := runOn(t, s, "", fmt.Sprintf("1-%d", ports), defaults); len(v.Failures()) == 0 {
							t.Error("passed:", told(v))
						}
					})
				})
			}
		}
	}
}

// TestBanIsStoppedAnswering: ports declared open that were not reached before a ban
// are not closed, filtered or rejected, and neither is what a later run looks at.
func TestBanIsStoppedAnswering(t *testing.T) {
	for way := range bans {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Config{Vantage: banning(way, 10), Limits: DefaultLimits})
				first := runOn(t, s, "1-20", "", defaults)
				second := runOn(t, s, "30-35", "", defaults)
				third := runOn(t, s, "", "30-35", defaults)
				got := []map[string]int{causesOf(first), causesOf(second), causesOf(third)}
				want := []map[string]int{{"stopped-answering": 10}, {"stopped-answering": 6}, {"stopped-answering": 6}}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		})
	}
}

// TestClosedWhileLooking: a port declared closed that was open and is closed now
// passes, and is named as flapping: where others still open, and where it is alone.
func TestClosedWhileLooking(t *testing.T) {
	for name, tt := range map[string]struct{ open, closed string }{
		"others still open":                    {"443", "22 23 24"},
		"others still open, a sweep":           {"443", "1-100"},
		"it is the only one that is looked at": {"", "22"},
		"others refuse all the time":           {"", "22 100-105"},
	} {
		for way := range map[string]bool{"drops": true, "resets": true} {
			t.Run(name+", "+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					net := &scripted{state: func(at look.Target, _, since time.Duration) (look.State, look.Reason) {
						port := at.Addr.Port()
						switch {
						case port == 443, port < 25 && port > 21 && since < 500*time.Millisecond:
							return look.Open, look.SynAck
						case port > 21 && port < 25:
							return bans[way].state, bans[way].reason
						}
						return look.Closed, look.ConnRefused
					}}
					v := runOn(t, New(Config{Vantage: net, Limits: DefaultLimits}), tt.open, tt.closed, defaults)
					if len(v.Failures()) > 0 || len(v.Select(verdict.Finding.Flapping)) == 0 {
						t.Error(told(v))
					}
				})
			})
		}
	}
}

// TestNearerReset: a reset that comes much sooner than the host answers is not the
// host's, even where only one port was open.
func TestNearerReset(t *testing.T) {
	for rtt, want := range map[time.Duration][]string{
		time.Millisecond:      {"tcp://192.0.2.1:22 closed unknown conn-refused stopped-answering"},
		35 * time.Millisecond: {"tcp://192.0.2.1:22 closed closed conn-refused was open"},
	} {
		synctest.Test(t, func(t *testing.T) {
			net := banning("resets", 1)
			net.rtt = func(r look.Result) time.Duration {
				if r.State == look.Closed {
					return rtt
				}
				return 40 * time.Millisecond
			}
			v := runOn(t, New(Config{Vantage: net, Limits: DefaultLimits}), "", "22", defaults)
			if diff := cmp.Diff(want, told(v)); diff != "" {
				t.Errorf("reset after %s (-want +got)\n%s", rtt, diff)
			}
		})
	}
}

// TestFarHostBehindNearResets: the time that a near firewall takes for a reset is no
// measure of how long to wait for the host.
func TestFarHostBehindNearResets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &scripted{state: func(at look.Target, timeout, _ time.Duration) (look.State, look.Reason) {
			switch port := at.Addr.Port(); {
			case port != 80 && port != 90:
				return look.Closed, look.ConnRefused
			case timeout < 400*time.Millisecond:
				return look.Filtered, look.NoResponse
			}
			return look.Open, look.SynAck
		}, rtt: func(r look.Result) time.Duration {
			if r.State == look.Open {
				return 400 * time.Millisecond
			}
			return time.Millisecond
		}}
		v := runOn(t, New(Config{Vantage: net, Limits: Limits{MaxChecks: 1, MaxHosts: 1}}), "80", "81-90", defaults)
		want := "tcp://192.0.2.1:90 closed open syn-ack unexpected-open"
		if !slices.Contains(told(v), want) {
			t.Errorf("%v, without %q", told(v), want)
		}
	})
}

// TestWhatOtherRunsKnow: runs of one Scanner share what they know of an address, for
// a while.
func TestWhatOtherRunsKnow(t *testing.T) {
	for later, want := range map[time.Duration]string{
		0:              "tcp://192.0.2.1:443 open filtered no-response filtered",
		2 * remembered: "tcp://192.0.2.1:443 open filtered no-response host-down",
	} {
		synctest.Test(t, func(t *testing.T) {
			net := &network{ports: answers{"192.0.2.1:80": {"open"}}}
			s := New(Config{Vantage: net, Limits: DefaultLimits})
			runOn(t, s, "80", "", defaults)
			time.Sleep(later) // on the clock of synctest
			if diff := cmp.Diff([]string{want}, told(runOn(t, s, "443", "", defaults))); diff != "" {
				t.Errorf("after %s (-want +got)\n%s", later, diff)
			}
		})
	}
}

// TestBanEnds: what an address did under a ban is forgotten when it answers again.
func TestBanEnds(t *testing.T) {
	for way := range bans {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var until time.Duration
				looks := 0
				net := &scripted{state: func(_ look.Target, _, since time.Duration) (look.State, look.Reason) {
					if looks++; looks > 10 && since < until {
						return bans[way].state, bans[way].reason
					}
					return look.Open, look.SynAck
				}}
				until = time.Minute
				s := New(Config{Vantage: net, Limits: DefaultLimits})
				runOn(t, s, "", "1-20", defaults)
				time.Sleep(until) // on the clock of synctest
				if got := causesOf(runOn(t, s, "", "1-20", defaults)); got["unexpected-open"] != 20 {
					t.Error(got)
				}
			})
		})
	}
}

// TestStoppedBetweenRuns: a service that is stopped between two runs does not make
// the refusals of the second inconclusive.
func TestStoppedBetweenRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{ports: answers{"192.0.2.1:80": {"open", "closed"}}}
		for port := range 100 {
			net.ports[fmt.Sprint("192.0.2.1:", 1000+port)] = []string{"closed"}
		}
		s := New(Config{Vantage: net, Limits: DefaultLimits})
		runOn(t, s, "80", "", defaults)
		if got := causesOf(runOn(t, s, "80", "1000-1099", defaults)); len(got) != 1 || got["service-down"] != 1 {
			t.Error(got)
		}
	})
}

// TestManyStoppedBetweenRuns: several services that are stopped between two runs are
// down for the second if it expects them, and closed as declared if it does not.
func TestManyStoppedBetweenRuns(t *testing.T) {
	for name, tt := range map[string]struct {
		open, closed string
		want         map[string]int
	}{
		"expected":                        {"80 443", "", map[string]int{"service-down": 2}},
		"expected, with a new one":        {"80 443 8443", "", map[string]int{"service-down": 3}},
		"closed on purpose":               {"", "80 443", map[string]int{}},
		"closed on purpose, with a sweep": {"", "80 443 1000-1099", map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var stopped bool
				net := &scripted{state: func(at look.Target, _, _ time.Duration) (look.State, look.Reason) {
					if port := at.Addr.Port(); !stopped && (port == 80 || port == 443) {
						return look.Open, look.SynAck
					}
					return look.Closed, look.ConnRefused
				}}
				s := New(Config{Vantage: net, Limits: DefaultLimits})
				runOn(t, s, "80 443", "", defaults)
				stopped = true
				if diff := cmp.Diff(tt.want, causesOf(runOn(t, s, tt.open, tt.closed, defaults))); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		})
	}
}

// TestDroppedBetweenRuns: a rule that begins to drop what was open, between two runs,
// stops no host that still answers elsewhere.
func TestDroppedBetweenRuns(t *testing.T) {
	for name, tt := range map[string]struct {
		open, closed string
		want         map[string]int
	}{
		"on purpose":           {"22", "80 443", map[string]int{}},
		"on purpose, a sweep":  {"22", "80 443 1000-1099", map[string]int{}},
		"by mistake":           {"22 80 443", "1000-1099", map[string]int{"filtered": 2}},
		"by mistake, few":      {"22 80 443", "1000", map[string]int{"filtered": 2}},
		"nothing else is open": {"", "22 80 443", map[string]int{"unexpected-open": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var dropped bool
				net := &scripted{state: func(at look.Target, _, _ time.Duration) (look.State, look.Reason) {
					switch port := at.Addr.Port(); {
					case port == 22, !dropped && (port == 80 || port == 443):
						return look.Open, look.SynAck
					}
					return look.Filtered, look.NoResponse
				}}
				s := New(Config{Vantage: net, Limits: DefaultLimits})
				for _, port := range []string{"80", "443", "22"} {
					runOn(t, s, port, "", defaults)
				}
				dropped = true
				if diff := cmp.Diff(tt.want, causesOf(runOn(t, s, tt.open, tt.closed, defaults))); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		})
	}
}
