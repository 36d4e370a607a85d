package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccAcceptedFailures: each plan warns again of the failures that on_failure =
// "warning" accepted, and does not call them drift.
func TestAccAcceptedFailures(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.firewall(443, porttest.Drop)
		w.write(web(`on_failure = "warning"`))
		w.apply().exits(0).says(applyWarning)
		w.plan().exits(0).says(acceptedAgain, "so this is not drift")
		w.firewall(80, porttest.RejectReset)
		w.plan().exits(2).says("Warning: Port drift found while planning: tcp://198.51.100.1:80 is closed, declared open")
		w.apply().exits(0).says("Warning: Port check failed: tcp://198.51.100.1:80 is closed, declared open (and 1 more)")
		w.firewall(80, porttest.Accept)
		w.firewall(443, porttest.Accept)
		w.apply("-replace=portcheck_check.web").exits(0).saysNot("Warning:")
	})
}

func TestAccFixInTheSameApply(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.firewall(443, porttest.Drop)
		// The service comes up while create waits for it.
		w.write(strings.Replace(web(""), `create = "1s"`, `create = "5m"`, 1))
		done := make(chan result)
		go func() { done <- w.apply() }()
		w.lab.Set(porttest.Router, at(443), porttest.Accept)
		(<-done).exits(0)
	})
}

// TestAccTenChecksShareOneRate: a hundred looks at fifty a second cannot be
// over before two seconds are, however many checks they are divided among.
func TestAccTenChecksShareOneRate(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		ports := make([]uint16, 10)
		for i := range ports {
			ports[i] = uint16(8000 + i)
		}
		servers := w.serve(ports...)
		w.write(strings.Replace(fast, "checks_read_timeout", "max_rate = 50\n  checks_read_timeout", 1) + `
resource "portcheck_check" "many" {
  count = 10
  hosts = ["198.51.100.1"]
  open  = ["8000-8009"]
}`)
		w.apply().exits(0)
		began := time.Now()
		w.plan().exits(0)
		if took, least := time.Since(began), 99*time.Second/50; took < least {
			t.Errorf("a hundred looks took %s, at 50 a second they take %s", took, least)
		}
		for _, s := range servers {
			if s.Accepted() != 20 {
				t.Errorf("%s was looked at %d times, want 20", s.Addr(), s.Accepted())
			}
		}
	})
}

// TestAccConsecutiveSuccesses: apply looks as often as is wanted. The plan is known
// as ever, and a change of the number alone looks at nothing.
func TestAccConsecutiveSuccesses(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		server := w.serve(80, 443)[1]
		for number, want := range map[string]string{
			"0": `consecutive_successes is "0". Expected a whole number from 1 to 100.`, "101": `consecutive_successes is "101". Expected`,
			"2.5": `consecutive_successes is "2.5". Expected`,
		} {
			w.write(web("consecutive_successes = " + number))
			w.plan().exits(1).says("consecutive_successes = "+number, want)
		}
		w.write(data("consecutive_successes = 2"))
		w.plan().exits(1).says(`An argument named "consecutive_successes" is not expected here.`)

		w.write(web("consecutive_successes = 3"))
		w.plan().exits(2).says("+ passed = true", `+ "tcp://198.51.100.1:443" = "open"`, "+ failures = {}")
		w.apply().exits(0)
		if n := server.Accepted(); n != 3 {
			t.Errorf("%d looks, want 3", n)
		}
		w.plan().exits(0)
		before := server.Accepted()
		w.write(web("consecutive_successes = 2"))
		w.apply("-refresh=false").exits(0).says("consecutive_successes = 3 -> 2", "1 changed")
		if n := server.Accepted(); n != before {
			t.Errorf("%d looks for another number", n-before)
		}
		w.firewall(443, porttest.RejectAdmin)
		w.apply().exits(1).says(applyError)
	})
}
