package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// web declares two open ports of the lab's first server and one closed.
func web(arguments string) string {
	return fast + fmt.Sprintf(`
resource "portcheck_check" "web" {
  hosts    = ["198.51.100.1"]
  open     = ["80", "443"]
  closed   = ["22"]
  timeouts = { create = "1s", update = "1s" }
  %s
}
`, arguments)
}

const (
	closedAtPlan  = `~ "tcp://198.51.100.1:443" = "filtered" -> "open"`
	driftWarning  = "Warning: Port drift: tcp://198.51.100.1:443 is filtered, declared open"
	applyError    = "Error: Port check failed: tcp://198.51.100.1:443 is filtered, declared open"
	applyWarning  = "Warning: Port check failed: tcp://198.51.100.1:443 is filtered, declared open"
	driftRefused  = "Error: Port drift stops the plan: tcp://198.51.100.1:443 is filtered, declared open"
	acceptedAgain = "Warning: Accepted port failure: tcp://198.51.100.1:443 is filtered, declared open"
)

func TestAccCreateFails(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		servers := w.serve(80)
		w.lab.Listen(at(22), porttest.Silent)
		w.write(web(""))
		w.apply().exits(1).says(
			"Error: Port check failed: tcp://198.51.100.1:22 is open, declared closed (and 1 more)",
			"tcp://198.51.100.1:22 closed open syn-ack unexpected-open",
			"tcp://198.51.100.1:443 open closed conn-refused service-down",
		)
		if got := w.check(); got != nil {
			t.Errorf("a failed create wrote state: %v", got)
		}
		w.plan().exits(2).says("Plan: 1 to add, 0 to change, 0 to destroy.")
		if servers[0].Accepted() == 0 {
			t.Error("port 80 was never probed")
		}
	})
}

func TestAccUpdateFailsKeepsThePlan(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web("triggers = 1"))
		w.apply().exits(0)
		w.firewall(443, porttest.Drop)
		w.write(web("triggers = 2"))
		w.apply().exits(1).says(applyError)
		w.firewall(443, porttest.Accept)
		w.plan().exits(2).says("~ triggers = 1 -> 2")
		w.apply().exits(0)
		w.plan().exits(0)
	})
}

func TestAccOnFailureWarningConverges(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.firewall(443, porttest.Drop)
		w.write(web(`on_failure = "warning"`))
		w.plan().exits(2).says("+ results = (known after apply)")
		w.apply().exits(0).says(applyWarning)
		if got := w.check(); got["passed"] != false || got["passed_at"] != nil {
			t.Errorf("state has %v", got)
		}
		w.plan().exits(0).says(acceptedAgain, "so it is no drift")
		w.plan("-refresh-only").exits(0)

		// Something else fails: drift, until that is accepted too.
		w.firewall(80, porttest.RejectReset)
		w.plan().exits(2).says("Warning: Port drift: tcp://198.51.100.1:80 is closed, declared open")
		w.apply().exits(0).says("Warning: Port check failed: tcp://198.51.100.1:80 is closed, declared open (and 1 more)")
		w.plan().exits(0)

		// What was accepted may recover and fail again without being drift.
		w.firewall(443, porttest.Accept)
		w.apply().exits(0)
		w.firewall(443, porttest.Drop)
		w.plan().exits(0)

		w.firewall(80, porttest.Accept)
		w.firewall(443, porttest.Accept)
		w.apply("-replace=portcheck_check.web").exits(0).saysNot("Warning:")
		if got := w.check(); got["passed"] != true || got["passed_at"] == nil {
			t.Errorf("state has %v", got)
		}
		w.firewall(443, porttest.Drop)
		w.plan().exits(2).says(driftWarning)
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

// TestAccNothingProbed: validate, and destroy beyond the refresh that the CLI
// does before it, send nothing.
func TestAccNothingProbed(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		servers := w.serve(80, 443)
		probes := func() int { return servers[0].Accepted() + servers[1].Accepted() }
		w.write(web(""))
		w.run("validate").exits(0)
		w.plan().exits(2)
		if n := probes(); n != 0 {
			t.Errorf("validate and the plan of a create sent %d probes", n)
		}
		w.apply().exits(0)
		before := probes()
		w.firewall(443, porttest.Drop)
		w.destroy("-refresh=false").exits(0)
		if n := probes() - before; n != 0 {
			t.Errorf("destroy sent %d probes", n)
		}
	})
}

func TestAccDestroyWhileClosed(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web(""))
		w.apply().exits(0)
		w.firewall(443, porttest.Drop)
		w.firewall(80, porttest.Drop)
		w.destroy().exits(0).says("1 destroyed")
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

// TestAccProberBlocked: a filter drops all ports of a host that answers ping.
func TestAccProberBlocked(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
		w.write(web(""))
		w.apply().exits(1).says("tcp://198.51.100.1:80,443 open filtered no-response prober-blocked", "it answers ping: it is up", `hosts = ["198.51.100.1"]`)
	})
}

// TestAccHostDown: the router says that nobody has the address.
func TestAccHostDown(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.write(strings.ReplaceAll(strings.Replace(web(""), "198.51.100.1", porttest.DownAddr.String(), 1), `"200ms"`, `"5s"`))
		w.apply().exits(1).says("tcp://198.51.100.200:80,443 open filtered host-unreach host-down", "ICMP 3/1 from 192.0.2.254", "on main.tf line")
	})
}

func TestAccStateKeepsNothingVolatile(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web(""))
		w.apply().exits(0)
		got := w.check()
		want := map[string]any{
			"hosts": []any{"198.51.100.1"}, "open": []any{"80", "443"}, "closed": []any{"22"}, "baseline": nil,
			"timeouts": map[string]any{"create": "1s", "update": "1s"}, "triggers": nil, "on_failure": nil, "on_drift": nil,
			"checks_read_timeout": nil, "rechecks": nil, "recheck_interval": nil, "ip_version": nil, "addresses": nil,
			"tls_verify": nil, "tls_min_days": nil, "ca_file": nil, "ca_pem": nil, "server_name": nil, "http": nil,
			"passed": true, "failures": map[string]any{},
			"results":   map[string]any{"tcp://198.51.100.1:80": "open", "tcp://198.51.100.1:443": "open"},
			"passed_at": got["passed_at"],
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if _, err := time.Parse("2006-01-02T15:04:05Z", fmt.Sprint(got["passed_at"])); err != nil {
			t.Errorf("passed_at: %v", err)
		}
		if keys := slices.Sorted(maps.Keys(got)); len(keys) != 23 {
			t.Errorf("%d attributes: %v", len(keys), keys)
		}
	})
}
