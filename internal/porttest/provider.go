package porttest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// providerEnv names the folder of the provider that MainWithProvider built, for
// the copy of the process in the lab.
const providerEnv = "PORTTEST_PROVIDER"

// MainWithProvider is [Main] for tests that give the provider to a CLI. It first
// builds the provider from source, the folder of the provider's main package:
// inside the lab go could download no module.
func MainWithProvider(m *testing.M, source string) int {
	if os.Getenv(providerEnv) != "" { // this is the copy in the lab
		return Main(m)
	}
	dir, err := os.MkdirTemp("", "portcheck-provider-")
	if err != nil {
		return failed(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, ProviderName), source) //nolint:noctx // waited for below
	if out, err := build.CombinedOutput(); err != nil {
		return failed(fmt.Errorf("build the provider: %w: %s", err, out))
	}
	if err := os.Setenv(providerEnv, dir); err != nil {
		return failed(err)
	}
	return Main(m)
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// Provider returns the folder of the provider that MainWithProvider built, fit
// for [NewCLI].
func Provider() string { return os.Getenv(providerEnv) }
