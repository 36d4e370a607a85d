package provider_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

// This file is the harness of the acc_values_* files. terraform-plugin-testing
// runs the CLI, with the provider in this process. The tests read values of plan
// and state, and errors. The library drops warnings and exit codes: tests of those
// use the other harness, in acc_cli_harness_test.go.
//
// A step with a configuration plans, applies, and plans twice more: without a
// refresh and with one. Both of these plans must be empty. A PlanOnly step has
// them alone, and takes half the time. The library refuses for_each with names as
// keys: use count. The provider runs in the folder of this package, so a
// configuration names files by their full path.

// onValues runs the steps of a test once for each CLI, each time in a lab of its
// own. The test ends with a destroy that does not refresh. The library takes the
// CLI from the environment, so no two of these tests can run at once.
func onValues(t *testing.T, steps func(t *testing.T, s scene) []resource.TestStep) {
	t.Helper()
	onValuesOf(t, withFunctions, steps)
}

// withFunctions are the CLIs that know functions of providers: these came with 1.8,
// and with OpenTofu 1.7.
var withFunctions = tfversion.SkipBelow(tfversion.Version1_8_0)

// onValuesAt is onValues with a clock of the test's own.
func onValuesAt(t *testing.T, clock func() time.Time, steps func(t *testing.T, s scene) []resource.TestStep) {
	t.Helper()
	onValuesBy(t, withFunctions, clock, steps)
}

// onValuesOf is onValues for the CLIs of certain versions. The test is skipped on
// others, so .ci/allowed-skips must name it.
func onValuesOf(t *testing.T, versions tfversion.TerraformVersionCheck, steps func(t *testing.T, s scene) []resource.TestStep) {
	t.Helper()
	onValuesBy(t, versions, time.Now, steps)
}

func onValuesBy(t *testing.T, versions tfversion.TerraformVersionCheck, clock func() time.Time, steps func(t *testing.T, s scene) []resource.TestStep) {
	t.Helper()
	eachCLI(t, func(t *testing.T, name, path string) {
		s := scene{porttest.NewLab(t)}
		choose(t, name, path)
		resource.Test(t, resource.TestCase{
			TerraformVersionChecks: []tfversion.TerraformVersionCheck{versions},
			ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
				"portcheck": func() (tfprotov6.ProviderServer, error) { return provider.NewServerAt(clock), nil },
			},
			Steps: steps(t, s),
		})
	})
}

// choose tells terraform-plugin-testing which CLI to run, and the address by which
// that CLI finds the provider in this process. The library downloads no CLI if it
// has a path and no version.
func choose(t *testing.T, name, path string) {
	t.Helper()
	host := map[string]string{"terraform": "registry.terraform.io", "tofu": "registry.opentofu.org"}[name]
	for name, value := range map[string]string{
		"TF_ACC":                    "1",
		"TF_ACC_TERRAFORM_PATH":     path,
		"TF_ACC_TERRAFORM_VERSION":  "",
		"TF_ACC_PROVIDER_HOST":      host,
		"TF_ACC_PROVIDER_NAMESPACE": "portcheck",
		"TF_ACC_TEMP_DIR":           t.TempDir(),
		"TF_CLI_CONFIG_FILE":        os.DevNull,
		// A command ends before it pays to collect garbage: a third of its time.
		"GOGC":       "off",
		"GOMEMLIMIT": "512MiB",
		// The library sets these two for good. Here they end with the test.
		"CHECKPOINT_DISABLE":       "1",
		"PLUGIN_PROTOCOL_VERSIONS": "",
	} {
		t.Setenv(name, value)
	}
}

// says is an ExpectError that holds an error to these texts, in their order. The
// CLI breaks lines where it likes and draws a frame around them.
func says(texts ...string) *regexp.Regexp {
	var pattern strings.Builder
	pattern.WriteString(`(?s)`)
	for i, text := range texts {
		if i > 0 {
			pattern.WriteString(`.*`)
		}
		for j, word := range strings.Fields(text) {
			if j > 0 {
				pattern.WriteString(`[\s│]+`)
			}
			pattern.WriteString(regexp.QuoteMeta(word))
		}
	}
	return regexp.MustCompile(pattern.String())
}

// beforeApply are checks of the plan that a step applies.
func beforeApply(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

// planned are checks of the plan with which a PlanOnly step ends.
func planned(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PostApplyPostRefresh: checks}
}

// refused is a step whose plan is an error.
func refused(config string, texts ...string) resource.TestStep {
	return resource.TestStep{Config: config, PlanOnly: true, ExpectNonEmptyPlan: true, ExpectError: says(texts...)}
}

// fails is a step whose plan is applied, which is an error.
func fails(config string, texts ...string) resource.TestStep {
	return resource.TestStep{Config: config, ExpectError: says(append([]string{"Error running apply:"}, texts...)...)}
}

// applied is a step that succeeds, with checks of the state after it.
func applied(config string, checks ...statecheck.StateCheck) resource.TestStep {
	return resource.TestStep{Config: config, ConfigStateChecks: checks}
}

// quiet is a step that plans and finds nothing to do.
func quiet(config string, checks ...plancheck.PlanCheck) resource.TestStep {
	return resource.TestStep{Config: config, PlanOnly: true, ConfigPlanChecks: planned(checks...)}
}

// drifts is a step that plans and finds something to do.
func drifts(config string, checks ...plancheck.PlanCheck) resource.TestStep {
	return resource.TestStep{Config: config, PlanOnly: true, ExpectNonEmptyPlan: true, ConfigPlanChecks: planned(checks...)}
}

// when is step after something was done.
func when(do func(), step resource.TestStep) resource.TestStep {
	step.PreConfig = do
	return step
}

// then is step before something is done, once it has succeeded.
func then(step resource.TestStep, do func()) resource.TestStep {
	step.PostApplyFunc = do
	return step
}
