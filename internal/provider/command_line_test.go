package provider

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
	file := func(name, text string) string {
		name = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	archive := func(entry string) string {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		plan, err := w.Create(entry)
		if err == nil {
			_, err = plan.Write([]byte("the plan"))
		}
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	name, other := file("next.tfplan", archive("tfplan")), file("other.zip", archive("state"))
	sealed := file("sealed.tfplan", `{"meta":{"key_provider.pbkdf2.k":"eyJ9"},"encrypted_data":"dGhlIHBsYW4=","encryption_version":"v0"}`)
	variables := file("a.tfvars.json", `{"meta":1}`)
	none := savedPlan{}
	for _, tt := range []struct {
		line commandLine
		want savedPlan
	}{
		{commandLine{"terraform", "apply", name}, savedPlan{text: []byte("the plan")}},
		{commandLine{"tofu", "-chdir=x", "apply", "-var", "a=b", name, "-no-color"}, savedPlan{text: []byte("the plan")}},
		{commandLine{"tofu", "apply", "-var-file", variables, sealed}, savedPlan{sealed: true}},
		{nil, none},
		{commandLine{"terraform", "apply"}, none},
		{commandLine{"terraform", "plan", name}, none},
		{commandLine{"terraform", "apply", name + "x"}, none},
		{commandLine{"terraform", "apply", "command_line.go"}, none},
		{commandLine{"terraform", "apply", other}, none},
		{commandLine{"terraform", "apply", variables}, none},
		{commandLine{"terraform", "apply", t.TempDir()}, none},
	} {
		got := tt.line.savedPlan()
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(savedPlan{})); diff != "" || got.given() != (tt.want.sealed || tt.want.text != nil) {
			t.Errorf("%q (-want +got)\n%s", tt.line, diff)
		}
	}
}
