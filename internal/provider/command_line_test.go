package provider

import (
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
