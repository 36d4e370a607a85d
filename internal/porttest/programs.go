package porttest

import (
	_ "embed"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// programs has a line for each program that the tests run: its name, and
// Debian's packages that have it. A # starts a comment.
//
//go:embed programs.txt
var programs string

// errNotInstalled is wrapped by the error for a program that this machine
// lacks.
var errNotInstalled = errors.New("is not installed")

// Program returns the path of a program. Where this machine lacks the program
// the test is skipped, with the name of the package to install. A skip is a
// failure in CI. With -short no program is run.
func Program(tb testing.TB, name string) string {
	tb.Helper()
	if testing.Short() {
		tb.Skipf("-short runs no %s", name)
	}
	path, err := Find(name)
	if err != nil {
		tb.Skip(err)
	}
	return path
}

// elsewhere is where Debian keeps programs that are not in the PATH of ordinary
// users.
var elsewhere = []string{"/usr/sbin/", "/sbin/", "/usr/lib/postgresql/*/bin/"}

// Find looks for a program in PATH and then elsewhere. Its error is
// errNotInstalled and names the packages that have the program.
func Find(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, dir := range elsewhere {
		found, err := filepath.Glob(dir + name)
		if err != nil || len(found) == 0 {
			continue
		}
		if path, err := exec.LookPath(found[len(found)-1]); err == nil { // the newest version
			return path, nil
		}
	}
	if packages := packagesOf(name); packages != "" {
		return "", fmt.Errorf("%s %w (Debian: apt-get install %s)", name, errNotInstalled, packages)
	}
	return "", fmt.Errorf("%s %w", name, errNotInstalled)
}

// packagesOf returns the packages that have a program, or "" if programs.txt
// does not know.
func packagesOf(name string) string {
	for line := range strings.Lines(programs) {
		line, _, _ = strings.Cut(line, "#")
		program, packages, _ := strings.Cut(strings.TrimSpace(line), " ")
		if program == name || program == filepath.Base(name) {
			return packages
		}
	}
	return ""
}
