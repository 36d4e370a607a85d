package scan

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// TestLooked: whoever follows a run is told of every look that the network saw,
// once each, under the endpoint's declared name where it has one.
func TestLooked(t *testing.T) {
	for name, tt := range map[string]struct {
		net          *network
		hosts        string
		open, closed string
		want         []string
	}{
		"first looks, a re-check, and what still answers": {
			&network{names: map[string][]string{"web": {"192.0.2.1"}}, ports: map[string][]string{"192.0.2.1:80": {"open"}, "192.0.2.1:22": {"closed"}}}, "web", "80 81", "22",
			[]string{
				"tcp://192.0.2.1:80 open", // does it still answer?
				"tcp://web:22 closed",
				"tcp://web:80 open",
				"tcp://web:81 filtered", "tcp://web:81 filtered",
			},
		},
		"looks that this machine was too exhausted for": {
			&network{ports: map[string][]string{"192.0.2.1:80": {"no-buffer", "no-buffer", "open"}}}, "192.0.2.1", "80", "",
			[]string{"tcp://192.0.2.1:80 open", "tcp://192.0.2.1:80 unknown", "tcp://192.0.2.1:80 unknown"},
		},
		"control endpoints": {
			&network{}, "192.0.2.1", "80", "",
			[]string{
				"tcp://192.0.2.1:80 filtered", "tcp://192.0.2.1:80 filtered",
				"tcp://192.0.2.9:53 filtered", "tcp://192.0.2.9:53 filtered",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var got []string
				o := defaults
				o.Looked = func(l Look) {
					mu.Lock()
					defer mu.Unlock()
					got = append(got, l.Endpoint.String()+" "+string(l.State))
				}
				control := []endpoint.Endpoint{{Scheme: endpoint.TCP, Host: "192.0.2.9", Port: 53}}
				if _, err := New(Config{Vantage: tt.net, Limits: DefaultLimits, Control: control}).Run(t.Context(), declare(t, tt.hosts, tt.open, tt.closed), o); err != nil {
					t.Fatal(err)
				}
				if len(got) != len(tt.net.looks) {
					t.Errorf("told of %d looks, the network saw %d", len(got), len(tt.net.looks))
				}
				slices.Sort(got)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		})
	}
}
