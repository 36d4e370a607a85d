package scan

import (
	"bytes"
	"os"
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
