package provider

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReplaces(t *testing.T) {
	for line, want := range map[string]bool{
		"terraform plan": false,
		"terraform plan -replace=portcheck_check.web":                  true,
		"terraform apply --replace portcheck_check.web":                true,
		`tofu plan -replace=module.a["x.y"].portcheck_check.web["eu"]`: true,
		`terraform plan -replace="portcheck_check.web"`:                true,
		"terraform plan -replace=terraform_data.portcheck_check":       false,
		"terraform plan -replace=portcheck_baseline.estate":            false,
		"terraform plan -target=portcheck_check.web":                   false,
		"terraform plan -replace":                                      false,
		"terraform plan -replace=":                                     false,
	} {
		if got := commandLine(strings.Fields(line)).replaces("portcheck_check"); got != want {
			t.Errorf("%s: %t", line, got)
		}
	}
}

// TestParentCommandLine: what the CLI takes from the environment counts too.
func TestParentCommandLine(t *testing.T) {
	t.Setenv("TF_CLI_ARGS_plan", "-lock=false -replace=portcheck_check.web")
	if c := parentCommandLine(); !c.replaces("portcheck_check") {
		t.Errorf("%q replaces nothing", c)
	}
}

// TestSavedPlan: the plan is found among the arguments, and nothing else is taken for
// one.
func TestSavedPlan(t *testing.T) {
	name := filepath.Join(t.TempDir(), "next.tfplan")
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	plan, err := w.Create("tfplan")
	if err == nil {
		_, err = plan.Write([]byte("the plan"))
	}
	if err := errors.Join(err, w.Close(), os.WriteFile(name, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	for want, lines := range map[string][]commandLine{
		"the plan": {{"terraform", "apply", name}, {"tofu", "-chdir=x", "apply", "-var", "a=b", name, "-no-color"}},
		"":         {nil, {"terraform", "apply"}, {"terraform", "plan", name}, {"terraform", "apply", name + "x"}, {"terraform", "apply", "command_line.go"}},
	} {
		for _, line := range lines {
			if got := string(line.savedPlan()); got != want {
				t.Errorf("%q: %q", line, got)
			}
		}
	}
}
