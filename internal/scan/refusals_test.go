package scan

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// refusing is a network where a thousand ports of an address refuse, but for those that
// differ.
func refusing(differ answers) *network {
	ports := answers{}
	for port := 1; port <= 1000; port++ {
		ports[fmt.Sprint("192.0.2.1:", port)] = []string{"closed"}
	}
	maps.Copy(ports, differ)
	return &network{ports: ports}
}

// TestManyRefuse: of many ports of one address that refuse a sample is asked slowly. If
// all of it refuses again, the others are asked at once; what answers otherwise is
// asked slowly after all.
func TestManyRefuse(t *testing.T) {
	const pause, sample = time.Second, (alikeSample - 1) * time.Second / recheckRate
	const slowly = 15 * time.Second // a thousand ports at the pace of re-checks take longer
	tests := []struct {
		name         string
		differ       answers
		open, closed string
		least, most  time.Duration
		looks        map[string]int // at others than those that are looked at twice
		passes       []string
	}{
		{name: "all refuse", least: pause + sample, most: pause + sample},
		{
			name: "a service has started", differ: answers{"192.0.2.1:2": {"closed", "open"}},
			least: pause + sample, most: pause + sample, passes: []string{"tcp://192.0.2.1:2"},
		},
		{
			name: "resets are limited", differ: answers{"192.0.2.1:2": {"closed", "silent", "closed"}},
			least: pause + sample + 10*time.Second, most: pause + sample + 10*time.Second, looks: map[string]int{"192.0.2.1:2": 3},
		},
		{
			name: "one of the sample opens", differ: answers{"192.0.2.1:1": {"closed", "open"}},
			least: slowly, most: time.Minute, passes: []string{"tcp://192.0.2.1:1"},
		},
		{
			name: "one of the sample falls silent", differ: answers{"192.0.2.1:1": {"closed", "silent"}},
			least: slowly, most: time.Minute,
		},
		{
			name: "others are silent", differ: answers{"192.0.2.1:2": {"silent"}},
			least: 5*time.Second + pause + sample + 10*time.Second, most: 5*time.Second + pause + sample + 11*time.Second,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			net := refusing(tt.differ)
			v, took := runFor(t, net, Limits{MaxChecks: 1000, MaxHosts: 1}, "192.0.2.1", "1-1000", "", nil)
			if took < tt.least || took > tt.most {
				t.Errorf("took %s, want %s to %s", took, tt.least, tt.most)
			}
			asked := map[string]int{}
			for _, line := range net.looks {
				asked[strings.Fields(line)[1]]++
			}
			for at, n := range asked {
				if want := max(2, tt.looks[at]); n < want {
					t.Errorf("%s was looked at %d times, want %d", at, n, want)
				}
			}
			var passes []string
			for _, f := range v.Findings {
				switch {
				case f.AsDeclared():
					passes = append(passes, f.Endpoint.String())
				case f.Last.State == "closed" && f.Cause != verdict.ServiceDown:
					t.Errorf("%s is %s: %s", f.Endpoint, f.Last.State, f.Cause)
				}
			}
			if strings.Join(passes, " ") != strings.Join(tt.passes, " ") || len(v.Findings) != 1000 {
				t.Errorf("of %d %q pass, want %q", len(v.Findings), passes, tt.passes)
			}
		})
	}
}
