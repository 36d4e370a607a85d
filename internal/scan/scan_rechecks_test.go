package scan

import (
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// TestRunRechecks: what is as declared is looked at once, and what is not is
// looked at again.
func TestRunRechecks(t *testing.T) {
	testRuns(t, []runTest{
		{
			name: "what is as declared is looked at once",
			net: &network{
				rtt:   10 * time.Millisecond,
				ports: answers{"192.0.2.1:80": {"open"}, "192.0.2.1:22": {"closed"}},
			},
			hosts:  "192.0.2.1",
			open:   "80",
			closed: "22",
			want:   []string{"tcp://192.0.2.1:80 open open syn-ack"},
			looks:  []string{"0s 192.0.2.1:80 5s", "0s 192.0.2.1:22 5s"},
		}, {
			name:    "a failure is looked at again, with twice the time-out, after a pause",
			net:     &network{ports: answers{"192.0.2.1:80": {"open"}}},
			hosts:   "192.0.2.1",
			open:    "80 81 82",
			options: func(o *Options) { o.Rechecks = 2 },
			want: []string{
				"tcp://192.0.2.1:80 open open syn-ack",
				"tcp://192.0.2.1:81 open filtered no-response filtered",
				"tcp://192.0.2.1:82 open filtered no-response filtered",
			},
			looks: []string{
				"0s 192.0.2.1:80 5s", "0s 192.0.2.1:8x 5s", "0s 192.0.2.1:8x 5s",
				"6s 192.0.2.1:8x 10s", "6.02s 192.0.2.1:8x 10s", // 50 a second
				"17.02s 192.0.2.1:8x 20s", "17.04s 192.0.2.1:8x 20s",
				"37.04s 192.0.2.1:80 5s", // does it still answer?
			},
			alike: strings.NewReplacer(":81", ":8x", ":82", ":8x"),
		}, {
			name:    "no re-check",
			net:     &network{},
			hosts:   "192.0.2.1",
			open:    "80",
			options: noRechecks,
			want:    []string{"tcp://192.0.2.1:80 open filtered no-response host-down"},
			looks:   []string{"0s 192.0.2.1:80 5s"},
		}, {
			name: "flapping ends as declared",
			net: &network{ports: answers{
				"192.0.2.1:80": {"silent", "open"},
				"192.0.2.1:22": {"open", "closed"},
			}},
			hosts:  "192.0.2.1",
			open:   "80",
			closed: "22",
			want: []string{
				"tcp://192.0.2.1:22 closed closed conn-refused was open",
				"tcp://192.0.2.1:80 open open syn-ack was filtered",
			},
		}, {
			name:   "what was found open is asked again for the whole time",
			net:    &network{ports: answers{"192.0.2.1:22": {"open", "silent"}}},
			hosts:  "192.0.2.1",
			closed: "22",
			want:   []string{"tcp://192.0.2.1:22 closed filtered no-response was open"},
			looks:  []string{"0s 192.0.2.1:22 5s", "1s 192.0.2.1:22 10s"},
		},
	})
}

// TestRunUntil: an apply goes on looking for as long as it may.
func TestRunUntil(t *testing.T) {
	testRuns(t, []runTest{
		{
			name:    "backing off, until it is as declared",
			net:     &network{ports: answers{"192.0.2.1:80": {"closed", "closed", "closed", "closed", "open"}}},
			hosts:   "192.0.2.1",
			open:    "80",
			options: until(time.Minute),
			want:    []string{"tcp://192.0.2.1:80 open open syn-ack was closed"},
			looks: []string{
				"0s 192.0.2.1:80 5s",
				"1s 192.0.2.1:80 10s",
				"2s 192.0.2.1:80 10s",
				"4s 192.0.2.1:80 10s",
				"8s 192.0.2.1:80 10s",
			},
		}, {
			name:    "it gives up; a look that the deadline cut says nothing",
			net:     &network{ports: answers{"192.0.2.1:80": {"closed", "closed", "silent"}}},
			hosts:   "192.0.2.1",
			open:    "80",
			options: until(10 * time.Second),
			want:    []string{"tcp://192.0.2.1:80 open closed conn-refused service-down"},
			looks:   []string{"0s 192.0.2.1:80 5s", "1s 192.0.2.1:80 10s", "2s 192.0.2.1:80 10s"},
		}, {
			name:  "a failure that is excused is re-checked, and not waited for",
			net:   &network{ports: answers{"192.0.2.1:80": {"closed"}, "192.0.2.1:81": {"closed", "closed", "open"}}},
			hosts: "192.0.2.1",
			open:  "80 81",
			options: func(o *Options) {
				until(time.Minute)(o)
				o.Waived = func(e endpoint.Endpoint) bool { return e.Port == 80 }
			},
			want: []string{"tcp://192.0.2.1:80 open closed conn-refused service-down", "tcp://192.0.2.1:81 open open syn-ack was closed"},
			looks: []string{"0s 192.0.2.1:8x 5s", "0s 192.0.2.1:8x 5s", "1s 192.0.2.1:8x 10s", "1.02s 192.0.2.1:8x 10s", "2.02s 192.0.2.1:8x 10s",
				"2.02s 192.0.2.1:8x 5s"}, // does it still answer?
			alike: strings.NewReplacer(":80", ":8x", ":81", ":8x"),
		}, {
			name: "it uses its time up",
			net: &network{ports: answers{
				"192.0.2.1:80": {"closed", "closed", "closed", "closed", "closed", "open"},
			}},
			hosts:   "192.0.2.1",
			open:    "80",
			options: until(12 * time.Second),
			want:    []string{"tcp://192.0.2.1:80 open open syn-ack was closed"},
			looks: []string{
				"0s 192.0.2.1:80 5s",
				"1s 192.0.2.1:80 10s",
				"2s 192.0.2.1:80 10s",
				"4s 192.0.2.1:80 10s",
				"8s 192.0.2.1:80 10s",
				"10s 192.0.2.1:80 10s",
			},
		}, {
			name:    "what is declared closed and stays open is not waited for all the time",
			net:     &network{ports: answers{"192.0.2.1:22": {"open"}}},
			hosts:   "192.0.2.1",
			closed:  "22",
			options: until(time.Hour),
			want:    []string{"tcp://192.0.2.1:22 closed open syn-ack unexpected-open"},
			looks: []string{
				"0s 192.0.2.1:22 5s", "1s 192.0.2.1:22 10s", // the re-check
				"2s 192.0.2.1:22 10s", "4s 192.0.2.1:22 10s", "8s 192.0.2.1:22 10s", "13s 192.0.2.1:22 10s",
			},
		}, {
			name: "it is while something else is to open",
			net: &network{ports: answers{
				"192.0.2.1:22": {"open", "open", "open", "open", "open", "open", "open", "closed"},
				"192.0.2.1:80": {"closed", "closed", "closed", "closed", "closed", "closed", "closed", "open"},
			}},
			hosts:   "192.0.2.1",
			open:    "80",
			closed:  "22",
			options: until(time.Hour),
			want:    []string{"tcp://192.0.2.1:22 closed closed conn-refused was open", "tcp://192.0.2.1:80 open open syn-ack was closed"},
		}, {
			name:    "the first look and the re-checks are made however short the time",
			net:     &network{},
			hosts:   "192.0.2.1",
			open:    "80",
			options: until(time.Second),
			want:    []string{"tcp://192.0.2.1:80 open filtered no-response host-down"},
			looks:   []string{"0s 192.0.2.1:80 5s", "6s 192.0.2.1:80 10s"},
		},
	})
}
