// Command diagnostics writes the messages that the documentation shows, as a
// real CLI prints them about a real firewall:
//
//	diagnostics DIR
//
// DIR gets a file for each cause. Times, local ports and other parts that
// differ between two runs are written alike each time. The command uses the CLI
// that PORTCHECK_CLI names, and the provider that lies beside this program: it
// runs in a network namespace, in which nothing can be downloaded. Where there
// can be no lab it leaves DIR alone and says so; with PORTCHECK_REQUIRE_LAB
// that is an error.
package main

import (
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

//go:embed main.tf
var configuration []byte

func main() {
	if code, done := porttest.Enter(); done {
		os.Exit(code)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "diagnostics:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("expected one argument, the directory to write to")
	}
	if why := porttest.Unavailable(); why != "" {
		if os.Getenv("PORTCHECK_REQUIRE_LAB") != "" {
			return errors.New("no lab: " + why)
		}
		fmt.Fprintf(os.Stderr, "%s stays as it is, since there is no lab here: %s\n", args[0], why)
		return nil
	}
	work, err := os.MkdirTemp("", "portcheck-diagnostics-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	said, err := played(work)
	if err != nil {
		return err
	}
	return write(args[0], said)
}

// played applies the configuration while everything is as declared, breaks it,
// and returns the output of a plan.
func played(work string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(work, "main.tf"), configuration, 0o600); err != nil {
		return "", err
	}
	cli, err := porttest.NewCLI(os.Getenv("PORTCHECK_CLI"), work, filepath.Dir(self))
	if err != nil {
		return "", err
	}
	lab, err := porttest.OpenLab(func(err error) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	})
	if err != nil {
		return "", err
	}
	defer func() { _ = lab.Close() }()
	servers := map[netip.AddrPort]*porttest.Server{}
	for _, addr := range []netip.AddrPort{at(1, 80), at(1, 443), at(2, 22), at(2, 5432), at(3, 25), at(3, 587), at(4, 443)} {
		servers[addr] = lab.Listen(addr, porttest.AcceptClose)
	}
	if _, err := mustExit(cli, 0, "apply", "-auto-approve", "-input=false"); err != nil {
		return "", err
	}
	lab.Set(porttest.Router, at(1, 443), porttest.Drop)
	if err := servers[at(2, 5432)].Close(); err != nil {
		return "", err
	}
	lab.Set(porttest.Router, at(3, 25), porttest.RejectAdmin)
	lab.Listen(at(4, 22), porttest.AcceptClose)
	return mustExit(cli, 2, "plan", "-detailed-exitcode", "-input=false")
}

// mustExit runs the CLI and returns its output. Another exit status than want
// is an error.
func mustExit(cli *porttest.CLI, want int, args ...string) (string, error) {
	out, exit, err := cli.Run(args...)
	if err != nil {
		return "", fmt.Errorf("%s: %w", args[0], err)
	}
	if exit != want {
		return "", fmt.Errorf("%s: exit status %d, not %d\n%s", args[0], exit, want, out)
	}
	return out, nil
}

// at is a port of a server of the lab.
func at(server int, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(porttest.ServerAddr(server), port)
}

// causes lists the causes that the documentation shows.
var causes = []string{"filtered", "service-down", "rejected", "unexpected-open", "host-down"}

// block matches a warning, up to the next line that is not indented.
var block = regexp.MustCompile(`(?m)^Warning: .*\n(?:\n+ .*|\n .*)*`)

// write writes the warning about each cause into a file of its own.
func write(dir, said string) error {
	blocks := block.FindAllString(said, -1)
	for _, cause := range causes {
		text := ""
		for _, b := range blocks {
			if strings.Contains(b, "\n  "+cause+": ") {
				text = b
			}
		}
		if text == "" {
			return fmt.Errorf("the plan does not speak of %s:\n%s", cause, said)
		}
		if err := os.WriteFile(filepath.Join(dir, cause+".txt"), []byte(steady(text)+"\n"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// volatile lists the parts that differ between two runs, and the text for them.
// The local address is missing ("this machine") if the answer to the last look
// arrives before connect returns.
var volatile = []struct {
	old *regexp.Regexp
	new string
}{
	{regexp.MustCompile(`(Last passed: )\S+`), "${1}2026-11-23T16:20:41Z"},
	{regexp.MustCompile(`(?m)^(  )\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "${1}2026-11-24T03:00:07Z"},
	{regexp.MustCompile(`since \S+`), "since 03:00:00"},
	{regexp.MustCompile(`after [\d.]+(ms|µs)`), "after 1ms"},
	{regexp.MustCompile(`after [\d.]+s`), "after 3.1s"},
	{regexp.MustCompile(`(192\.0\.2\.1:\d+|this machine) ->`), "192.0.2.1:40312 ->"},
	{regexp.MustCompile(`'(?:host 192\.0\.2\.1 and \()?(host \S+ and tcp port \d+ or icmp)\)?'`), "'host 192.0.2.1 and (${1})'"},
	{regexp.MustCompile(`nft {5}(?:ip saddr 192\.0\.2\.1 )?`), "nft     ip saddr 192.0.2.1 "},
}

// steady returns text with all volatile parts written alike.
func steady(text string) string {
	for _, v := range volatile {
		text = v.old.ReplaceAllString(text, v.new)
	}
	return text
}
