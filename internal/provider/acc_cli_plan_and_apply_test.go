package provider_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

// blamed is what a CLI says when an apply does not do what the plan has.
const blamed = "bug in the provider"

// with returns the workspace with more variables in its environment.
func (w *workspace) with(variables ...string) *workspace {
	cli := *w.CLI
	cli.Env = append(slices.Clone(w.Env), variables...)
	return &workspace{&cli, w.scene, w.t}
}

const (
	idle   = "PORTCHECK_ENABLED=false"
	paused = "PORTCHECK_PAUSED_UNTIL=2999-01-01T00:00:00Z"
)

// eachArgument has a check for each argument that can change while the check stays,
// before the change or after it.
func eachArgument(changed bool) string {
	config := fast
	for _, change := range []struct{ name, before, after string }{
		{"timeouts", `timeouts { update = "1s" }`, `timeouts { update = "2s" }`},
		{"on_drift", ``, `on_drift = "error"`},
		{"on_failure", ``, `on_failure = "warning"`},
		{"rechecks", ``, `rechecks = 2`},
		{"checks_read_timeout", ``, `checks_read_timeout = "250ms"`},
		{"addresses", ``, `addresses = "any"`},
		{"tls_verify", ``, `tls_verify = true`},
		{"triggers", ``, `triggers = 1`},
		{"declaration", `closed = ["22"]`, `closed = ["23"]`},
	} {
		argument := change.before
		if changed {
			argument = change.after
		}
		config += fmt.Sprintf(`
resource "portcheck_check" %q {
  hosts = ["198.51.100.1"]
  open  = ["80", "443"]
  %s
}
`, change.name, argument)
	}
	return config
}

// TestAccPlannedIdle: a plan made without a network is applied with one, whatever
// changed, while all is well and while state has a failure. If apply has none
// either, what is in state stays.
func TestAccPlannedIdle(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		outcomes := func() map[string]any {
			found := map[string]any{}
			for _, name := range []string{"timeouts", "on_drift", "on_failure", "rechecks", "checks_read_timeout", "addresses", "tls_verify"} {
				check := w.state("portcheck_check", name)
				found[name] = []any{check["passed"], check["passed_at"], check["failures"], check["results"]}
			}
			return found
		}
		for _, drifted := range []bool{false, true} {
			w.firewall(443, porttest.Accept)
			w.write(eachArgument(false))
			w.apply().exits(0)
			if drifted {
				w.firewall(443, porttest.RejectAdmin)
				w.run("apply", "-refresh-only", "-auto-approve").exits(0)
			}
			w.write(eachArgument(true))
			w.with(idle).plan("-out=next.tfplan").exits(2).says("Warning: No port is probed", "9 to change")
			w.firewall(443, porttest.Accept)
			w.apply("next.tfplan").exits(0).saysNot(blamed)
			w.plan().exits(0).says("No changes.")
			if drifted {
				w.firewall(443, porttest.RejectAdmin)
				w.run("apply", "-refresh-only", "-auto-approve").exits(0)
			}
			before := outcomes()
			w.write(eachArgument(false))
			w.with(idle).plan("-out=next.tfplan").exits(2)
			w.with(idle).apply("next.tfplan").exits(0)
			if diff := cmp.Diff(before, outcomes()); diff != "" {
				t.Errorf("drifted %t: an apply that looks at nothing changes (-before +after)\n%s", drifted, diff)
			}
			for _, name := range []string{"triggers", "declaration"} {
				if passed := w.state("portcheck_check", name)["passed"]; passed != nil {
					t.Errorf("%s changed, and nothing was looked at: passed is %v", name, passed)
				}
			}
		}
	})
}

// TestAccSettingsThatDiffer: each setting may differ between plan and apply, both
// ways. The exception is enabled: a plan that was made to look cannot be applied
// without.
func TestAccSettingsThatDiffer(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		w.lab.ListenUDP(at(53), porttest.Echo)
		authority := porttest.NewCA(t)
		if err := os.WriteFile(filepath.Join(w.Dir, "ca.pem"), []byte(authority.PEM), 0o600); err != nil {
			t.Fatal(err)
		}
		values := map[string][]string{ // each is planned, and the next one applied
			"PORTCHECK_CHECKS_READ_TIMEOUT":    {"300ms", "400ms"},
			"PORTCHECK_RECHECKS":               {"1", "2"},
			"PORTCHECK_RECHECK_INTERVAL":       {"50ms", "60ms"},
			"PORTCHECK_IP_VERSION":             {"any", "4"},
			"PORTCHECK_ADDRESSES":              {"all", "any"},
			"PORTCHECK_TLS_VERIFY":             {"true", "false"},
			"PORTCHECK_TLS_MIN_DAYS":           {"0", "7"},
			"PORTCHECK_CA_FILE":                {"", filepath.Join(w.Dir, "ca.pem")},
			"PORTCHECK_CA_PEM":                 {"", authority.PEM},
			"PORTCHECK_MAX_CHECKS":             {"256", "1"},
			"PORTCHECK_MAX_HOSTS":              {"64", "1"},
			"PORTCHECK_MAX_RATE":               {"0", "100"},
			"PORTCHECK_SOURCE_ADDRESS":         {"", "192.0.2.1"},
			"PORTCHECK_CONTROL":                {"", "tcp://198.51.100.1:80"},
			"PORTCHECK_ASSUME_SILENT_UDP_OPEN": {"false", "true"},
			"PORTCHECK_ENABLED":                {"true", "false"},
			"PORTCHECK_PAUSED_UNTIL":           {"", "2999-01-01T00:00:00Z", "", "2001-01-01T00:00:00Z"},
		}
		turn := 0
		config := func() string { // an update and a create
			text := header
			for _, name := range []string{"old", fmt.Sprint("new", turn)} {
				text += fmt.Sprintf(`
resource "portcheck_check" %q {
  hosts    = ["198.51.100.1"]
  open     = ["80", "53/udp"]
  triggers = %d
}`, name, turn)
			}
			return text
		}
		w.write(config())
		w.apply().exits(0)
		for _, variable := range provider.Variables() {
			those, listed := values[variable]
			if !listed {
				t.Errorf("%s is not tested", variable)
			}
			for i := range those {
				first, second := variable+"="+those[i], variable+"="+those[(i+1)%len(those)]
				turn++
				w.write(config())
				w.with(first).plan("-out=next.tfplan").exits(2).says("1 to add, 1 to change")
				before := w.state("portcheck_check", "old")
				applied := w.with(second).apply("next.tfplan")
				applied.saysNot(blamed)
				if second != idle && second != paused {
					applied.exits(0)
					continue
				}
				applied.exits(1).says("Error: Planned to look, but nothing may be probed now", map[string]string{idle: "The environment variable PORTCHECK_ENABLED is false.", paused: "The environment variable PORTCHECK_PAUSED_UNTIL is 2999-01-01T00:00:00Z."}[second], "Plan again")
				if diff := cmp.Diff(before, w.state("portcheck_check", "old")); diff != "" {
					t.Errorf("the state changed (-before +after)\n%s", diff)
				}
				if w.state("portcheck_check", fmt.Sprint("new", turn)) != nil {
					t.Error("the new check is in state")
				}
			}
		}
	})
}

// TestAccSealedPlan: nobody can read in a plan that OpenTofu has encrypted whether it
// was made to look. So a warning says what the error of the CLI means.
func TestAccSealedPlan(t *testing.T) {
	eachCLI(t, func(t *testing.T, name, path string) {
		if name != "tofu" {
			return // Terraform encrypts no plan
		}
		w := newWorkspace(t, path).with(`TF_ENCRYPTION=key_provider "pbkdf2" "k" { passphrase = "correct horse battery staple" }
method "aes_gcm" "m" { keys = key_provider.pbkdf2.k }
plan { method = method.aes_gcm.m }`)
		const warning = "Warning: An encrypted plan is applied, and nothing may be probed now"
		w.serve(80, 443)
		w.write(web(""))
		w.plan("-out=next.tfplan").exits(2)
		w.with(idle).apply("next.tfplan").exits(1).says(warning, "Plan again, or apply it where ports are probed.")
		w.plan("-out=next.tfplan").exits(2)
		w.with("PORTCHECK_PAUSED_UNTIL=2001-01-01T00:00:00Z").apply("next.tfplan").exits(0).saysNot(warning)
		w.write(web("triggers = 1"))
		w.with(idle).plan("-out=next.tfplan").exits(2).saysNot(warning)
		w.with(idle).apply("next.tfplan").exits(0).says(warning)
	})
}

// TestAccDriftPlannedAndAppliedIdle: the same with a plan that drift alone calls for.
func TestAccDriftPlannedAndAppliedIdle(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web(""))
		w.apply().exits(0)
		w.firewall(443, porttest.RejectAdmin)
		w.plan("-out=next.tfplan").exits(2)
		w.with(idle).apply("next.tfplan").exits(1).says("Error: Planned to look, but nothing may be probed now").saysNot(blamed)
		// Without a network at both, even a new check is made.
		w.write(strings.Replace(web("triggers = 1"), `"web"`, `"new"`, 1) + web("triggers = 1")[len(fast):])
		w.with(idle).plan("-out=next.tfplan").exits(2)
		w.with(idle).apply("next.tfplan").exits(0)
	})
}

// TestAccUnknownTriggerPlannedAndAppliedIdle: the same with a trigger that only apply
// knows, which is what a create and an update normally have.
func TestAccUnknownTriggerPlannedAndAppliedIdle(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		config := func(rule string) string {
			return web("triggers = terraform_data.rule.output") + fmt.Sprintf(`
resource "terraform_data" "rule" {
  input            = %[1]q
  triggers_replace = %[1]q
}`, rule)
		}
		for _, rule := range []string{"first", "second"} {
			w.write(config(rule))
			w.plan("-out=next.tfplan").exits(2)
			w.with(idle).apply("next.tfplan").exits(1).says("Error: Planned to look, but nothing may be probed now").saysNot(blamed)
			w.apply().exits(0)
		}
		// If the trigger turns out to be as it was, there was nothing to look for.
		w.write(strings.Replace(config("third"), `= "third"`, `= "second"`, 1))
		w.plan("-out=next.tfplan").exits(2)
		w.with(idle).apply("next.tfplan").exits(0).saysNot(blamed)
	})
}

// TestAccReportingIsAppliedWithoutALook: arguments that say how to report silence a
// check while its port is down. Nothing is looked at for them.
func TestAccReportingIsAppliedWithoutALook(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		servers := w.serve(80, 443)
		for _, silent := range []string{`on_drift = "ignore"`, `on_drift = "warning"`, `on_failure = "warning"`} {
			w.firewall(443, porttest.Accept)
			w.write(web(""))
			w.apply().exits(0)
			w.firewall(443, porttest.RejectAdmin)
			w.plan().exits(2)
			w.write(web(silent))
			w.apply().exits(0)
			w.plan().exits(0).says("No changes.")
			if w.check()["passed"] != false {
				t.Errorf("%s: state says that the port is open", silent)
			}
		}
		// The same while all is well sends nothing beyond the refresh.
		w.firewall(443, porttest.Accept)
		w.write(web(""))
		w.apply().exits(0)
		before := w.stateFile()
		sent := servers[0].Accepted()
		w.write(strings.Replace(web(`on_drift = "warning"
  on_failure = "warning"`), `update = "1s"`, `update = "2s"`, 1))
		w.apply("-refresh=false").exits(0).says("1 changed")
		if n := servers[0].Accepted() - sent; n != 0 {
			t.Errorf("%d probes for arguments that say how to report", n)
		}
		if bytes.Equal(before, w.stateFile()) {
			t.Error("the new arguments are not in state")
		}
		w.plan().exits(0)
	})
}

// TestAccAcceptedNoLonger: what an apply accepted with on_failure = "warning" is
// drift once on_failure is "error", and not again once it is "warning".
func TestAccAcceptedNoLonger(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		w.write(web(`on_failure = "warning"`))
		w.apply().exits(0)
		w.plan().exits(0).says("Warning: Accepted port failure")
		w.write(web(""))
		w.plan().exits(2)
		w.apply().exits(1).says("Error: Port check failed: tcp://198.51.100.1:443 is closed")
		w.write(web(`on_drift = "error"`))
		w.plan().exits(1).says("Error: Port drift stops the plan: tcp://198.51.100.1:443 is closed")
		w.write(web(`on_drift = "warning"`))
		w.apply().exits(0)
		w.plan().exits(0).says("Warning: Port drift", "tcp://198.51.100.1:443 is closed")
		w.write(web(`on_failure = "warning"`))
		w.apply().exits(0)
		w.plan().exits(0).says("Warning: Accepted port failure")
		w.serve(443)
		w.write(web(""))
		w.apply().exits(0)
		w.plan().exits(0).saysNot("Warning:")
	})
}

// TestAccUnknownOnFailure: what was accepted is not refused while it is not known
// whether it still is.
func TestAccUnknownOnFailure(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		config := func(onFailure, rule string) string {
			return web(`on_drift = "error"
  on_failure = terraform_data.rule.output`) + fmt.Sprintf(`
resource "terraform_data" "rule" {
  input            = %q
  triggers_replace = %q
}`, onFailure, rule)
		}
		w.write(config("warning", "old"))
		w.apply().exits(0)
		w.plan().exits(0).says("Warning: Accepted port failure")
		w.write(config("warning", "new"))
		w.apply().exits(0).saysNot(blamed)
		w.plan().exits(0)
		w.write(config("error", "new"))
		w.apply().exits(1).says("Error: Port check failed: tcp://198.51.100.1:443 is closed").saysNot(blamed)
	})
}

// TestAccWarningNeverStops: with on_drift = "warning" a stored failure stops no
// apply, whichever way the CLI comes to it.
func TestAccWarningNeverStops(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		config := func(rule string) string {
			return web(`on_drift = "warning"
  triggers = terraform_data.rule.output`) + fmt.Sprintf(`
resource "terraform_data" "rule" {
  input            = "the same"
  triggers_replace = %q
}`, rule)
		}
		w.write(config("old"))
		w.apply().exits(0)
		w.firewall(443, porttest.RejectAdmin)
		w.run("apply", "-refresh-only", "-auto-approve").exits(0)
		w.plan("-refresh=false").exits(0)
		w.apply("-refresh=false").exits(0)
		// The trigger is unknown in the plan and stays as it was.
		w.write(config("new"))
		w.apply("-refresh=false").exits(0).saysNot(blamed)
		w.write(config("newer"))
		w.plan("-out=next.tfplan").exits(2)
		w.apply("next.tfplan").exits(0).saysNot(blamed)
		w.plan().exits(0).says(driftWarning)
	})
}

// TestAccReplaceOfARefusedCheck: -replace asks for a new look, and gets it.
func TestAccReplaceOfARefusedCheck(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(web(`on_drift = "error"`))
		w.apply().exits(0)
		w.firewall(443, porttest.RejectAdmin)
		w.plan().exits(1).says(driftRefused, "So is -replace of the check")
		w.plan("-replace=portcheck_baseline.estate").exits(1)
		w.plan("-replace=portcheck_check.web", "-out=next.tfplan").exits(2)
		w.firewall(443, porttest.Accept)
		w.apply("next.tfplan").exits(0).saysNot(blamed)
		w.firewall(443, porttest.RejectAdmin)
		w.with("TF_CLI_ARGS_plan=-replace=portcheck_check.web").plan().exits(2)
		w.apply("-replace=portcheck_check.web").exits(1).says(applyError)
	})
}

// TestAccErrorWithManyAccepted: drift is refused although the failures that state
// lists are all accepted.
func TestAccErrorWithManyAccepted(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(5000)
		w.write(fast + `
resource "portcheck_check" "web" {
  hosts      = ["198.51.100.1"]
  open       = ["1000-2009", "5000"]
  on_drift   = "error"
  on_failure = "warning"
  rechecks   = 0
  timeouts {
    create = "1s"
  }
}`)
		w.apply().exits(0)
		w.plan().exits(0)
		w.firewall(5000, porttest.RejectAdmin)
		w.plan().exits(1).says("Error: Port drift stops the plan: endpoints after the first 1000 failures")
	})
}
