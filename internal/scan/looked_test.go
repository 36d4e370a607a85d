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
		net    *network
		hosts  string
		open   string
		closed string
		want   []string
	}{
		"first looks, a re-check, and what still answers": {
			net: &network{
				names: answers{"web": {"192.0.2.1"}},
				ports: answers{"192.0.2.1:80": {"open"}, "192.0.2.1:22": {"closed"}},
			},
			hosts:  "web",
			open:   "80 81",
			closed: "22",
			want: []string{
				"tcp://192.0.2.1:80 open", // does it still answer?
				"tcp://web:22 closed",
				"tcp://web:80 open",
				"tcp://web:81 filtered", "tcp://web:81 filtered",
			},
		},
		"looks that this machine was too exhausted for": {
			net:   &network{ports: answers{"192.0.2.1:80": {"no-buffer", "no-buffer", "open"}}},
			hosts: "192.0.2.1",
			open:  "80",
			want: []string{
				"tcp://192.0.2.1:80 open",
				"tcp://192.0.2.1:80 unknown", "tcp://192.0.2.1:80 unknown",
			},
		},
		"control endpoints": {
			net:   &network{},
			hosts: "192.0.2.1",
			open:  "80",
			want: []string{
				"tcp://192.0.2.1:80 filtered", "tcp://192.0.2.1:80 filtered",
				"tcp://192.0.2.53:53 filtered", "tcp://192.0.2.53:53 filtered",
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
				s := New(Config{Vantage: tt.net, Limits: DefaultLimits, Control: []endpoint.Control{{Endpoint: control}}})
				if _, err := s.Run(t.Context(), declare(t, tt.hosts, tt.open, tt.closed), o); err != nil {
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
