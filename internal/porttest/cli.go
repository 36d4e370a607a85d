package porttest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// CLI runs Terraform or OpenTofu on one root module, with the provider of this
// checkout in the place of a published one.
type CLI struct {
	Path string   // of the program
	Dir  string   // with the root module
	Env  []string // of the program, as in exec.Cmd
}

// ProviderName is the file name of the provider's program.
const ProviderName = "terraform-provider-portcheck"

// NewCLI prepares dir as a root module for the program at path, with the
// provider in the folder provider. Development overrides need neither init nor
// a network.
func NewCLI(path, dir, provider string) (*CLI, error) {
	if _, err := os.Stat(filepath.Join(provider, ProviderName)); err != nil {
		return nil, fmt.Errorf("the provider is not built: %w", err)
	}
	config, err := writeConfig(dir, provider)
	if err != nil {
		return nil, err
	}
	return &CLI{path, dir, append(os.Environ(), "TF_CLI_CONFIG_FILE="+config, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")}, nil
}

// writeConfig writes a CLI configuration into dir that takes portcheck from the
// folder provider, and returns its path.
func writeConfig(dir, provider string) (string, error) {
	overrides := fmt.Sprintf(`provider_installation {
  dev_overrides {
    "registry.terraform.io/portcheck/portcheck" = %[1]q
    "registry.opentofu.org/portcheck/portcheck" = %[1]q
  }
}
`, provider)
	config := filepath.Join(dir, "cli.tfrc")
	return config, os.WriteFile(config, []byte(overrides), 0o644)
}

// Name is the program's name: terraform or tofu.
func (c *CLI) Name() string { return filepath.Base(c.Path) }

// Command is the program with these arguments, not started.
func (c *CLI) Command(args ...string) *exec.Cmd {
	cmd := exec.Command(c.Path, append(args, "-no-color")...) //nolint:noctx // whoever runs it waits for it
	cmd.Dir, cmd.Env = c.Dir, c.Env
	return cmd
}

// overridesWarning matches the warning about development overrides that each
// command prints.
var overridesWarning = regexp.MustCompile(`(?s)\n*Warning: Provider development overrides are in effect.*?releases\.\n`)

// Run runs the program and returns its output, without the warning about
// development overrides, and its exit code. err is not nil only if the program
// could not be run.
func (c *CLI) Run(args ...string) (out string, exit int, err error) {
	cmd := c.Command(args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		if _, ended := errors.AsType[*exec.ExitError](err); !ended {
			return "", -1, err
		}
	}
	return overridesWarning.ReplaceAllString(said.String(), ""), cmd.ProcessState.ExitCode(), nil
}
