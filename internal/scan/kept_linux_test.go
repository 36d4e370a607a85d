package scan

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// TestKept: what the packet filter of this machine does is neither a failure nor a
// pass, and what another port of the same host does remains either.
func TestKept(t *testing.T) {
	host := porttest.ServerAddr(1)
	counters, err := os.ReadFile("/proc/net/snmp")
	held := err == nil && bytes.Contains(counters, []byte("OutTransmits")) // see probe
	for _, tt := range []struct {
		name  string
		hook  string
		rule  string
		ports map[endpoint.Want]string
		want  []string
		held  bool
	}{
		{
			"closed, dropped on the way out", "output", "tcp dport 81 drop",
			map[endpoint.Want]string{endpoint.WantOpen: "80", endpoint.WantClosed: "81 82"}, []string{"tcp://198.51.100.1:81 closed unknown perm-denied prober-filtered"}, true,
		},
		{
			"closed, the answers dropped", "input", "tcp sport 81 drop",
			map[endpoint.Want]string{endpoint.WantOpen: "80", endpoint.WantClosed: "81 82"}, []string{"tcp://198.51.100.1:81 closed unknown answers-dropped prober-filtered"}, false,
		},
		{
			"closed, reset on the way out", "output", "tcp dport 81 reject with tcp reset",
			map[endpoint.Want]string{endpoint.WantOpen: "80", endpoint.WantClosed: "81 82"}, []string{"tcp://198.51.100.1:81 closed unknown perm-denied prober-filtered"}, false,
		},
		{
			"filtered, the answers dropped", "input", "tcp sport 81 drop",
			map[endpoint.Want]string{endpoint.WantOpen: "80", endpoint.WantFiltered: "81"}, []string{"tcp://198.51.100.1:81 filtered unknown answers-dropped prober-filtered"}, false,
		},
		{
			"open, reset on the way out", "output", "tcp dport 81 reject with tcp reset",
			map[endpoint.Want]string{endpoint.WantOpen: "80 81", endpoint.WantUnfiltered: "82"}, []string{"tcp://198.51.100.1:81 open unknown perm-denied prober-filtered"}, false,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.held && !held {
				t.Skip("this kernel does not count what it sends")
			}
			lab := porttest.NewLab(t)
			for _, port := range []uint16{80, 81} {
				lab.Listen(endpoint.Endpoint{Port: port}.AddrPort(host), porttest.AcceptClose)
			}
			lab.NFT(porttest.Prober, "add table inet kept\nadd chain inet kept c { type filter hook "+tt.hook+" priority 0; }\nadd rule inet kept c "+tt.rule+"\n")
			t.Cleanup(func() { lab.NFT(porttest.Prober, "delete table inet kept\n") })
			o := Options{Timeout: time.Second}
			v, err := New(Config{Vantage: From(probe.Prober{}), Limits: DefaultLimits}).Run(t.Context(), declareAll(t, host.String(), tt.ports), o)
			if err != nil {
				t.Fatal(err)
			}
			v.Findings = v.Failures()
			if diff := cmp.Diff(tt.want, told(v)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestKeptOfManyHosts: what this machine drops is inconclusive at each of many silent
// hosts, also where the time-out is too short for a SYN to be sent again.
func TestKeptOfManyHosts(t *testing.T) {
	for _, tt := range []struct {
		name, rule string
		hosts      int
		open       string
		timeout    time.Duration
		want       string
	}{
		{"answers dropped", "hook input priority 0; }\nadd rule inet kept c tcp sport 1-100 drop\n", 20, "80", time.Second, "unknown answers-dropped prober-filtered"},
		{"dropped on the way out, in a short time", "hook output priority 0; }\nadd rule inet kept c tcp dport 1-100 drop\n", 5, "1-60", 700 * time.Millisecond, "unknown perm-denied prober-filtered"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lab := porttest.NewLab(t)
			lab.ListenAll(80, porttest.AcceptClose)
			lab.NFT(porttest.Prober, "add table inet kept\nadd chain inet kept c { type filter "+tt.rule)
			t.Cleanup(func() { lab.NFT(porttest.Prober, "delete table inet kept\n") })
			o := Options{Timeout: tt.timeout, Rechecks: 1, RecheckInterval: 100 * time.Millisecond}
			scans := New(Config{Vantage: From(probe.Prober{}), Limits: DefaultLimits})
			v, err := scans.Run(t.Context(), declare(t, strings.Join(manyHosts(tt.hosts), " "), tt.open, ""), o)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range v.Findings {
				if got := fmt.Sprintf("%s %s %s", f.Last.State, f.Last.Reason, f.Cause); got != tt.want {
					t.Errorf("%s: %s", f.Endpoint, got)
				}
			}
		})
	}
}
