package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestReproducible: two builds of one commit, in different directories, are the same
// byte for byte, and the binary says what it was built from.
func TestReproducible(t *testing.T) {
	git := porttest.Program(t, "git")
	var builds [][]byte
	var binary string
	for range 2 {
		dir := t.TempDir()
		for _, command := range [][]string{
			{git, "clone", "--quiet", "--depth=1", "file://" + workingDirectory(t), filepath.Join(dir, "source")},
			{"go", "build", "-C", filepath.Join(dir, "source"), "-trimpath", "-ldflags=-s -w -X main.version=1.2.3 -X main.commit=abcdef", "-o", filepath.Join(dir, "provider"), "."},
		} {
			cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=") // -race needs cgo
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %v\n%s", command, err, out)
			}
		}
		binary = filepath.Join(dir, "provider")
		build, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		builds = append(builds, build)
	}
	if !bytes.Equal(builds[0], builds[1]) {
		t.Error("the builds differ")
	}
	out, err := exec.CommandContext(t.Context(), binary, "-version").CombinedOutput()
	if err != nil || !regexp.MustCompile(`^terraform-provider-portcheck 1\.2\.3 \(commit abcdef, go1\.\S+ \w+/\w+\)\n$`).Match(out) {
		t.Errorf("-version: %v, %q", err, out)
	}
}

func workingDirectory(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
