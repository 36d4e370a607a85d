package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccEmptyBaseline: a baseline of silent hosts declares nothing. It stops neither
// plan, nor apply, nor destroy of whatever else there is.
func TestAccEmptyBaseline(t *testing.T) {
	const warning = "baseline is empty, so nothing is declared. What is not looked at passes."
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
		config := estate("") + `
resource "terraform_data" "beside" { input = 1 }
data "portcheck" "same" {
  baseline = portcheck_baseline.estate.open
  open     = []
  hosts    = []
}`
		w.write(config)
		w.run("validate").exits(0).saysNot("Empty declaration")
		w.apply().exits(0).says("Nothing recorded of 198.51.100.1", "Warning: Empty declaration", warning)
		got := w.check()
		if diff := cmp.Diff([]any{true, map[string]any{}, map[string]any{}}, []any{got["passed"], got["results"], got["failures"]}); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		w.plan().exits(0).says(warning, "2nd check of it").saysNot("similar warning")
		w.plan("-destroy").exits(2)
		w.destroy().exits(0)
	})
}

// TestAccEmptyArguments: each argument whose value comes from elsewhere may be empty.
// What was left out is an error as ever.
func TestAccEmptyArguments(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		server := w.serve(80)[0]
		const none = "\nresource \"terraform_data\" \"none\" { input = [] }\n"
		check := func(arguments string) string {
			return fast + none + "resource \"portcheck_check\" \"web\" {\n" + strings.ReplaceAll(arguments, "NONE", "[for v in terraform_data.none.output : tostring(v)]") + "\n}\n"
		}
		for arguments, want := range map[string]string{
			"hosts = NONE\n open = [\"80\"]":                                    "hosts is empty, so nothing is declared.",
			"hosts = NONE\n open = [\"80/http\"]\n http = { \"80/http\" = {} }": "hosts is empty, so nothing is declared.",
			"hosts = [\"198.51.100.1\"]\n open = NONE":                          "open is empty, so hosts declares nothing.",
			"hosts = [\"198.51.100.1\"]\n closed = NONE":                        "closed is empty, so hosts declares nothing.",
			"baseline = { \"198.51.100.1\" = NONE }":                            "No host in baseline has a port, so nothing is declared.",
			"hosts = [\"198.51.100.1\"]\n open = [\"80\"]\n from = NONE":        "from is empty, so nothing is looked at from anywhere.",
		} {
			w.write(check(arguments))
			w.apply().exits(0).says("Empty declaration", want)
			w.plan().exits(0).says(want)
			w.destroy().exits(0)
		}
		for arguments, want := range map[string]string{
			"open = [\"80\"]":            "Nothing is declared.",
			"hosts = [\"198.51.100.1\"]": "hosts without ports declares nothing.",
		} {
			w.write(check(arguments))
			w.run("validate").exits(1).says("Incomplete declaration", want)
		}
		for arguments, want := range map[string]string{
			"hosts = NONE\n ports = [\"80\"]":                             "hosts is empty, so nothing is scanned.",
			"hosts = [\"198.51.100.1\"]\n ports = NONE":                   "ports is empty, so nothing is scanned.",
			"hosts = [\"198.51.100.1\"]\n ports = [\"80\"]\n from = NONE": "from is empty",
		} {
			w.write(strings.Replace(check(arguments), "portcheck_check", "portcheck_baseline", 1))
			w.apply().exits(0).says("Empty declaration", want).saysNot("Nothing recorded of")
			w.plan().exits(0)
			w.destroy().exits(0)
		}
		if n := server.Accepted(); n != 0 {
			t.Errorf("%d looks", n)
		}
	})
}

// TestAccMockedProvider: with a mocked provider each computed map is empty. A test of
// the rest of a module passes, its teardown too.
func TestAccMockedProvider(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.write(estate("") + `resource "terraform_data" "rest" { input = "made" }` + "\n")
		if err := os.Mkdir(filepath.Join(w.Dir, "tests"), 0o700); err != nil {
			t.Fatal(err)
		}
		test := `
mock_provider "portcheck" {}
run "rest" {
  assert {
    condition     = terraform_data.rest.output == "made"
    error_message = "not made"
  }
}
`
		if err := os.WriteFile(filepath.Join(w.Dir, "tests", "rest.tftest.hcl"), []byte(test), 0o600); err != nil {
			t.Fatal(err)
		}
		w.run("test").exits(0).says(`run "rest"... pass`, "1 passed, 0 failed").saysNot("Incomplete declaration")
	})
}
