//go:build next

package provider_test

import (
	"os"
	"testing"
)

// The files acc_next_* are about what Terraform knows from 1.14 on. They run by
// themselves: make next.

// onNext runs test on the Terraform that PORTCHECK_TERRAFORM_NEXT names, in a lab.
func onNext(t *testing.T, test func(t *testing.T, w *workspace)) {
	t.Helper()
	test(t, newWorkspace(t, os.Getenv("PORTCHECK_TERRAFORM_NEXT")))
}

// shown writes what a command says into the log of the test.
func (r result) shown() result {
	r.t.Helper()
	r.t.Logf("%s\n%s", r.command, r.out)
	return r
}

const smoke = fast + `
variable "ports" {
  type    = list(string)
  default = ["80"]
}
action "portcheck_verify" "smoke" {
  config {
    hosts   = ["198.51.100.1"]
    open    = var.ports
    closed  = ["22"]
    timeout = "7s"
  }
}
resource "terraform_data" "rule" {
  input = 1
  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.portcheck_verify.smoke]
    }
  }
}
`

// TestNextActionInvoked: a pipeline invokes the action by itself.
func TestNextActionInvoked(t *testing.T) {
	onNext(t, func(_ *testing.T, w *workspace) {
		w.write(smoke)
		w.run("validate").exits(0)
		w.apply("-invoke=action.portcheck_verify.smoke").exits(1).shown().says(
			"0 of 2 as declared; waiting for tcp://198.51.100.1:80: not looked at yet",
			"1 of 2 as declared; waiting for tcp://198.51.100.1:80: closed",
			"Port check failed: tcp://198.51.100.1:80 is closed, declared open",
			"The action probed again and again",
		)
		w.serve(80)
		w.apply("-invoke=action.portcheck_verify.smoke").exits(0).shown().says("2 of 2 as declared", "Action complete")
	})
}

// TestNextActionTriggered: an action that a change has triggered fails the apply, and
// the next plan has nothing to do. A mistake is found before anything is changed.
func TestNextActionTriggered(t *testing.T) {
	onNext(t, func(t *testing.T, w *workspace) {
		w.write(smoke)
		w.apply(`-var=ports=["http"]`).exits(1).shown().says("Error: Invalid port", `"http" is not a port`)
		if w.state("terraform_data", "rule") != nil {
			t.Error("the mistake was found after the change")
		}
		w.apply().exits(1).says("Port check failed: tcp://198.51.100.1:80 is closed, declared open")
		if w.state("terraform_data", "rule") == nil {
			t.Error("the resource that triggered the action is not in state")
		}
		w.plan().exits(0).says("No changes.")
	})
}

// TestNextActionInterrupted: Ctrl-C ends an action that would go on, and no port is
// called closed. The exit code of an action that was interrupted is the CLI's matter.
func TestNextActionInterrupted(t *testing.T) {
	onNext(t, func(_ *testing.T, w *workspace) {
		seen := w.serve(80)[0]
		w.write(smoke)
		cmd := w.Command("apply", "-auto-approve", "-input=false", `-var=ports=["80", "443"]`, "-invoke=action.portcheck_verify.smoke")
		w.interrupted(cmd, seen, func() error { return cmd.Process.Signal(os.Interrupt) }).shown().
			saysNot("Port check failed")
	})
}
