package scan

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// TestBanDuringSweep: a host of which everything falls silent under a sweep
// has not shown that its ports are closed.
func TestBanDuringSweep(t *testing.T) {
	refusing := func(ban time.Duration) *network {
		n := &network{rtt: 10 * time.Millisecond, ports: map[string][]string{}, banAfter: 50, banUntil: ban}
		for port := range 10_001 {
			n.ports[fmt.Sprint("192.0.2.1:", port)] = []string{"closed"}
		}
		n.ports["192.0.2.1:80"] = []string{"open"}
		n.ports["192.0.2.1:500"] = []string{"open"}
		return n
	}
	tests := []struct {
		name     string
		ban      time.Duration
		rechecks int
		want     []string // cause, declared, found
		most     int      // looks, of 10,000 ports at two each or more
	}{
		{"for ever", time.Hour, 1, []string{"stopped-answering closed unknown"}, 16_000},
		{"over at the re-check", 8 * time.Second, 1, []string{"unexpected-open closed open"}, 18_000},
		{"nobody looks again", time.Hour, 0, []string{"stopped-answering closed unknown"}, 8_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := refusing(tt.ban)
				o := defaults
				o.Rechecks, o.RecheckInterval = tt.rechecks, 5*time.Second
				v, err := newScanner(net, net, DefaultLimits, nil).Run(t.Context(), declare(t, "192.0.2.1", "80", "1-10000"), o)
				if err != nil {
					t.Fatal(err)
				}
				kinds := map[string]int{}
				for _, f := range v.Failures() {
					kinds[fmt.Sprintf("%s %s %s", f.Cause, f.Want, f.Last.State)]++
				}
				var got []string
				for kind := range kinds {
					got = append(got, kind)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%v (-want +got)\n%s", kinds, diff)
				}
				if len(net.looks) > tt.most {
					t.Errorf("%d looks, want at most %d", len(net.looks), tt.most)
				}
			})
		})
	}
}

// TestDroppedSweep: a host that goes on answering while its other ports are
// silent is asked a few times, and believed.
func TestDroppedSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{rtt: 10 * time.Millisecond, ports: map[string][]string{"192.0.2.1:22": {"open"}}}
		v, err := newScanner(net, net, DefaultLimits, nil).Run(t.Context(), declare(t, "192.0.2.1", "22", "1-10000"), defaults)
		if err != nil || len(v.Failures()) > 0 {
			t.Fatal(err, told(v))
		}
		asked := 0
		for _, look := range net.looks {
			if strings.Contains(look, ":22 ") {
				asked++
			}
		}
		// The declared look; at 16, 32 … 8,192 silent ones; at the end.
		if asked != 1+10+1 {
			t.Errorf("port 22 was asked %d times", asked)
		}
	})
}

// TestExhaustionPasses: what the prober lacks for a moment is waited for.
func TestExhaustionPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{ports: map[string][]string{
			"192.0.2.1:80": {"no-descriptor", "no-local-port", "no-buffer", "open"},
			"192.0.2.1:22": {"no-descriptor", "closed"},
			"192.0.2.1:81": {"no-descriptor"},
		}}
		o := defaults
		o.Rechecks = 0
		v, err := newScanner(net, net, DefaultLimits, nil).Run(t.Context(), declare(t, "192.0.2.1", "80 81", "22"), o)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"tcp://192.0.2.1:80 open open syn-ack", "tcp://192.0.2.1:81 open unknown no-descriptor prober-exhausted"}
		if diff := cmp.Diff(want, told(v)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if v.Select(func(f verdict.Finding) bool { return f.Flapping() }) != nil {
			t.Error("the prober's own exhaustion is taken for flapping")
		}
	})
}
