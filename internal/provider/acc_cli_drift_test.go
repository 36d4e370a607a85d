package provider_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccDriftMessages: a plan shows drift as one line an endpoint, and a warning
// has the evidence. A plan that was saved before an apply is stale after it.
func TestAccDriftMessages(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web(""))
		w.plan().exits(2).says(`+ "tcp://198.51.100.1:443" = "open"`, "+ failures = {}", "+ passed = true")
		w.apply().exits(0).saysNot("Warning:")
		w.plan().exits(0).saysNot("Warning:")

		w.firewall(443, porttest.Drop)
		w.plan("-out=closed.tfplan").exits(2).says(driftWarning, closedAtPlan,
			"# (1 unchanged element hidden)",
			"filtered: no answer from this port, while the host does answer on others or to ping",
			"-> 198.51.100.1:443 tcp no answer in", "2 looks since",
			"Last passed: 20",
			"Plan: 0 to add, 1 to change, 0 to destroy.",
		)
		w.plan("-refresh-only").exits(2).says(driftWarning, `~ "tcp://198.51.100.1:443" = "open" -> "filtered"`)
		w.apply().exits(1).says(applyError)
		w.plan("-refresh=false").exits(2)
		w.firewall(443, porttest.Accept)
		w.apply("closed.tfplan").exits(1).says("Saved plan is stale")
		w.plan("-refresh=false").exits(2)
	})
}

// TestAccOnDriftMessages: each on_drift says of drift what it does about it, and says
// it once: the error refers to the warning.
func TestAccOnDriftMessages(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		for _, onDrift := range []string{"error", "warning", "ignore", "recheck"} {
			w.firewall(443, porttest.Accept)
			w.write(web(fmt.Sprintf("on_drift = %q", onDrift)))
			w.apply().exits(0)
			w.firewall(443, porttest.Drop)
			switch onDrift {
			case "error":
				w.plan("-refresh-only").exits(2).says(driftWarning).saysNot("Error:")
				w.plan().exits(1).says(driftWarning, driftRefused, "This is the endpoint that the last refresh found. Its warning says why.",
					"terraform destroy -refresh=false")
			case "recheck": // apply fails: it says what is new, and how long it waited
				failed := w.apply().exits(1).says(driftWarning, "Error: Port check failed: tcp://198.51.100.1:443 is filtered, declared open",
					"until timeouts.update (1s) was over. If the ports only need longer, raise it.", "Its warning says why.")
				if n := strings.Count(squeeze(failed.out), squeeze("filtered: no answer from this port")); n != 1 {
					failed.t.Errorf("the cause is explained %d times\n%s", n, failed.out)
				}
				w.firewall(443, porttest.Accept)
				w.apply().exits(0).saysNot("Error:")
			case "warning":
				w.plan().exits(0).says(driftWarning, "No changes.")
			case "ignore":
				w.plan().exits(0).says("No changes.").saysNot("Warning:")
			}
		}
	})
}

func TestAccPlanMadeWhileClosed(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web(""))
		w.apply().exits(0)
		w.firewall(443, porttest.RejectAdmin)
		w.plan("-out=closed.tfplan").exits(2).says("tcp://198.51.100.1:443 is filtered, declared open", "ICMP 3/13 from 192.0.2.254", "rejected: an ICMP error refused the connection")
		w.firewall(443, porttest.Accept)
		w.apply("closed.tfplan").exits(0).says("1 changed")
		w.plan().exits(0).says("No changes.")
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

// TestAccReplacedWhileDrifted: a replacement is planned twice, the second time
// without a prior state.
func TestAccReplacedWhileDrifted(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		config := func(rule string) string {
			return web(`on_drift = "error"
  triggers = terraform_data.rule.output
  lifecycle { replace_triggered_by = [terraform_data.rule] }`) + fmt.Sprintf(`
resource "terraform_data" "rule" { input = %q }`, rule)
		}
		w.write(config("old"))
		w.apply().exits(0)
		w.firewall(443, porttest.Drop)
		w.write(config("new"))
		w.plan("-out=next.tfplan").exits(2)
		w.firewall(443, porttest.Accept)
		w.apply("next.tfplan").exits(0)
		w.plan().exits(0)
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

// TestAccRefusedInOrder: the error of on_drift = "error" names the endpoint that the
// warning names, the first for people, and counts the others by cause.
func TestAccRefusedInOrder(t *testing.T) {
	onEachCLI(t, func(_ *testing.T, w *workspace) {
		w.lab.ListenAll(80, porttest.AcceptClose)
		w.write(fast + `
resource "portcheck_check" "web" {
  hosts    = ["198.51.100.10", "198.51.100.2"]
  open     = ["80"]
  on_drift = "error"
}`)
		w.apply().exits(0)
		for _, host := range []int{2, 10} {
			w.lab.Set(porttest.Router, netip.AddrPortFrom(porttest.ServerAddr(host), 80), porttest.RejectReset)
		}
		const rest = "tcp://198.51.100.2:80 is closed, declared open (and 1 more)"
		w.plan().exits(1).says("Warning: Port drift found while planning: "+rest, "Error: Port drift stops the plan: "+rest,
			"These are the 2 endpoints that the last refresh found", "service-down 2 tcp://198.51.100.2:80")
	})
}

// TestAccThousandDead: a plan has one line of failures and one of results for each
// dead endpoint.
func TestAccThousandDead(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		const config = fast + `
resource "portcheck_check" "web" {
  hosts      = ["127.0.0.1"]
  open       = ["10001-11000"]
  on_failure = %q
  timeouts { create = "1ms" }
}`
		w.write(fmt.Sprintf(config, "warning"))
		w.apply().exits(0)
		w.write(fmt.Sprintf(config, "error"))
		plan := w.plan().exits(2).says(`- "tcp://127.0.0.1:10001" = "closed (conn-refused), declared open: service-down" -> null`, `~ "tcp://127.0.0.1:10001" = "closed" -> "open"`)
		_, plan.out, _ = strings.Cut(plan.out, "will be updated in-place")
		plan.out, _, _ = strings.Cut(plan.out, "Plan: ")
		if lines := strings.Count(plan.out, "\n"); lines > 2020 {
			t.Errorf("%d lines", lines)
		}
	})
}
