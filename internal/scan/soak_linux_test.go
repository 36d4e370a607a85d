package scan

import (
	"flag"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

var soakHosts = flag.Int("soak-hosts", 25, "how many hosts of 20 open ports TestFalseAlarms looks at")

// TestFalseAlarms looks at open ports over a bad line with the defaults. At a
// loss of a tenth each way none is reported; at three tenths some may be.
func TestFalseAlarms(t *testing.T) {
	for _, loss := range []float64{10, 30} {
		t.Run(fmt.Sprintf("loss of %g %% each way", loss), func(t *testing.T) {
			lab := porttest.NewLab(t)
			var hosts, ports []string
			for i := range *soakHosts {
				hosts = append(hosts, porttest.ManyAddr(i+1).String())
			}
			for port := range 20 {
				lab.ListenAll(uint16(1000+port), porttest.AcceptClose)
				ports = append(ports, fmt.Sprint(1000+port))
			}
			lab.Impair(porttest.Impairment{Delay: 50 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: loss})
			declared := declare(t, strings.Join(hosts, " "), strings.Join(ports, " "), "")
			began := time.Now()
			v, err := New(Config{Vantage: From(probe.Prober{}), Limits: DefaultLimits}).Run(t.Context(), declared, defaults)
			if err != nil {
				t.Fatal(err)
			}
			failures := v.Failures()
			t.Logf("%d open ports, %g %% lost each way, 50 ± 20 ms: %d reported, %d flapping, after %s", declared.OpenCount, loss,
				len(failures), len(v.Select(verdict.Finding.Flapping)), time.Since(began).Round(time.Second))
			if most := declared.OpenCount / 100; loss == 10 && len(failures) > 0 || len(failures) > most {
				t.Errorf("%d false alarms, the first: %v", len(failures), failures[0])
			}
		})
	}
}

// TestRuleSwap: a rule that is missing for two seconds while an apply looks is
// no failure. Where connections are rejected meanwhile, it is named as flapping;
// where they are dropped, the next SYN gets through.
func TestRuleSwap(t *testing.T) {
	for _, tt := range []struct {
		meanwhile porttest.Rule
		flapping  int
	}{{porttest.RejectReset, 1}, {porttest.Drop, 0}} {
		t.Run(string(tt.meanwhile), func(t *testing.T) {
			lab := porttest.NewLab(t)
			addr := netip.AddrPortFrom(porttest.ServerAddr(1), 80)
			lab.Listen(addr, porttest.AcceptClose)
			lab.Set(porttest.Router, addr, tt.meanwhile)
			swapped := make(chan struct{})
			time.AfterFunc(2*time.Second, func() {
				defer close(swapped)
				lab.Set(porttest.Router, addr, porttest.Accept)
			})
			o := defaults
			o.Until = time.Now().Add(time.Minute)
			s := New(Config{Vantage: From(probe.Prober{}), Limits: DefaultLimits})
			v, err := s.Run(t.Context(), declare(t, addr.Addr().String(), "80", ""), o)
			<-swapped
			if err != nil {
				t.Fatal(err)
			}
			if n := len(v.Select(verdict.Finding.Flapping)); len(v.Failures()) > 0 || n != tt.flapping {
				t.Errorf("%d flapping, want %d: %v", n, tt.flapping, told(v))
			}
		})
	}
}
