// Command demo plays a story of portcheck with a real CLI and, where the system
// allows it, a real firewall. Its exit status says whether the story went as told.
//
//	demo            a firewall closes a port, see firewall.go
//	demo networks   a rule between networks is swapped, see networks.go
//
// make demo and make demo-vantage build the provider and the demo into one folder
// and call the demo with the CLI in PORTCHECK_CLI. Nothing is built or downloaded
// here: the network namespace that a story is played in has no way out. At the end
// the folder has the configuration, ready to be tried with hosts of one's own.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// story is what a demo plays, and leaves to be tried.
type story struct {
	configuration string                           // with names in capitals in the place of what is filled in
	folder        string                           // where it stays, below the demo's
	own           []string                         // what is filled in where it stays
	open          func(dir string) (*scene, error) // the scene, whose files are in dir
	next          string                           // three things to try, for {cli} in {dir}
}

func main() {
	if os.Getenv(socketVariable) != "" { // called by the configuration
		exitOn(ask(os.Args[1:]))
		return
	}
	if code, done := porttest.Enter(); done {
		os.Exit(code)
	}
	told := firewall
	switch args := os.Args[1:]; {
	case len(args) == 1 && args[0] == "networks":
		told = networks
	case len(args) > 0:
		exitOn(fmt.Errorf("%q is not known, expected networks or nothing", args))
	}
	exitOn(told.run())
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

// run plays the story in a folder of its own, so that what users have tried in
// the demo's folder stays.
func (t story) run() error {
	path, err := exec.LookPath(os.Getenv("PORTCHECK_CLI"))
	if err != nil {
		return errors.New("PORTCHECK_CLI does not name a terraform or tofu; make demo sets it")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "portcheck-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cli, err := porttest.NewCLI(path, dir, filepath.Dir(self))
	if err != nil {
		return err
	}
	if err := t.play(cli, self); err != nil {
		return err
	}
	return t.leave(path, filepath.Dir(self))
}

// play opens the scene and plays the acts on it.
func (t story) play(cli *porttest.CLI, self string) error {
	scene, err := t.open(cli.Dir)
	if err != nil {
		return err
	}
	defer scene.close()
	if err := scene.serve(cli.Dir); err != nil {
		return err
	}
	if err := t.configure(cli.Dir, scene.fill); err != nil {
		return err
	}
	cli.Env = append(cli.Env, "PORTCHECK_DEMO="+self, socketVariable+"="+scene.socket())
	fmt.Println("\n" + scene.description)
	for i, act := range scene.acts {
		fmt.Printf("\n--- %d. %s\n\n", i+1, act.title)
		if err := act.play(cli, scene); err != nil {
			return fmt.Errorf("act %d: %w", i+1, err)
		}
	}
	fmt.Println("\nThe story went as told.")
	return nil
}

// configure writes the story's configuration into dir.
func (t story) configure(dir string, fill []string) error {
	text := strings.NewReplacer(fill...).Replace(t.configuration)
	return os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o644)
}

// leave puts the story's configuration into its folder below demo, to be tried with
// hosts of one's own. A configuration that is there already may have been edited,
// and stays.
func (t story) leave(cli, demo string) error {
	dir := filepath.Join(demo, t.folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if _, err := porttest.NewCLI(cli, dir, demo); err != nil { // for its CLI configuration
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "main.tf")); errors.Is(err, os.ErrNotExist) {
		if err := t.configure(dir, t.own); err != nil {
			return err
		}
	}
	name := cli
	if onPath, err := exec.LookPath(filepath.Base(cli)); err == nil && onPath == cli {
		name = filepath.Base(cli)
	}
	const next = "\nA copy to edit is in {dir}/main.tf. Three things to try next:\n\n"
	fmt.Print(strings.NewReplacer("{dir}", dir, "{checkout}", filepath.Dir(filepath.Dir(dir)), "{cli}", name).Replace(next + t.next))
	return nil
}
