// Command demo plays the story that portcheck exists for, with a real CLI and,
// where the system allows it, a real firewall: two ports pass, a rule drops
// one, plan catches it and names the cause, an apply undoes the rule and the
// check passes. Its exit status says whether the story went as told.
//
// make demo builds the provider and the demo into one folder and calls the demo
// with the CLI in PORTCHECK_CLI. Nothing is built or downloaded here: the
// network namespace that the story is played in has no way out. At the end the
// folder has the configuration, ready to be tried with hosts of one's own.
package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// configuration has HOST, WEB and DATABASE in the place of a host and two ports.
//
//go:embed main.tf
var configuration string

func main() {
	if os.Getenv(socketVariable) != "" { // called by the configuration
		exitOn(ask(os.Args[1:]))
		return
	}
	if code, done := porttest.Enter(); done {
		os.Exit(code)
	}
	exitOn(run())
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

// run plays the story in a folder of its own, so that what users have tried in
// the demo's folder stays.
func run() error {
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
	if err := play(cli, self); err != nil {
		return err
	}
	return leave(path, filepath.Dir(self))
}

// play opens the scene and plays the acts on it.
func play(cli *porttest.CLI, self string) error {
	scene, err := openScene(cli.Dir)
	if err != nil {
		return err
	}
	defer scene.close()
	if err := configure(cli.Dir, scene.web.Addr().String(), fmt.Sprint(scene.web.Port()), fmt.Sprint(scene.database.Port())); err != nil {
		return err
	}
	cli.Env = append(cli.Env, "PORTCHECK_DEMO="+self, socketVariable+"="+scene.socket())
	fmt.Println("\n" + scene.description)
	for i, act := range acts(scene) {
		fmt.Printf("\n--- %d. %s\n\n", i+1, act.title)
		if err := act.play(cli); err != nil {
			return fmt.Errorf("act %d: %w", i+1, err)
		}
	}
	fmt.Println("\nThe story went as told.")
	return nil
}

// configure writes the story's configuration into dir.
func configure(dir, host, web, database string) error {
	text := strings.NewReplacer("HOST", host, "WEB", web, "DATABASE", database).Replace(configuration)
	return os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o644)
}

// leave puts the story's configuration into dir, to be tried with hosts of one's
// own. A configuration that is there already may have been edited, and stays.
func leave(cli, dir string) error {
	if _, err := porttest.NewCLI(cli, dir, dir); err != nil { // for its CLI configuration
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "main.tf")); errors.Is(err, os.ErrNotExist) {
		if err := configure(dir, "localhost", "22", "5432"); err != nil {
			return err
		}
	}
	name := cli
	if onPath, err := exec.LookPath(filepath.Base(cli)); err == nil && onPath == cli {
		name = filepath.Base(cli)
	}
	fmt.Print(strings.NewReplacer("{dir}", dir, "{cli}", name).Replace(next))
	return nil
}

// next tells users how to go on after the demo.
const next = `
The configuration is in {dir}/main.tf. Three things to try next:

1. Put a host and two ports of your own into the check, then:
     cd {dir}
     export TF_CLI_CONFIG_FILE=$PWD/cli.tfrc
     {cli} apply
2. Close one of the two ports, and see what a plan says and how it exits:
     {cli} plan -detailed-exitcode
3. Use portcheck in your own configurations, from the checkout:
     make install
`
