package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// besideAnother takes the installed portcheck and one more provider.
const besideAnother = `
terraform {
  required_providers {
    portcheck = {
      source  = "portcheck/portcheck"
      version = "~> 0.1"
    }
    other = { source = "example/other" }
  }
}
data "portcheck" "quiet" {
  hosts  = ["127.0.0.1"]
  closed = ["1"]
}
output "passed" { value = data.portcheck.quiet.passed }
`

// TestInstall: after make install plain init finds portcheck, and beside it a
// provider from elsewhere; make uninstall leaves nothing behind.
func TestInstall(t *testing.T) {
	home := t.TempDir()
	env := installEnv(t, home)
	run := func(dir, name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	maker := porttest.Program(t, "make")
	run(".", maker, "-s", "install")
	for _, cli := range []struct{ variable, registry string }{
		{"PORTCHECK_TERRAFORM", "registry.terraform.io"}, {"PORTCHECK_TOFU", "registry.opentofu.org"},
	} {
		t.Run(cli.registry, func(t *testing.T) {
			paths := filepath.SplitList(os.Getenv(cli.variable))
			if len(paths) == 0 {
				t.Skipf("%s is not set to the path of a CLI", cli.variable)
			}
			addOther(t, filepath.Join(home, ".terraform.d", "plugins", cli.registry))
			for _, path := range paths {
				dir := t.TempDir()
				if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(besideAnother), 0o600); err != nil {
					t.Fatal(err)
				}
				run(dir, path, "init", "-input=false")
				if out := run(dir, path, "plan", "-input=false", "-no-color"); !strings.Contains(out, "+ passed = true") {
					t.Errorf("the plan does not say that it passed:\n%s", out)
				}
			}
		})
	}
	run(".", maker, "-s", "uninstall")
	err := filepath.WalkDir(home, func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(path, "portcheck") {
			t.Errorf("make uninstall leaves %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// installEnv is an environment with a home of its own, but with Go's caches as
// they are, and with nothing of the make that may run this test.
func installEnv(t *testing.T, home string) []string {
	t.Helper()
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MAKE") || strings.HasPrefix(variable, "MFLAGS=")
	})
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOENV", "GOFLAGS"} {
		out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		// The race detector takes cgo, which the release does without.
		env = append(env, name+"="+strings.ReplaceAll(strings.TrimSpace(string(out)), "-race", ""))
	}
	return append(env, "HOME="+home, "GOBIN=", "GOPATH="+filepath.Join(home, "go"), "TF_CLI_CONFIG_FILE="+os.DevNull, "CHECKPOINT_DISABLE=1")
}

// addOther puts example/other into a registry's part of the mirror. Any provider
// will do: this one.
func addOther(t *testing.T, registry string) {
	t.Helper()
	installed, err := filepath.Glob(filepath.Join(registry, "portcheck", "portcheck", "*", runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-portcheck_v*"))
	if err != nil || len(installed) != 1 {
		t.Fatalf("installed are %q: %v", installed, err)
	}
	other := filepath.Join(registry, "example", "other", "1.0.0", runtime.GOOS+"_"+runtime.GOARCH)
	if err := os.MkdirAll(other, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(installed[0], filepath.Join(other, "terraform-provider-other_v1.0.0")); err != nil {
		t.Fatal(err)
	}
}
