package scan

import (
	"testing"
	"time"
)

// TestRunAddresses: a name stands for all its addresses, or for the best of them.
func TestRunAddresses(t *testing.T) {
	testRuns(t, []runTest{
		{
			name: "every address counts",
			net: &network{
				rtt:   10 * time.Millisecond,
				names: answers{"web": {"192.0.2.2", "192.0.2.1"}},
				ports: answers{"192.0.2.1:80": {"open"}, "192.0.2.2:80": {"closed"}},
			},
			hosts:  "web",
			open:   "80",
			closed: "22",
			want:   []string{"tcp://web:80 open closed conn-refused service-down"},
			looks: []string{
				"0s 192.0.2.1:80 5s", "0s 192.0.2.1:22 5s", "0s 192.0.2.2:80 5s", "0s 192.0.2.2:22 5s",
				"5s 192.0.2.1:80 100ms", "5s 192.0.2.2:80 100ms", // port 22 is silent: do they still answer?
				"5.01s 192.0.2.1:22 200ms", "5.01s 192.0.2.2:22 200ms", // and is it?
				"6.21s 192.0.2.2:80 10s",
			},
		}, {
			name: "or one is enough",
			net: &network{
				names: answers{"web": {"192.0.2.1", "192.0.2.2"}},
				ports: answers{"192.0.2.1:80": {"open"}, "192.0.2.2:80": {"closed"}, "192.0.2.1:22": {"open"}},
			},
			hosts:   "web",
			open:    "80",
			closed:  "22",
			options: func(o *Options) { o.OneIsEnough = true },
			want:    []string{"tcp://web:80 open open syn-ack"},
		}, {
			name: "of two addresses one is dead",
			net: &network{
				names: answers{"web": {"192.0.2.1", "192.0.2.2"}},
				ports: answers{"192.0.2.1:80": {"open"}, "192.0.2.1:443": {"open"}},
			},
			hosts: "web",
			open:  "80 443",
			want:  []string{"tcp://web:80 open filtered no-response host-down", "tcp://web:443 open filtered no-response host-down"},
		}, {
			name: "the router says so, of a stale IPv6 address",
			net: &network{
				names: answers{"web": {"192.0.2.1", "2001:db8::1"}},
				ports: answers{"192.0.2.1:80": {"open"}, "[2001:db8::1]:80": {"host-unreach"}},
			},
			hosts: "web",
			open:  "80",
			want:  []string{"tcp://web:80 open filtered host-unreach host-down"},
		}, {
			name: "of two addresses one answers ping alone",
			net: &network{
				names: answers{"web": {"192.0.2.1", "192.0.2.2"}},
				ports: answers{"192.0.2.1:80": {"open"}, "192.0.2.1:443": {"open"}},
				pings: map[string]bool{"192.0.2.2": true},
			},
			hosts: "web",
			open:  "80 443",
			want:  []string{"tcp://web:80 open filtered no-response prober-blocked", "tcp://web:443 open filtered no-response prober-blocked"},
		}, {
			name: "an address that is known by another name",
			net: &network{
				names: answers{"web": {"192.0.2.1"}, "www": {"192.0.2.1"}},
				ports: answers{"192.0.2.1:80": {"open"}},
			},
			hosts: "web www",
			open:  "80 443",
			want: []string{
				"tcp://web:80 open open syn-ack", "tcp://web:443 open filtered no-response filtered",
				"tcp://www:80 open open syn-ack", "tcp://www:443 open filtered no-response filtered",
			},
		}, {
			name: "flapping at a later address",
			net: &network{
				names: answers{"web": {"192.0.2.1", "192.0.2.2"}},
				ports: answers{"192.0.2.1:80": {"open"}, "192.0.2.2:80": {"closed", "open"}},
			},
			hosts: "web",
			open:  "80",
			want:  []string{"tcp://web:80 open open syn-ack was closed"},
		},
	})
}

// TestRunFamilies: a family that the prober has no route to is left out where a
// host has addresses of the other.
func TestRunFamilies(t *testing.T) {
	testRuns(t, []runTest{
		{
			name: "a family without a route is left out",
			net: &network{
				names: answers{"web": {"192.0.2.1", "2001:db8::1"}},
				ports: answers{"192.0.2.1:80": {"open"}, "[2001:db8::1]:80": {"no-route"}},
			},
			hosts: "web",
			open:  "80",
			want:  []string{"tcp://web:80 open open syn-ack"},
		}, {
			name: "so it is of a port declared closed",
			net: &network{
				names: answers{"web": {"192.0.2.1", "2001:db8::1"}},
				ports: answers{"192.0.2.1:22": {"closed"}, "[2001:db8::1]:22": {"no-route"}},
			},
			hosts:  "web",
			closed: "22",
		}, {
			name: "a route that a router does not have is an answer",
			net: &network{
				names: answers{"web": {"192.0.2.1", "2001:db8::1"}},
				ports: answers{"192.0.2.1:80": {"open"}, "[2001:db8::1]:80": {"filtered no-route"}},
			},
			hosts: "web",
			open:  "80",
			want:  []string{"tcp://web:80 open filtered no-route rejected"},
		}, {
			name: "one address of a family without a route is not left out",
			net: &network{
				names: answers{"web": {"192.0.2.1", "192.0.2.2"}},
				ports: answers{"192.0.2.1:80": {"open"}, "192.0.2.2:80": {"no-route"}},
			},
			hosts: "web",
			open:  "80",
			want:  []string{"tcp://web:80 open unknown no-route prober-offline"},
		}, {
			name: "an IP version",
			net: &network{
				names: answers{"web": {"192.0.2.1", "2001:db8::1"}},
				ports: answers{"[2001:db8::1]:80": {"open"}},
			},
			hosts:   "web 192.0.2.9",
			open:    "80",
			options: func(o *Options) { o.IPVersion = 6 },
			want: []string{
				"tcp://192.0.2.9:80 open unknown no-address not-resolvable",
				"tcp://web:80 open open syn-ack",
			},
		},
	})
}

// TestRunNames: names that do not resolve are no evidence, and are tried again.
func TestRunNames(t *testing.T) {
	testRuns(t, []runTest{
		{
			name:   "names that do not resolve are inconclusive",
			net:    &network{},
			hosts:  "gone",
			open:   "80",
			closed: "22",
			want: []string{
				"tcp://gone:22 closed unknown no-such-host not-resolvable",
				"tcp://gone:80 open unknown no-such-host not-resolvable",
			},
		}, {
			name: "a name that resolves at the second try",
			net: &network{
				names: answers{"new": {"later", "192.0.2.1"}},
				ports: answers{"192.0.2.1:80": {"open"}},
			},
			hosts: "new",
			open:  "80",
			want:  []string{"tcp://new:80 open open syn-ack"},
		},
	})
}
