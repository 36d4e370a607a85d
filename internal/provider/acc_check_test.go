package provider_test

import (
	"bytes"
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

func TestAccDriftIsRechecked(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web("") + `
resource "terraform_data" "after" { input = portcheck_check.web.passed }
output "results" { value = portcheck_check.web.results }
`)
		w.plan().exits(2).says(`+ "tcp://198.51.100.1:443" = "open"`, "+ failures = {}", "+ passed = true")
		w.apply().exits(0).saysNot("Warning:")
		w.plan().exits(0).saysNot("Warning:")

		w.firewall(443, porttest.Drop)
		w.plan("-out=closed.tfplan").exits(2).says(driftWarning, closedAtPlan,
			"# (1 unchanged element hidden)",
			"filtered: silent, while other ports of the host answer",
			"-> 198.51.100.1:443 tcp no answer in 400ms 2 looks since",
			"Last passed: 20",
			"Plan: 0 to add, 1 to change, 0 to destroy.",
		).saysNot("terraform_data.after will be", "Changes to Outputs")
		w.plan("-refresh-only").exits(2).says(driftWarning, `~ "tcp://198.51.100.1:443" = "open" -> "filtered"`)
		w.apply().exits(1).says(applyError)
		if got := w.check(); got["passed"] != false || got["failures"].(map[string]any)["tcp://198.51.100.1:443"] == nil {
			t.Errorf("after a failed update state has %v", got)
		}
		w.plan("-refresh=false").exits(2)

		w.firewall(443, porttest.Accept)
		w.apply("closed.tfplan").exits(1).says("Saved plan is stale")
		w.plan("-refresh=false").exits(2)
		w.apply().exits(0)
		if got := w.check(); got["passed"] != true || len(got["failures"].(map[string]any)) != 0 {
			t.Errorf("after reopening state has %v", got)
		}
		w.plan().exits(0)
		w.destroy().exits(0)
	})
}

func TestAccPlanMadeWhileClosed(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web(""))
		w.apply().exits(0)
		w.firewall(443, porttest.RejectAdmin)
		w.plan("-out=closed.tfplan").exits(2).says("tcp://198.51.100.1:443 is filtered, declared open", "ICMP 3/13 from 192.0.2.254", "rejected: refused by an ICMP error")
		w.firewall(443, porttest.Accept)
		w.apply("closed.tfplan").exits(0).says("1 changed")
		w.plan().exits(0).says("No changes.")
	})
}

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

func TestAccOnDriftError(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web(`on_drift = "error"`))
		w.apply().exits(0)
		w.firewall(443, porttest.Drop)
		w.plan().exits(1).says(driftRefused, "terraform destroy -refresh=false")
		w.plan("-refresh-only").exits(2).says(driftWarning).saysNot("Error:")
		w.destroy().exits(1)

		// Another argument is no fix; a trigger or the declaration may be.
		w.write(strings.Replace(web(`on_drift = "error"`), `update = "1s"`, `update = "2s"`, 1))
		w.plan().exits(1).says(driftRefused)
		w.write(web(`on_drift = "error"
  triggers = { rule = "changed" }`))
		w.plan().exits(2).saysNot("Error:")
		w.write(web(`on_drift = "error"
  triggers = terraform_data.rule.output`) + `resource "terraform_data" "rule" { input = timestamp() }`)
		w.plan().exits(2).saysNot("Error:")
		w.write(strings.Replace(web(`on_drift = "error"`), `"443"`, `"8443"`, 1))
		w.plan().exits(2).saysNot("Error:")

		w.write(web(`on_drift = "error"`))
		w.destroy("-refresh=false").exits(0).says("1 destroyed")
	})
}

func TestAccOnDriftWarning(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		config := web(`on_drift = "warning"
  lifecycle {
    postcondition {
      condition     = self.passed || var.ignore
      error_message = "ports are closed"
    }
  }`) + `variable "ignore" { default = true }`
		w.write(config)
		w.apply().exits(0)
		w.firewall(443, porttest.Drop)
		w.plan().exits(0).says(driftWarning, "No changes.")
		w.plan("-var=ignore=false").exits(1).says("ports are closed")
		w.destroy("-var=ignore=false").exits(0)
	})
}

func TestAccOnDriftIgnore(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		server := w.serve(80, 443)[0]
		w.write(web(`on_drift = "ignore"`))
		w.apply().exits(0)
		probed := server.Accepted()
		w.firewall(443, porttest.Drop)
		w.plan().exits(0).says("No changes.").saysNot("Warning:")
		if server.Accepted() != probed {
			t.Error("a plan probed with on_drift = ignore")
		}
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

func TestAccInconclusive(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web(""))
		w.apply().exits(0)
		before := w.check()
		w.lab.Unroute()
		w.plan().exits(0).says("Warning: Port check inconclusive: tcp://198.51.100.1:22 could not be tested: no-route (and 2 more)",
			"What could not be tested keeps what is in state.", "No changes.")
		w.apply("-refresh-only").exits(0)
		if diff := cmp.Diff(before, w.check()); diff != "" {
			t.Errorf("a refresh without a network changed state (-before +after)\n%s", diff)
		}
		w.write(web("triggers = 1"))
		w.apply().exits(1).says("Error: Port check failed: tcp://198.51.100.1:22 could not be tested: no-route (and 2 more)", "prober-offline")
		w.lab.Reroute()
		w.apply().exits(0)
	})
}

func TestAccDisabled(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		server := w.serve(80, 443)[0]
		off := strings.Replace(web("triggers = 1"), "checks_read_timeout", "enabled = false\n  checks_read_timeout", 1) +
			`data "portcheck" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
}
output "data" { value = data.portcheck.web.passed }`
		w.write(off)
		w.apply().exits(0).says("Warning: No port is probed", "The provider's attribute enabled is false.")
		if got := w.check(); got["passed"] != nil || got["results"] != nil || server.Accepted() != 0 {
			t.Errorf("disabled: %d probes, state has %v", server.Accepted(), got)
		}
		w.plan().exits(0)

		w.write(web("triggers = 1"))
		w.apply().exits(0)
		if got := w.check(); got["passed"] != true {
			t.Errorf("enabled again: state has %v", got)
		}
		before, probed := w.check(), server.Accepted()
		w.firewall(443, porttest.Drop)
		w.write(off)
		w.plan().says("Warning: No port is probed").saysNot("Port drift")
		w.apply().exits(0)
		if diff := cmp.Diff(before, w.check()); diff != "" || server.Accepted() != probed {
			t.Errorf("disabled: %d probes, state changed (-before +after)\n%s", server.Accepted()-probed, diff)
		}
	})
}

func TestAccProviderConfigurationUnknown(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(strings.Replace(web(""), "checks_read_timeout", `source_address = terraform_data.address.output
  checks_read_timeout`, 1) + `resource "terraform_data" "address" { input = "192.0.2.1" }`)
		w.apply().exits(0).says("The provider's configuration is not known yet: source_address.")
		if got := w.check(); got["passed"] != true {
			t.Errorf("state has %v", got)
		}
		w.plan().exits(0)
	})
}

func TestAccUnknownDeclaration(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(strings.Replace(web(""), `["198.51.100.1"]`, `[terraform_data.host.output]`, 1) + `
resource "terraform_data" "host" { input = "198.51.100.1" }`)
		w.plan().exits(2).says("+ results = (known after apply)")
		w.apply().exits(0)
		w.plan().exits(0)

		w.write(strings.Replace(web(""), `["198.51.100.1"]`, `[terraform_data.bad.output]`, 1) + `
resource "terraform_data" "bad" { input = "198.51.100.1/24" }`)
		w.apply().exits(1).says(`Element 0 of hosts: "198.51.100.1/24" has host bits set.`)
	})
}

func TestAccFiftyQuietPlans(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web(`baseline = { "198.51.100.1" = ["443"] }
  triggers = { a = [1, "x"] }`))
		w.apply().exits(0)
		before := w.stateFile()
		for range 50 {
			w.plan().exits(0).says("No changes.").saysNot("Warning:")
		}
		w.apply("-refresh-only").exits(0)
		if after := w.stateFile(); !bytes.Equal(before, after) {
			t.Errorf("the state changed (-before +after)\n%s", cmp.Diff(string(before), string(after)))
		}
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

// TestAccUnknownTriggerThatStays: apply plans anew with the trigger known, and
// must hold to the plan although nothing changed.
func TestAccUnknownTriggerThatStays(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		config := func(onDrift, replace string) string {
			return web(fmt.Sprintf(`on_drift = %q
  triggers = terraform_data.rule.output`, onDrift)) + fmt.Sprintf(`
resource "terraform_data" "rule" {
  input            = "the same"
  triggers_replace = %q
}`, replace)
		}
		for i, onDrift := range []string{"warning", "error", "recheck", "ignore"} {
			w.write(config(onDrift, fmt.Sprint(i)))
			w.apply().exits(0)
			w.firewall(443, porttest.Drop)
			w.write(config(onDrift, fmt.Sprint(i, " again")))
			w.plan("-out=next.tfplan").exits(2).saysNot("Error:")
			w.firewall(443, porttest.Accept)
			w.apply("next.tfplan").exits(0)
			w.plan().exits(0)
		}
	})
}

// TestAccDisabledThenDeclaredAnew: what was never probed never counts as
// passed, and is looked at when probing is on again, whatever on_drift says.
func TestAccDisabledThenDeclaredAnew(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443, 8443)
		w.write(web(`on_drift = "ignore"`))
		w.apply().exits(0)
		anew := strings.Replace(web(`on_drift = "ignore"`), `"443"`, `"8443"`, 1)
		w.write(strings.Replace(anew, "checks_read_timeout", "enabled = false\n  checks_read_timeout", 1))
		w.apply().exits(0)
		if got := w.check(); got["passed"] != nil || got["results"] != nil || got["passed_at"] != nil {
			t.Errorf("declared anew while disabled: state has %v", got)
		}
		w.plan().exits(0)
		w.write(anew)
		w.plan().exits(2)
		w.apply().exits(0)
		if got := w.check(); got["passed"] != true || got["passed_at"] == nil {
			t.Errorf("enabled again: state has %v", got)
		}
	})
}

// TestAccInconclusiveIsNotAccepted: a warning about what could not be tested
// accepts nothing.
func TestAccInconclusiveIsNotAccepted(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.lab.Unroute()
		w.write(web(`on_failure = "warning"`))
		w.apply().exits(0).says("Warning: Port check failed: tcp://198.51.100.1:22 could not be tested: no-route (and 2 more)")
		w.plan().exits(0).says("Warning: Port check inconclusive:")
		w.lab.Reroute()
		w.serve(80)
		w.plan().exits(2).says("Warning: Port drift: tcp://198.51.100.1:443 is closed, declared open")
		w.apply().exits(0).says("Warning: Port check failed: tcp://198.51.100.1:443 is closed")
		w.plan().exits(0).says("Warning: Accepted port failure: tcp://198.51.100.1:443 is closed")
	})
}

// TestAccRefusalNamesOnlyDrift: what was accepted does not stop the plan, nor
// does a change of the way to look.
func TestAccRefusalNamesOnlyDrift(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(443)
		w.write(web(`on_failure = "warning"
  on_drift = "error"`))
		w.apply().exits(0).says("Warning: Port check failed: tcp://198.51.100.1:80 is closed")
		w.plan().exits(0)
		w.firewall(443, porttest.Drop)
		refused := w.plan().exits(1).says(driftRefused)
		if _, refusal, _ := strings.Cut(refused.out, "Error: "); strings.Contains(refusal, "198.51.100.1:80") {
			t.Errorf("the refusal names what was accepted:\n%s", refusal)
		}
		w.write(web(`on_failure = "warning"
  on_drift = "error"
  rechecks = 2`))
		w.plan().exits(2)
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
		if keys := slices.Sorted(maps.Keys(got)); len(keys) != 17 {
			t.Errorf("%d attributes: %v", len(keys), keys)
		}
	})
}
