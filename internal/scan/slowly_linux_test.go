package scan

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// TestLimitedErrors: all that one rule rejects has one cause, however few ICMP errors
// its router sends, and so have all closed UDP ports of a host.
func TestLimitedErrors(t *testing.T) {
	for _, tt := range []struct {
		name, open string
		rule       porttest.Rule
		want       map[string]int
	}{
		{"rejected by the router", "1000-1059", porttest.RejectAdmin, map[string]int{"filtered admin-prohibited rejected": 60}},
		{"closed UDP ports", "1000-1039/udp", porttest.Accept, map[string]int{"closed port-unreach service-down": 40}},
		{"dropped", "1000-1059", porttest.Drop, map[string]int{"filtered no-response prober-blocked": 60}},
	} {
		for _, host := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr6(1)} {
			t.Run(fmt.Sprintf("%s, %s", tt.name, host), func(t *testing.T) {
				lab := porttest.NewLab(t)
				lab.LimitICMP()
				lab.SetAll(porttest.Router, host, tt.rule)
				began := time.Now()
				o := Options{Timeout: 2 * time.Second, Rechecks: 1, RecheckInterval: 100 * time.Millisecond}
				v, err := New(Config{Vantage: From(probe.Prober{}), Limits: DefaultLimits}).Run(t.Context(), declare(t, host.String(), tt.open, ""), o)
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]int{}
				for _, f := range v.Failures() {
					got[fmt.Sprintf("%s %s %s", f.Last.State, f.Last.Reason, f.Cause)]++
				}
				t.Logf("after %s", time.Since(began).Round(100*time.Millisecond))
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	}
}
