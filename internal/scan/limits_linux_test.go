package scan

import (
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// TestLimitedICMP: routers and hosts send few ICMP errors. The rest of what they
// reject looks silent, which changes no verdict, and what one look has heard
// the next one keeps.
func TestLimitedICMP(t *testing.T) {
	lab := porttest.NewLab(t)
	lab.LimitICMP()
	rejected := porttest.ServerAddr(1)
	lab.SetAll(porttest.Router, rejected, porttest.RejectAdmin)
	heard := func(open string, o Options) (states map[string]int, icmp int) {
		t.Helper()
		s := New(Config{Vantage: From(probe.Prober{}), Limits: DefaultLimits})
		v, err := s.Run(t.Context(), declare(t, rejected.String(), open, ""), o)
		if err != nil {
			t.Fatal(err)
		}
		states = map[string]int{}
		for _, f := range v.Select(func(f verdict.Finding) bool { return !f.AsDeclared() }) {
			states[string(f.Last.State)]++
			if f.Last.ICMP != nil {
				icmp++
			}
		}
		return states, icmp
	}
	o := Options{Timeout: 300 * time.Millisecond}
	states, once := heard("1-100", o)
	if states["filtered"] != 100 || once == 0 || once == 100 {
		t.Errorf("TCP: %v, %d with an ICMP error", states, once)
	}
	o.Rechecks, o.RecheckInterval = 2, 2*time.Second // in which the limit recovers
	states, again := heard("1-100", o)
	if states["filtered"] != 100 || again <= once {
		t.Errorf("TCP, looked at again: %v, %d with an ICMP error, %d in one look", states, again, once)
	}
	lab.SetAll(porttest.Router, rejected, porttest.Accept)
	states, _ = heard("1-100/udp", Options{Timeout: 300 * time.Millisecond})
	if states["closed"] == 0 || states["open|filtered"] == 0 || states["closed"]+states["open|filtered"] != 100 {
		t.Errorf("UDP: %v", states)
	}
}
