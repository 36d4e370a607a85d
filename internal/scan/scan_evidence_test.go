package scan

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// control is an endpoint that tells whether this place is cut off.
var control = endpoint.Endpoint{Scheme: endpoint.TCP, Host: "192.0.2.53", Port: 53}

// TestRunSilence: what a host says elsewhere tells what its silence means.
func TestRunSilence(t *testing.T) {
	testRuns(t, []runTest{
		{
			name:    "hosts of which no port answers, but ping",
			net:     &network{pings: map[string]bool{"192.0.2.1": true}},
			hosts:   "192.0.2.1 192.0.2.2",
			open:    "80 443",
			options: noRechecks,
			want: []string{
				"tcp://192.0.2.1:80 open filtered no-response prober-blocked",
				"tcp://192.0.2.1:443 open filtered no-response prober-blocked",
				"tcp://192.0.2.2:80 open filtered no-response host-down",
				"tcp://192.0.2.2:443 open filtered no-response host-down",
			},
		}, {
			name:    "one port is no evidence of a block, whatever is to be spoken there",
			net:     &network{pings: map[string]bool{"192.0.2.1": true, "192.0.2.2": true}},
			hosts:   "192.0.2.1",
			open:    "443 443/https 53/udp",
			options: noRechecks,
			want: []string{
				"https://192.0.2.1:443 open filtered no-response filtered",
				"tcp://192.0.2.1:443 open filtered no-response filtered",
				"udp://192.0.2.1:53 open open|filtered no-response filtered",
			},
		}, {
			name:    "ports declared closed are evidence of a block too",
			net:     &network{pings: map[string]bool{"192.0.2.1": true}},
			hosts:   "192.0.2.1",
			open:    "443",
			closed:  "22",
			options: noRechecks,
			want:    []string{"tcp://192.0.2.1:443 open filtered no-response prober-blocked"},
		}, {
			name:   "unexpectedly open, silence is as declared",
			net:    &network{ports: answers{"192.0.2.1:22": {"open"}}},
			hosts:  "192.0.2.1",
			closed: "22 23",
			want:   []string{"tcp://192.0.2.1:22 closed open syn-ack unexpected-open"},
		}, {
			name: "the prober's own faults are inconclusive, whatever came before",
			net: &network{ports: answers{
				"192.0.2.1:80": {"closed", "no-descriptor"},
				"192.0.2.1:81": {"no-route"},
				"192.0.2.1:82": {"no-descriptor", "open"},
			}},
			hosts: "192.0.2.1",
			open:  "80 81 82",
			want: []string{
				"tcp://192.0.2.1:80 open unknown no-descriptor prober-exhausted",
				"tcp://192.0.2.1:81 open unknown no-route prober-offline",
				"tcp://192.0.2.1:82 open open syn-ack",
			},
		},
	})
}

// TestRunControl: when nothing answers, the control endpoints tell whether that is
// evidence.
func TestRunControl(t *testing.T) {
	testRuns(t, []runTest{
		{
			name:    "nothing answers, control neither",
			net:     &network{},
			hosts:   "192.0.2.1 192.0.2.2",
			open:    "80",
			closed:  "22",
			control: []endpoint.Control{{Endpoint: control}},
			want: []string{
				"tcp://192.0.2.1:22 closed unknown no-response prober-offline",
				"tcp://192.0.2.1:80 open unknown no-response prober-offline",
				"tcp://192.0.2.2:22 closed unknown no-response prober-offline",
				"tcp://192.0.2.2:80 open unknown no-response prober-offline",
			},
		}, {
			name:    "silence as declared is no evidence either when control is silent",
			net:     &network{},
			hosts:   "192.0.2.1",
			closed:  "22 53/udp",
			control: []endpoint.Control{{Endpoint: control}},
			want: []string{
				"tcp://192.0.2.1:22 closed unknown no-response prober-offline",
				"udp://192.0.2.1:53 closed unknown no-response prober-offline",
			},
		}, {
			name:    "but it is when control answers",
			net:     &network{ports: answers{"192.0.2.53:53": {"open"}}},
			hosts:   "192.0.2.1",
			closed:  "22 53/udp",
			control: []endpoint.Control{{Endpoint: control}},
		}, {
			name:    "nothing answers, but one of the control endpoints",
			net:     &network{ports: answers{"192.0.2.53:53": {"silent", "open"}}},
			hosts:   "192.0.2.1",
			open:    "80",
			control: []endpoint.Control{{Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: "gone", Port: 53}}, {Endpoint: control}},
			want:    []string{"tcp://192.0.2.1:80 open filtered no-response host-down"},
		}, {
			name:    "a control endpoint that refuses is an answer",
			net:     &network{ports: answers{"192.0.2.53:53": {"closed"}}},
			hosts:   "192.0.2.1",
			open:    "80",
			control: []endpoint.Control{{Endpoint: control}},
			want:    []string{"tcp://192.0.2.1:80 open filtered no-response host-down"},
		}, {
			name:    "something answers: control is not asked",
			net:     &network{ports: answers{"192.0.2.1:80": {"closed"}}},
			hosts:   "192.0.2.1",
			open:    "80",
			options: noRechecks,
			control: []endpoint.Control{{Endpoint: control}},
			want:    []string{"tcp://192.0.2.1:80 open closed conn-refused service-down"},
			looks:   []string{"0s 192.0.2.1:80 5s"},
		},
	})
}

// TestRunUDP: silence of a UDP port says little, and Options.SilentUDPIsOpen says
// what it counts for.
func TestRunUDP(t *testing.T) {
	silentIsOpen := func(o *Options) { o.SilentUDPIsOpen = true }
	testRuns(t, []runTest{
		{
			name:    "an answer, a refusal, silence",
			net:     &network{ports: answers{"192.0.2.1:53": {"open"}, "192.0.2.1:123": {"port-unreach"}}},
			hosts:   "192.0.2.1",
			open:    "53/udp 123/udp 514/udp",
			options: noRechecks,
			want: []string{
				"udp://192.0.2.1:53 open open syn-ack",
				"udp://192.0.2.1:123 open closed port-unreach service-down",
				"udp://192.0.2.1:514 open open|filtered no-response filtered",
			},
			// What answers over UDP is not asked again; what is silent beside a
			// refusal is.
			looks: []string{"0s 192.0.2.1:53 5s", "0s 192.0.2.1:123 5s", "0s 192.0.2.1:514 5s", "6.1s 192.0.2.1:514 1.1s", "8.3s 192.0.2.1:514 1.1s"},
		}, {
			name:    "silence counts as open, a refusal does not, nor silence right after it",
			net:     &network{ports: answers{"192.0.2.1:123": {"port-unreach", "silent"}}},
			hosts:   "192.0.2.1",
			open:    "123/udp 514/udp",
			closed:  "69/udp",
			options: silentIsOpen,
			want: []string{
				"udp://192.0.2.1:69 closed open|filtered no-response unexpected-open",
				"udp://192.0.2.1:123 open closed port-unreach service-down",
				"udp://192.0.2.1:514 open open|filtered no-response",
			},
		}, {
			name:    "two silent looks after it do",
			net:     &network{ports: answers{"192.0.2.1:123": {"port-unreach", "silent"}}},
			hosts:   "192.0.2.1",
			open:    "123/udp",
			options: func(o *Options) { o.SilentUDPIsOpen, o.Rechecks = true, 2 },
			want:    []string{"udp://192.0.2.1:123 open open|filtered no-response was closed"},
		}, {
			name:    "silence counts as open, a service that is silent does not",
			net:     &network{},
			hosts:   "192.0.2.1",
			open:    "53/dns 53/udp",
			options: silentIsOpen,
			want: []string{
				"dns://192.0.2.1:53 open open|filtered no-response host-down",
				"udp://192.0.2.1:53 open open|filtered no-response",
			},
		},
	})
}
