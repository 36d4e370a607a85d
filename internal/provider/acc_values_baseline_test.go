package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// rerecorded are the changes of a baseline that is about to be scanned anew.
func rerecorded() []string {
	return []string{theBaseline + ".open", theBaseline + ".recorded_at", theBaseline + ".triggers", theBaseline + ".unreachable"}
}

// TestAccBaselineStory: record, hold to it, notice what changes, accept it.
func TestAccBaselineStory(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		servers := s.serve(22, 80, 81, 8080)
		anew := statecheck.CompareValue(compare.ValuesDiffer())
		recordedAt := func() statecheck.StateCheck { return anew.AddStateValue(theBaseline, attr("recorded_at")) }
		open := func(specs ...any) statecheck.StateCheck {
			return has(theBaseline, "open", map[string]any{"198.51.100.1": ports(specs...)})
		}
		first := applied(estate("triggers = 1"), open("22", "80-81", "8080"), has(theCheck, "passed", true), recordedAt())
		first.ConfigPlanChecks = beforeApply(
			plancheck.ExpectUnknownValue(theBaseline, attr("open")),
			plancheck.ExpectUnknownValue(theBaseline, attr("recorded_at")),
			plancheck.ExpectUnknownValue(theBaseline, attr("unreachable")),
		)
		const tcp8080, tcp8081 = "tcp://198.51.100.1:8080", "tcp://198.51.100.1:8081"
		found := finds("failures", map[string]any{
			tcp8080: failure("open", "closed", "conn-refused", "service-down"),
			tcp8081: failure("closed", "open", "syn-ack", "unexpected-open"),
		})
		accepted := applied(estate("triggers = 2"), open("22", "80-81", "8081"), recordedAt(), has(theCheck, "passed", true))
		accepted.ConfigPlanChecks = beforeApply(
			changesOnly(append(rerecorded(), theCheck+".baseline", theCheck+".failures", theCheck+".passed", theCheck+".passed_at", theCheck+".results")...),
			plancheck.ExpectUnknownValue(theBaseline, attr("open")),
		)
		replaced := applied(estate("triggers = 2"), open("80-81", "8081"))
		replaced.Taint = []string{theBaseline}
		replaced.ConfigPlanChecks = beforeApply(plancheck.ExpectResourceAction(theBaseline, plancheck.ResourceActionDestroyBeforeCreate))
		return []resource.TestStep{
			first,
			when(func() {
				if err := servers[3].Close(); err != nil {
					t.Fatal(err)
				}
				s.serve(8081)
			}, drifts(estate("triggers = 1"), found, changesOnly(
				theCheck+".passed", theCheck+".passed_at",
				theCheck+".failures["+tcp8080+"]", theCheck+".failures["+tcp8081+"]",
				theCheck+".results["+tcp8080+"]", theCheck+".results["+tcp8081+"]"))),
			// It goes on for a second, so that the next is recorded in another.
			fails(estate("triggers = 1"), "Error: Port check failed: tcp://198.51.100.1:8080 is closed, declared open (and 1 more)"),
			accepted,
			// The other way to accept a change, and a scan that finds nothing new.
			when(func() { s.firewall(22, porttest.Drop) }, replaced),
			applied(estate("triggers = 3"), open("80-81", "8081")),
			{Config: estate("triggers = 3"), Destroy: true, ConfigPlanChecks: beforeApply(changesOnly(theBaseline+": delete", theCheck+": delete"))},
		}
	})
}

// TestAccBaselineScansOnlyWhenToldTo: neither refresh nor a change of how to
// scan nor destroy sends anything, and what refers to open stays known.
func TestAccBaselineScansOnlyWhenToldTo(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		server := s.serve(80)[0]
		config := func(arguments string) string {
			return recorded(arguments) + `
resource "terraform_data" "after" { input = portcheck_baseline.estate.open }`
		}
		how := config(`require_all = true
  rechecks = 2
  checks_read_timeout = "1s"`)
		same, found := sameBytes(), sameBytes("require_all", "rechecks", "checks_read_timeout")
		probed := 0
		changed := applied(how, found)
		changed.ConfigPlanChecks = beforeApply(changesOnly(theBaseline+".checks_read_timeout", theBaseline+".rechecks", theBaseline+".require_all"))
		return []resource.TestStep{
			then(applied(config(""), same, found), func() { probed = server.Accepted() }),
			{RefreshState: true},
			applied(config(""), same),
			changed,
			then(resource.TestStep{Config: how, Destroy: true}, func() {
				if n := server.Accepted() - probed; probed == 0 || n != 0 {
					t.Errorf("the scan sent %d probes, and all that came after it %d", probed, n)
				}
			}),
		}
	})
}

// TestAccBaselineTwoLooks: an open port is looked at twice, whatever rechecks
// says. The ports are so few that nothing is asked again beside their refusals.
func TestAccBaselineTwoLooks(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		server := s.serve(80)[0]
		return []resource.TestStep{then(applied(strings.ReplaceAll(recorded("rechecks = 0"), `"1-100", "8080-8090"`, `"76-84"`)), func() {
			if n := server.Accepted(); n != 2 {
				t.Errorf("an open port was looked at %d times", n)
			}
		})}
	})
}

// TestAccBaselineUnreachable: of a host that does not answer nothing is recorded,
// and it is named; with require_all nothing is recorded of any host.
func TestAccBaselineUnreachable(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80)
		s.lab.SetAll(porttest.Router, porttest.ServerAddr(3), porttest.Drop)
		hosts := `hosts = ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.200/31"]
  `
		same := sameBytes()
		renewed := applied(recorded(`hosts = ["198.51.100.1", "198.51.100.3"]`),
			has(theBaseline, "open", map[string]any{}), has(theBaseline, "unreachable", ports("198.51.100.1", "198.51.100.3")))
		renewed.Taint = []string{theBaseline}
		return []resource.TestStep{
			fails(recorded(hosts+"require_all = true"), "Error: Baseline not recorded: 198.51.100.3: no answer (and 2 more hosts)",
				"on terraform_plugin_test.tf line", `hosts = ["198.51.100.1"`, gapTable, "require_all is true, so nothing was recorded of any host."),
			drifts(recorded(hosts), changesOnly(theBaseline+": create")), // it wrote no state
			applied(recorded(hosts), same,
				has(theBaseline, "open", map[string]any{"198.51.100.1": ports("80"), "198.51.100.2": ports()}),
				has(theBaseline, "unreachable", ports("198.51.100.3", "198.51.100.200", "198.51.100.201"))),
			// A refused update leaves the record alone, and is planned again.
			fails(recorded(hosts+"require_all = true\n triggers = 1"), "Error: Baseline not recorded: 198.51.100.3", "and what was recorded at 20", "stays"),
			drifts(recorded(hosts+"require_all = true\n triggers = 1"), changesOnly(append(rerecorded(), theBaseline+".require_all")...)),
			applied(recorded(hosts), same),
			when(func() {
				s.lab.SetAll(porttest.Router, porttest.ServerAddr(3), porttest.Accept)
				s.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
			}, applied(recorded(`hosts = ["198.51.100.1", "198.51.100.3"]`), has(theBaseline, "open", map[string]any{"198.51.100.3": ports()}),
				has(theBaseline, "unreachable", ports("198.51.100.1")))),
			when(func() { s.lab.SetAll(porttest.Router, porttest.ServerAddr(3), porttest.Drop) }, renewed),
		}
	})
}

// TestAccBaselineUntested: what cannot be tested is never recorded as having
// nothing open.
func TestAccBaselineUntested(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80)
		config := recorded(`hosts = ["198.51.100.1", "127.0.0.1"]`)
		again := applied(config, has(theBaseline, "open", map[string]any{"198.51.100.1": ports("80"), "127.0.0.1": ports()}),
			has(theBaseline, "unreachable", ports()))
		again.Taint = []string{theBaseline}
		return []resource.TestStep{
			when(s.lab.Unroute, applied(config, has(theBaseline, "open", map[string]any{"127.0.0.1": ports()}),
				has(theBaseline, "unreachable", ports("198.51.100.1")))),
			when(s.lab.Reroute, again),
		}
	})
}

// TestAccBaselineUnknown: only apply knows the hosts and a trigger. If both are
// the same as before, nothing is scanned and nothing changes.
func TestAccBaselineUnknown(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		server := s.serve(80)[0]
		config := func(replace string) string {
			return recorded(`hosts = [terraform_data.host.output]
  triggers = terraform_data.host.output`) + fmt.Sprintf(`
resource "terraform_data" "host" {
  input            = "198.51.100.1"
  triggers_replace = %q
}`, replace)
		}
		same := sameBytes("id", "triggers_replace")
		probed := 0
		again := then(applied(config("b"), same), func() {
			if n := server.Accepted() - probed; probed == 0 || n != 0 {
				t.Errorf("the first scan sent %d probes, and %d more although nothing changed", probed, n)
			}
		})
		again.ConfigPlanChecks = beforeApply(
			plancheck.ExpectResourceAction(theBaseline, plancheck.ResourceActionUpdate),
			plancheck.ExpectUnknownValue(theBaseline, attr("open")),
		)
		return []resource.TestStep{
			then(applied(config("a"), same, has(theBaseline, "open", map[string]any{"198.51.100.1": ports("80")})), func() { probed = server.Accepted() }),
			again,
		}
	})
}
