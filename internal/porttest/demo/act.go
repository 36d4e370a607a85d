package main

import (
	"fmt"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// act is one command of the story.
type act struct {
	title string
	hand  func() error // done by hand, behind Terraform's back; nil: nothing
	args  []string
	exit  int      // the exit status that the command must have
	says  []string // what the command must say
}

// acts returns the story in its order.
func acts(s *scene) []act {
	database := fmt.Sprintf("tcp://%s:%d", s.database.Addr(), s.database.Port())
	return []act{
		{
			title: "The web server and the database are declared open, and are.",
			args:  []string{"apply", "-auto-approve"},
			says:  []string{"2 added, 0 changed, 0 destroyed"},
		}, {
			title: "Nothing changed: the plan is quiet.",
			args:  []string{"plan", "-detailed-exitcode"},
			says:  []string{"No changes."},
		}, {
			title: "Somebody " + s.accident + " the database's port by hand. The next plan catches it.",
			hand:  s.drop,
			args:  []string{"plan", "-detailed-exitcode"}, exit: 2,
			says: []string{"Port drift: " + database + " is " + s.found, s.cause + ": "},
		}, {
			title: s.repair + ", and the same apply sees that the port is open again.",
			args:  []string{"apply", "-auto-approve", "-var=revision=2"},
			says:  []string{"1 added, 1 changed, 1 destroyed"},
		}, {
			title: "The plan is quiet again.",
			args:  []string{"plan", "-detailed-exitcode", "-var=revision=2"},
			says:  []string{"No changes."},
		}, {
			title: "Nothing stands in the way of destroy.",
			args:  []string{"destroy", "-auto-approve"},
			says:  []string{"2 destroyed"},
		},
	}
}

// play runs the act's command and shows it. The error names an exit status or a
// text that is not as told.
func (a act) play(cli *porttest.CLI) error {
	if a.hand != nil {
		if err := a.hand(); err != nil {
			return err
		}
	}
	fmt.Printf("$ %s %s\n", cli.Name(), strings.Join(a.args, " "))
	out, exit, err := cli.Run(append(a.args, "-input=false")...)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n(exit status %d)\n", strings.TrimSpace(out), exit)
	if exit != a.exit {
		return fmt.Errorf("the exit status is %d, not %d", exit, a.exit)
	}
	for _, text := range a.says {
		if !strings.Contains(out, text) {
			return fmt.Errorf("%q is not said", text)
		}
	}
	return nil
}
