package main

import (
	"fmt"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// act is one command of the story.
type act struct {
	title string
	drop  bool // whether somebody breaks something behind Terraform's back before it
	args  []string
	exit  int      // the exit status that the command must have
	says  []string // what the command must say
}

// play runs the act's command, shows it, and says what did not go as told.
func (a act) play(cli *porttest.CLI, s *scene) error {
	if a.drop {
		if err := s.drop(); err != nil {
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
