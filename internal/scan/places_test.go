package scan

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// site is a network seen from a place of its own.
type site struct {
	*network
	name   string
	broken []error       // what Open fails with, one after the other
	dies   time.Duration // after the first look, if not zero
	lives  time.Duration // again, if not zero
	closed atomic.Int64
}

func (s *site) Name() string   { return s.name }
func (s *site) String() string { return "ssh " + s.name + ".example.com" }

func (s *site) Close() error {
	s.closed.Add(1)
	return nil
}

func (s *site) Open(ctx context.Context) (View, error) {
	if err := sleep(ctx, 100*time.Millisecond); err != nil {
		return nil, err
	}
	if len(s.broken) == 0 || s.broken[0] == nil {
		return s, nil
	}
	err := s.broken[0]
	if len(s.broken) > 1 {
		s.broken = s.broken[1:]
	}
	return nil, err
}

// Look notices within its time-out that the place has died.
func (s *site) Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result {
	r := s.network.Look(ctx, t, timeout)
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Since(s.began); s.dies > 0 && now >= s.dies && (s.lives == 0 || now < s.lives) {
		r.State, r.Reason, r.Detail = look.Unknown, look.VantageFailed, "the connection was lost"
	}
	return r
}

// states is a network whose ports are as they are told: "192.0.2.1:80 open".
func states(ports ...string) *network {
	n := &network{rtt: 10 * time.Millisecond, ports: map[string][]string{}}
	for _, p := range ports {
		at, script, _ := strings.Cut(p, " ")
		n.ports[at] = strings.Split(script, ",")
	}
	return n
}

// toldOf is told, with the places.
func toldOf(v verdict.Verdict) []string {
	lines := told(v)
	for i, f := range v.Findings {
		if f.From != "" {
			lines[i] += " from " + f.From
		}
		if f.OpenFrom != "" {
			lines[i] += ", open from " + f.OpenFrom
		}
		if f.Others > 0 {
			lines[i] += fmt.Sprintf(", and %d more", f.Others)
		}
	}
	for _, f := range v.Failed {
		lines = append(lines, fmt.Sprintf("%s (%s) failed for %d: %s", f.Name, f.Description, len(f.Untested), f.Err))
	}
	return lines
}

type lasting struct{ error }

func (lasting) Permanent() bool { return true }

func TestRunFromPlaces(t *testing.T) {
	refuses := []error{errors.New("no way in")}
	tests := []struct {
		name         string
		places       []*site
		open, closed string
		options      func(*Options)
		control      []endpoint.Control
		want         []string
		took         time.Duration // 0: not compared
	}{
		{
			name: "each place sees the same", open: "80 81",
			places: []*site{{name: "local", network: states("192.0.2.1:80 open", "192.0.2.1:81 closed")}, {name: "a", network: states("192.0.2.1:80 open", "192.0.2.1:81 closed")}},
			want: []string{
				"tcp://192.0.2.1:80 open open syn-ack", "tcp://192.0.2.1:80 open open syn-ack from a",
				"tcp://192.0.2.1:81 open closed conn-refused service-down", "tcp://192.0.2.1:81 open closed conn-refused service-down from a",
			},
		}, {
			name: "one place is cut off by a rule, in the order of from", open: "80",
			places: []*site{{name: "b", network: states("192.0.2.1:22 closed")}, {name: "a", network: states("192.0.2.1:80 open")}},
			want:   []string{"tcp://192.0.2.1:80 open filtered no-response filtered-by-source from b, open from a", "tcp://192.0.2.1:80 open open syn-ack from a"},
		}, {
			name: "this machine is", open: "80",
			places: []*site{{name: "local", network: states()}, {name: "a", network: states("192.0.2.1:80 open")}},
			want:   []string{"tcp://192.0.2.1:80 open filtered no-response filtered-by-source, open from a", "tcp://192.0.2.1:80 open open syn-ack from a"},
		}, {
			name: "the other is, and one more port is silent everywhere", open: "80 81",
			places: []*site{{name: "local", network: states("192.0.2.1:80 open")}, {name: "a", network: states()}},
			want: []string{
				"tcp://192.0.2.1:80 open open syn-ack", "tcp://192.0.2.1:80 open filtered no-response filtered-by-source from a, open from local",
				"tcp://192.0.2.1:81 open filtered no-response filtered", "tcp://192.0.2.1:81 open filtered no-response filtered from a",
			},
		}, {
			name: "one place does not open", open: "80 81", closed: "22",
			places: []*site{{name: "a", network: states("192.0.2.1:80 open", "192.0.2.1:81 open")}, {name: "b", network: states(), broken: refuses}},
			want: []string{
				"tcp://192.0.2.1:22 closed unknown vantage-failed vantage-failed from b, and 2 more",
				"tcp://192.0.2.1:80 open open syn-ack from a", "tcp://192.0.2.1:81 open open syn-ack from a",
				"b (ssh b.example.com) failed for 3: no way in",
			},
		}, {
			name: "no place opens", open: "80",
			places: []*site{{name: "a", network: states(), broken: refuses}, {name: "b", network: states(), broken: refuses}},
			want: []string{
				"tcp://192.0.2.1:80 open unknown vantage-failed vantage-failed from a", "tcp://192.0.2.1:80 open unknown vantage-failed vantage-failed from b",
				"a (ssh a.example.com) failed for 1: no way in", "b (ssh b.example.com) failed for 1: no way in",
			},
		}, {
			name: "an apply waits for a place that is made meanwhile", open: "80",
			places:  []*site{{name: "a", network: states("192.0.2.1:80 open"), broken: []error{refuses[0], refuses[0], nil}}},
			options: func(o *Options) { o.Until = time.Now().Add(time.Minute) },
			want:    []string{"tcp://192.0.2.1:80 open open syn-ack from a"},
			took:    100*time.Millisecond + time.Second + 100*time.Millisecond + 2*time.Second + 100*time.Millisecond + 10*time.Millisecond,
		}, {
			name: "but not for a wrong host key", open: "80",
			places:  []*site{{name: "a", network: states("192.0.2.1:80 open"), broken: []error{fmt.Errorf("host key: %w", lasting{errors.New("wrong")}), nil}}},
			options: func(o *Options) { o.Until = time.Now().Add(time.Minute) },
			want:    []string{"tcp://192.0.2.1:80 open unknown vantage-failed vantage-failed from a", "a (ssh a.example.com) failed for 1: host key: wrong"},
			took:    100 * time.Millisecond,
		}, {
			name: "one dies in mid-run: what it saw before stands, its silence does not", open: "80 81 82", closed: "22",
			places: []*site{
				{name: "a", network: states("192.0.2.1:80 open", "192.0.2.1:81 closed", "192.0.2.1:22 closed"), dies: time.Second},
				{name: "b", network: states("192.0.2.1:80 open", "192.0.2.1:81 open", "192.0.2.1:82 open", "192.0.2.1:22 closed")},
			},
			want: []string{
				"tcp://192.0.2.1:80 open open syn-ack from a", "tcp://192.0.2.1:80 open open syn-ack from b",
				"tcp://192.0.2.1:81 open unknown vantage-failed vantage-failed from a, and 1 more", "tcp://192.0.2.1:81 open open syn-ack from b",
				"tcp://192.0.2.1:82 open open syn-ack from b",
				"a (ssh a.example.com) failed for 2: the connection was lost",
			},
		}, {
			name: "dies, and lives again at the re-check", open: "80",
			places: []*site{{name: "a", network: states("192.0.2.1:80 open"), dies: time.Nanosecond, lives: 500 * time.Millisecond}},
			want:   []string{"tcp://192.0.2.1:80 open open syn-ack from a"},
		}, {
			name: "only the question whether the host still answers shows that it died", open: "80 81", closed: "22", options: func(o *Options) { o.Rechecks = 0 },
			places: []*site{{name: "a", network: states("192.0.2.1:80 open"), dies: 5001 * time.Millisecond}},
			want: []string{
				"tcp://192.0.2.1:22 closed unknown vantage-failed vantage-failed from a, and 1 more", "tcp://192.0.2.1:80 open open syn-ack from a",
				"a (ssh a.example.com) failed for 2: the connection was lost",
			},
		}, {
			name: "only control shows that it died", open: "80", closed: "22", options: func(o *Options) { o.Rechecks = 0 },
			control: []endpoint.Control{{Endpoint: control}},
			places:  []*site{{name: "a", network: states(), dies: 5001 * time.Millisecond}, {name: "b", network: states("192.0.2.1:80 open")}},
			want: []string{
				"tcp://192.0.2.1:22 closed unknown vantage-failed vantage-failed from a, and 1 more", "tcp://192.0.2.1:80 open open syn-ack from b",
				"a (ssh a.example.com) failed for 2: the connection was lost",
			},
		}, {
			name: "control is asked from the place in doubt", open: "80",
			control: []endpoint.Control{{Endpoint: control}},
			places:  []*site{{name: "a", network: states()}, {name: "b", network: states("192.0.2.1:80 open", "192.0.2.53:53 open")}},
			want:    []string{"tcp://192.0.2.1:80 open unknown no-response prober-offline from a", "tcp://192.0.2.1:80 open open syn-ack from b"},
		}, {
			name: "control that the place does not let us ask tells nothing", open: "80",
			control: []endpoint.Control{{Endpoint: control}},
			places:  []*site{{name: "a", network: states("192.0.2.53:53 vantage-forbids")}},
			want:    []string{"tcp://192.0.2.1:80 open filtered no-response host-down from a"},
		}, {
			name: "a place without a route to one port works all the same: its silence is evidence", open: "80 81 82",
			places: []*site{{name: "a", network: states("192.0.2.1:80 open", "192.0.2.1:81 vantage-failed")}},
			want: []string{
				"tcp://192.0.2.1:80 open open syn-ack from a", "tcp://192.0.2.1:81 open unknown vantage-failed vantage-failed from a",
				"tcp://192.0.2.1:82 open filtered no-response filtered from a",
			},
		}, {
			name: "so it does if control answers", open: "81 82",
			control: []endpoint.Control{{Endpoint: control}},
			places:  []*site{{name: "a", network: states("192.0.2.53:53 open", "192.0.2.1:81 vantage-failed")}},
			want:    []string{"tcp://192.0.2.1:81 open unknown vantage-failed vantage-failed from a", "tcp://192.0.2.1:82 open filtered no-response host-down from a"},
		}, {
			name: "where nothing shows that it works, its silence is none", open: "81 82", closed: "22",
			places: []*site{{name: "a", network: states("192.0.2.1:81 vantage-failed")}},
			want: []string{
				"tcp://192.0.2.1:22 closed unknown vantage-failed vantage-failed from a, and 2 more",
				"a (ssh a.example.com) failed for 3: ",
			},
		}, {
			name: "what a place forbids is of single endpoints", open: "80 81 82",
			places: []*site{{name: "a", network: states("192.0.2.1:80 vantage-forbids", "192.0.2.1:81 open", "192.0.2.1:82 vantage-forbids")}},
			want: []string{
				"tcp://192.0.2.1:80 open unknown vantage-forbids vantage-failed from a", "tcp://192.0.2.1:81 open open syn-ack from a",
				"tcp://192.0.2.1:82 open unknown vantage-forbids vantage-failed from a",
			},
		}, {
			name: "a place that does not tell", open: "80", closed: "22",
			places: []*site{{name: "a", network: states("192.0.2.1:80 not-told", "192.0.2.1:22 not-told")}},
			want:   []string{"tcp://192.0.2.1:80 open closed|filtered not-told not-open from a"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := defaults
				if tt.options != nil {
					tt.options(&o)
				}
				var scanners []*Scanner
				for _, p := range tt.places {
					scanners = append(scanners, New(Config{Vantage: p, Limits: DefaultLimits, Control: tt.control}))
				}
				began := time.Now()
				v, err := Run(t.Context(), scanners, declare(t, "192.0.2.1", tt.open, tt.closed), o)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); tt.took > 0 && took != tt.took {
					t.Errorf("took %s, want %s", took, tt.took)
				}
				if diff := cmp.Diff(tt.want, toldOf(v)); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if len(v.Places) != len(tt.places) {
					t.Errorf("places %v", v.Places)
				}
			})
		})
	}
}
