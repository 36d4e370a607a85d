package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccBaselineDisabled: what changes while nothing is probed is scanned for
// later, and still is when the first scan is refused.
func TestAccBaselineDisabled(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		server := s.serve(80)[0]
		off := func(config string) string { return setting(config, "enabled = false") }
		one := map[string]any{"198.51.100.1": ports("80")}
		enabled := applied(estate(""), has(theBaseline, "open", one), has(theCheck, "passed", true))
		enabled.ConfigPlanChecks = beforeApply(plancheck.ExpectUnknownValue(theBaseline, attr("open")))
		same := sameBytes("triggers")
		enabled.ConfigStateChecks = append(enabled.ConfigStateChecks, same)
		again := applied(estate("triggers = 1"), has(theBaseline, "open", map[string]any{"198.51.100.1": ports("80-81")}))
		again.ConfigPlanChecks = beforeApply(plancheck.ExpectResourceAction(theBaseline, plancheck.ResourceActionUpdate))
		return []resource.TestStep{
			then(applied(off(estate("")),
				has(theBaseline, "open", nil), has(theBaseline, "recorded_at", nil), has(theBaseline, "unreachable", nil),
			), func() {
				if n := server.Accepted(); n != 0 {
					t.Errorf("disabled: %d probes", n)
				}
			}),
			enabled,
			when(func() { s.serve(81) }, applied(off(estate("triggers = 1")), same)),
			when(func() { s.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop) },
				fails(recorded("triggers = 1\n require_all = true"), "Error: Baseline not recorded: 198.51.100.1: no answer")),
			when(func() { s.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Accept) }, again),
		}
	})
}

func TestAccBaselineErrors(t *testing.T) {
	onValues(t, func(_ *testing.T, _ scene) []resource.TestStep {
		var steps []resource.TestStep
		for arguments, want := range map[string]string{
			`hosts = ["10.0.0.5/24"]`:           `Element 0 of hosts: "10.0.0.5/24" has host bits set.`,
			`hosts = ["10.0.0.0/16"]`:           "Hosts times ports makes 7274274 endpoints. Expected at most 1000000 in one object",
			`checks_read_timeout = "5"`:         `checks_read_timeout is "5". Expected a duration`,
			`require_all = "maybe"`:             "a bool is required",
			`open = {}`:                         "open",
			"timeouts {\n delete = \"1s\"\n}":   "delete",
			"ip_version = 6\n addresses = \"\"": `addresses is "". Expected one of "all", "any".`,
		} {
			steps = append(steps, refused(recorded(arguments), want))
		}
		return append(steps, refused(strings.Replace(recorded(""), `"8080-8090"`, `"8090-8080"`, 1),
			`ports = ["1-100", "8090-8080"]`, `Element 1 of ports: "8090-8080" is a range the wrong way round. Expected "8080-8090".`))
	})
}
