package scan

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// advisedRate is what the diagnostic of stopped-answering advises for max_rate.
const advisedRate = 50

// TestIPS looks at a host of 500 ports, 20 of them open and the rest refused,
// through devices that count new connections.
func TestIPS(t *testing.T) {
	var ports []string
	for n := range 20 {
		ports = append(ports, fmt.Sprint(13+25*n))
	}
	open, all := strings.Join(ports, " "), "1-500"
	policer, ban := porttest.Policer(100, 20), porttest.Ban(100, time.Minute)
	passes, found := map[string]int{}, map[string]int{"unexpected-open": 20}
	tests := []struct {
		name         string
		rule         porttest.Rule
		open, closed string
		maxRate      float64
		want         map[string]int // causes, with the number of endpoints
	}{
		{"policer, 20 declared open", policer, open, all, DefaultLimits.MaxRate, passes},
		{"policer, all declared closed", policer, "", all, DefaultLimits.MaxRate, found},
		{"policer of large bursts", porttest.Policer(200, 300), "", all, DefaultLimits.MaxRate, found},
		{"policer slower than the advised rate", porttest.Policer(40, 50), "", all, advisedRate, found},
		{"ban", ban, open, all, DefaultLimits.MaxRate, map[string]int{"stopped-answering": 1}},
		{"ban, at the rate that is advised then", ban, open, all, advisedRate, passes},
		{"ban by resets", porttest.BanBy(porttest.RejectReset, 100, time.Minute), open, all, DefaultLimits.MaxRate, map[string]int{"stopped-answering": 1}},
		{"ban by resets, all declared closed", porttest.BanBy(porttest.RejectReset, 100, time.Minute), "", all, DefaultLimits.MaxRate, map[string]int{"stopped-answering": 1, "unexpected-open": 1}},
		{"ban by ICMP errors", porttest.BanBy(porttest.RejectPort, 100, time.Minute), open, all, DefaultLimits.MaxRate, map[string]int{"stopped-answering": 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lab := porttest.NewLab(t)
			host := porttest.ServerAddr(1)
			for _, port := range ports {
				lab.Listen(netip.MustParseAddrPort(host.String()+":"+port), porttest.AcceptClose)
			}
			lab.SetAll(porttest.Router, host, tt.rule)
			limits := DefaultLimits
			limits.MaxRate = tt.maxRate
			began := time.Now()
			s := New(Config{Vantage: From(probe.Prober{}), Limits: limits})
			v, err := s.Run(t.Context(), declare(t, host.String(), tt.open, tt.closed), defaults)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, f := range v.Failures() {
				got[string(f.Cause)]++
			}
			t.Logf("%v after %s", got, time.Since(began).Round(time.Second))
			// How far the sweep came before the ban is chance.
			if tt.want[string(verdict.StoppedAnswering)] > 0 {
				for cause := range got {
					got[cause] = 1
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
