// Command demo plays the story that portcheck exists for, with a real CLI and,
// where the system allows it, a real firewall: two ports pass, a rule drops
// one, plan catches it and names the cause, an apply undoes the rule and the
// check passes. Its exit status says whether the story went as told.
//
// It uses the CLI that PORTCHECK_CLI names, otherwise terraform or tofu on
// PATH, and builds the provider from the checkout that it is run in.
package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

//go:embed main.tf
var configuration []byte

func main() {
	if len(os.Args) == 2 { // called by the configuration
		exitOn(tell(os.Args[1]))
		return
	}
	if code, done := porttest.Enter(); done {
		os.Exit(code)
	}
	dir, err := os.MkdirTemp("", "portcheck-demo-")
	exitOn(err)
	err = play(dir)
	_ = os.RemoveAll(dir)
	exitOn(err)
	fmt.Println("\nThe story went as told.")
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

// story is a demo under way.
type story struct {
	cli   *porttest.CLI
	scene *scene
}

func play(dir string) error {
	path, err := findCLI()
	if err != nil {
		return err
	}
	if err := porttest.BuildProvider(".", dir); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), configuration, 0o600); err != nil {
		return err
	}
	cli, err := porttest.NewCLI(path, dir, dir)
	if err != nil {
		return err
	}
	scene, err := openScene(dir)
	if err != nil {
		return err
	}
	defer scene.close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cli.Env = append(cli.Env, "PORTCHECK_DEMO="+self, socketVariable+"="+scene.socket(),
		"TF_VAR_host="+scene.web.Addr().String(), "TF_VAR_web="+port(scene.web.Port()), "TF_VAR_database="+port(scene.database.Port()))
	fmt.Println(scene.description)
	s := &story{cli: cli, scene: scene}
	return s.tell()
}

func port(n uint16) string { return strconv.Itoa(int(n)) }

// tell plays the acts in order.
func (s *story) tell() error {
	database := fmt.Sprintf("tcp://%s:%d", s.scene.database.Addr(), s.scene.database.Port())
	acts := []struct {
		title string
		hand  func() error // what somebody does behind Terraform's back
		args  []string
		exit  int
		says  []string
	}{
		{
			title: "The web server and the database are declared open, and are.",
			args:  []string{"apply", "-auto-approve"},
			says:  []string{"2 added, 0 changed, 0 destroyed"},
		}, {
			title: "Nothing changed: the plan is quiet.",
			args:  []string{"plan", "-detailed-exitcode"},
			says:  []string{"No changes."},
		}, {
			title: "Somebody " + s.scene.accident + " the database's port by hand. The next plan catches it.",
			hand:  s.scene.drop,
			args:  []string{"plan", "-detailed-exitcode"}, exit: 2,
			says: []string{"Port drift: " + database + " is " + s.scene.found, s.scene.cause + ": "},
		}, {
			title: "The firewall's rules are set anew, and the same apply sees that the port is open again.",
			args:  []string{"apply", "-auto-approve", "-var=firewall_revision=2"},
			says:  []string{"1 added, 1 changed, 1 destroyed"},
		}, {
			title: "The plan is quiet again.",
			args:  []string{"plan", "-detailed-exitcode", "-var=firewall_revision=2"},
			says:  []string{"No changes."},
		}, {
			title: "Nothing stands in the way of destroy.",
			args:  []string{"destroy", "-auto-approve"},
			says:  []string{"2 destroyed"},
		},
	}
	for i, act := range acts {
		fmt.Printf("\n--- %d. %s\n\n", i+1, act.title)
		if act.hand != nil {
			if err := act.hand(); err != nil {
				return err
			}
		}
		fmt.Printf("$ %s %s\n", s.cli.Name(), strings.Join(act.args, " "))
		out, exit, err := s.cli.Run(append(act.args, "-input=false")...)
		if err != nil {
			return err
		}
		fmt.Printf("%s\n(exit status %d)\n", strings.TrimSpace(out), exit)
		if exit != act.exit {
			return fmt.Errorf("act %d ended with exit status %d, not %d", i+1, exit, act.exit)
		}
		for _, text := range act.says {
			if !strings.Contains(out, text) {
				return fmt.Errorf("act %d does not say %q", i+1, text)
			}
		}
	}
	return nil
}

// findCLI returns the path of the CLI to use.
func findCLI() (string, error) {
	if path := os.Getenv("PORTCHECK_CLI"); path != "" {
		return exec.LookPath(path)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("neither terraform nor tofu is on PATH; make demo builds OpenTofu")
}
