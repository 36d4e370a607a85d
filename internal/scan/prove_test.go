package scan

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestRunFiltered: silence passes for a port declared filtered only where something
// shows that it is a filter's.
func TestRunFiltered(t *testing.T) {
	const web, db = "192.0.2.1", "192.0.2.2"
	control := []endpoint.Control{{Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: "192.0.2.9", Port: 53}}}
	up := func(ports answers) answers {
		ports["192.0.2.9:53"] = []string{"open"}
		return ports
	}
	testRuns(t, []runTest{
		{
			name: "nothing answers at all: no one knows", net: &network{}, hosts: web, filtered: "22", options: noRechecks,
			want: []string{"tcp://192.0.2.1:22 filtered unknown no-response host-down"},
		}, {
			name: "an open port of the host", net: &network{ports: answers{web + ":80": {"open"}}}, hosts: web, open: "80", filtered: "22",
			want: []string{"tcp://192.0.2.1:80 open open syn-ack"},
		}, {
			name: "a closed port of the host", net: &network{ports: answers{web + ":80": {"closed"}}}, hosts: web, closed: "80", filtered: "22",
		}, {
			name: "a port that only another filter hides is no sign of life", net: &network{ports: answers{web + ":80": {"admin-prohibited"}}}, hosts: web,
			closed: "80", filtered: "22", options: noRechecks,
			want: []string{"tcp://192.0.2.1:22 filtered unknown no-response host-down"},
		}, {
			name: "an open port of another host", net: &network{ports: answers{db + ":22": {"admin-prohibited"}, db + ":80": {"open"}}}, hosts: web + " " + db,
			filtered: "22", closed: "80", options: noRechecks,
			want: []string{"tcp://192.0.2.1:22 filtered unknown no-response host-down", "tcp://192.0.2.2:80 closed open syn-ack unexpected-open"},
		}, {
			name: "ping", net: &network{pings: map[string]bool{web: true}}, hosts: web, filtered: "22",
		}, {
			name: "control", net: &network{ports: up(answers{})}, hosts: web, filtered: "22", control: control,
			want: []string{"tcp://192.0.2.1:22 filtered filtered no-response unproven"},
		}, {
			name: "control of a place that is cut off", net: &network{}, hosts: web, filtered: "22", control: control, options: noRechecks,
			want: []string{"tcp://192.0.2.1:22 filtered unknown no-response prober-offline"},
		}, {
			name: "an ICMP error by rule is its own proof", net: &network{ports: answers{web + ":22": {"admin-prohibited"}}}, hosts: web, filtered: "22",
		}, {
			name: "a network that is unreachable is none", net: &network{ports: answers{web + ":22": {"net-unreach"}}}, hosts: web, filtered: "22", options: noRechecks,
			want: []string{"tcp://192.0.2.1:22 filtered unknown net-unreach host-down"},
		}, {
			name: "nor is it where the place works", net: &network{ports: up(answers{web + ":22": {"net-unreach"}})}, hosts: web, filtered: "22", control: control,
			want: []string{"tcp://192.0.2.1:22 filtered filtered net-unreach unproven"},
		}, {
			name: "a host that is down, though the place works", net: &network{ports: up(answers{web + ":22": {"host-unreach"}})}, hosts: web, filtered: "22",
			control: control, options: noRechecks,
			want: []string{"tcp://192.0.2.1:22 filtered unknown host-unreach host-down"},
		}, {
			name: "a host that is not, though an ICMP error says so", net: &network{ports: answers{web + ":22": {"host-unreach"}, web + ":80": {"open"}}}, hosts: web,
			open: "80", filtered: "22",
			want: []string{"tcp://192.0.2.1:80 open open syn-ack"},
		}, {
			name: "refused and open", net: &network{ports: answers{web + ":22": {"closed"}, web + ":80": {"open"}}}, hosts: web, filtered: "22 80",
			want: []string{"tcp://192.0.2.1:22 filtered closed conn-refused not-filtered", "tcp://192.0.2.1:80 filtered open syn-ack unexpected-open"},
		}, {
			name: "a rule that takes effect, while ping answers", net: &network{ports: answers{web + ":22": {"closed", "closed", "closed", "silent"}}, pings: map[string]bool{web: true}},
			hosts: web, filtered: "22", options: until(time.Minute),
			want: []string{"tcp://192.0.2.1:22 filtered filtered no-response was closed"},
		}, {
			name: "a host that goes down under the looks", net: &network{ports: answers{web + ":22": {"closed", "silent"}}}, hosts: web, filtered: "22",
			want: []string{"tcp://192.0.2.1:22 filtered unknown no-response stopped-answering"},
		}, {
			name: "a host that comes up later", net: &network{ports: answers{web + ":80": {"silent", "silent", "silent", "silent", "open"}}}, hosts: web,
			open: "80", filtered: "22", options: until(2 * time.Minute),
			want: []string{"tcp://192.0.2.1:80 open open syn-ack was filtered"},
		}, {
			name: "faults of this machine", net: &network{ports: answers{web + ":22": {"perm-denied"}, web + ":23": {"no-route"}, web + ":80": {"open"}}}, hosts: web,
			open: "80", filtered: "22-23", options: noRechecks,
			want: []string{
				"tcp://192.0.2.1:22 filtered unknown perm-denied prober-filtered",
				"tcp://192.0.2.1:23 filtered unknown no-route prober-offline",
				"tcp://192.0.2.1:80 open open syn-ack",
			},
		}, {
			name: "a name that does not resolve", net: &network{}, hosts: "gone", filtered: "22", options: noRechecks,
			want: []string{"tcp://gone:22 filtered unknown no-such-host not-resolvable"},
		}, {
			name: "a place that does not tell", net: &network{ports: answers{web + ":22": {"not-told"}, web + ":23": {"not-told"}}}, hosts: web, filtered: "22", unfiltered: "23",
			options: noRechecks,
			want:    []string{"tcp://192.0.2.1:22 filtered unknown not-told not-open", "tcp://192.0.2.1:23 unfiltered unknown not-told not-open"},
		}, {
			name: "one address of a name is down", net: &network{ports: answers{web + ":80": {"open"}}, names: answers{"both": {web, db}}}, hosts: "both", filtered: "22", closed: "80", options: noRechecks,
			want: []string{"tcp://both:22 filtered unknown no-response host-down", "tcp://both:80 closed open syn-ack unexpected-open"},
		},
	})
}

// TestRunUnfiltered: packets must get through, to whatever port.
func TestRunUnfiltered(t *testing.T) {
	const web = "192.0.2.1"
	testRuns(t, []runTest{{
		name: "open, closed and neither", net: &network{ports: answers{web + ":1": {"open"}, web + ":2": {"closed"}, web + ":4": {"admin-prohibited"}}}, hosts: web, unfiltered: "1-4",
		want: []string{
			"tcp://192.0.2.1:1 unfiltered open syn-ack",
			"tcp://192.0.2.1:2 unfiltered closed conn-refused",
			"tcp://192.0.2.1:3 unfiltered filtered no-response filtered",
			"tcp://192.0.2.1:4 unfiltered filtered admin-prohibited rejected",
		},
	}, {
		name: "a host that is down", net: &network{}, hosts: web, unfiltered: "1", options: noRechecks,
		want: []string{"tcp://192.0.2.1:1 unfiltered filtered no-response host-down"},
	}, {
		name: "a rule that takes effect", net: &network{ports: answers{web + ":1": {"silent", "silent", "silent", "closed"}}}, hosts: web, unfiltered: "1", options: until(time.Minute),
		want: []string{"tcp://192.0.2.1:1 unfiltered closed conn-refused was filtered"},
	}})
}

// atHome is a network that this machine looks at.
type atHome struct{ *network }

func (atHome) Name() string { return endpoint.Local }

// TestSilentPortIsConfirmed: the second look at a silent port that is to be filtered
// has time for a SYN to be sent again, which shows a filter of our own, and, where
// another system may look, for a refusal that is told late.
func TestSilentPortIsConfirmed(t *testing.T) {
	net := func() *network {
		return &network{rtt: 10 * time.Millisecond, ports: answers{"192.0.2.1:80": {"open"}}}
	}
	here, there := net(), net()
	second := "110ms 192.0.2.1:22 1.2s"
	if runtime.GOOS == "windows" {
		second = "110ms 192.0.2.1:22 2.5s"
	}
	for _, tt := range []struct {
		place Vantage
		net   *network
		want  string
	}{{atHome{here}, here, second}, {there, there, "110ms 192.0.2.1:22 2.5s"}} {
		synctest.Test(t, func(t *testing.T) {
			s := New(Config{Vantage: tt.place, Limits: Limits{MaxChecks: 1, MaxHosts: 1}})
			_, err := s.Run(t.Context(), declareAll(t, "192.0.2.1", map[endpoint.Want]string{endpoint.WantOpen: "80", endpoint.WantFiltered: "22"}), defaults)
			if err != nil {
				t.Fatal(err)
			}
			if looks := tt.net.looks; len(looks) < 3 || looks[1] != "10ms 192.0.2.1:22 100ms" || looks[2] != tt.want {
				t.Errorf("%q", looks)
			}
		})
	}
}

// TestLateRefusal: a refusal that is told after two seconds is no silence, however
// short the time-out.
func TestLateRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := &scripted{state: func(at look.Target, timeout, _ time.Duration) (look.State, look.Reason) {
			switch {
			case at.Addr.Port() == 80:
				return look.Open, look.SynAck
			case timeout > 2*time.Second:
				return look.Closed, look.ConnRefused
			}
			return look.Filtered, look.NoResponse
		}}
		s := New(Config{Vantage: late, Limits: DefaultLimits})
		o := Options{Timeout: 300 * time.Millisecond, Rechecks: 1}
		v, err := s.Run(t.Context(), declareAll(t, "192.0.2.1", map[endpoint.Want]string{endpoint.WantOpen: "80", endpoint.WantFiltered: "22"}), o)
		if err != nil || len(v.Failures()) != 1 || v.Failures()[0].Cause != "not-filtered" {
			t.Error(told(v), err)
		}
	})
}

// TestBanIsNotFiltered: ports declared filtered that nothing filters never pass because
// a device bans us while we look, even where control endpoints answer.
func TestBanIsNotFiltered(t *testing.T) {
	control := endpoint.Endpoint{Scheme: endpoint.TCP, Host: "192.0.2.9", Port: 53}
	for _, state := range []look.State{look.Open, look.Closed} {
		for _, ports := range []int{16, 40, 300} {
			for _, after := range []int{1, 15, 16, 39} {
				if after > ports {
					continue
				}
				t.Run(fmt.Sprintf("%s, %d of %d ports", state, after, ports), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						looks := 0
						net := &scripted{state: func(at look.Target, _, _ time.Duration) (look.State, look.Reason) {
							if at.Addr.Addr().String() == string(control.Host) {
								return look.Open, look.SynAck
							}
							if looks++; looks > after {
								return look.Filtered, look.NoResponse
							}
							if state == look.Open {
								return state, look.SynAck
							}
							return state, look.ConnRefused
						}}
						s := New(Config{Vantage: net, Limits: DefaultLimits, Control: []endpoint.Control{{Endpoint: control}}})
						v, err := s.Run(t.Context(), declareAll(t, "192.0.2.1", map[endpoint.Want]string{endpoint.WantFiltered: fmt.Sprintf("1-%d", ports)}), defaults)
						if err != nil || len(v.Failures()) == 0 {
							t.Error("passed:", told(v), err)
						}
					})
				})
			}
		}
	}
}
