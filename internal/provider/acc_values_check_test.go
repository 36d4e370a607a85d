package provider_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

const (
	tcp22  = "tcp://198.51.100.1:22"
	tcp80  = "tcp://198.51.100.1:80"
	tcp443 = "tcp://198.51.100.1:443"
)

// instant is a point of time as state has it.
var instant = knownvalue.StringRegexp(regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))

// TestAccKnownPlan: the plan of a create has the outcome of its success, all but
// the time. So a resource and an output that refer to the check are known too.
func TestAccKnownPlan(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		config := web("") + `
resource "terraform_data" "after" { input = portcheck_check.web.results }
output "failures" { value = portcheck_check.web.failures }`
		step := applied(config,
			has(theCheck, "passed", true),
			has(theCheck, "results", opens(tcp80, tcp443)),
			has(theCheck, "failures", map[string]any{}),
			has(theCheck, "passed_at", instant),
			statecheck.ExpectKnownOutputValue("failures", exactly(map[string]any{})),
		)
		step.ConfigPlanChecks = beforeApply(
			plancheck.ExpectResourceAction(theCheck, plancheck.ResourceActionCreate),
			plans(theCheck, "passed", true),
			plans(theCheck, "results", opens(tcp80, tcp443)),
			plans(theCheck, "failures", map[string]any{}),
			plancheck.ExpectUnknownValue(theCheck, attr("passed_at")),
			plans("terraform_data.after", "input", opens(tcp80, tcp443)),
			plancheck.ExpectKnownOutputValue("failures", exactly(map[string]any{})),
			changesOnly(theCheck+": create", "terraform_data.after: create", "output.failures"),
		)
		return []resource.TestStep{step}
	})
}

func TestAccCreateFails(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		servers := s.serve(80)
		s.lab.Listen(at(22), porttest.Silent)
		return []resource.TestStep{
			fails(web(""),
				"Error: Port check failed: tcp://198.51.100.1:22 is open, declared closed (and 1 more)",
				"tcp://198.51.100.1:22 closed open syn-ack unexpected-open",
				"tcp://198.51.100.1:443 open closed conn-refused service-down",
			),
			when(func() {
				if servers[0].Accepted() == 0 {
					t.Error("port 80 was never probed")
				}
			}, drifts(web(""), changesOnly(theCheck+": create"))), // it wrote no state
		}
	})
}

func TestAccUpdateFailsKeepsThePlan(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		again := applied(web("triggers = 2"), has(theCheck, "passed", true))
		again.ConfigPlanChecks = beforeApply(changesOnly(theCheck+".passed_at", theCheck+".triggers"))
		return []resource.TestStep{
			applied(web("triggers = 1")),
			when(func() { s.firewall(443, porttest.RejectAdmin) }, fails(web("triggers = 2"), applyError)),
			when(func() { s.firewall(443, porttest.Accept) }, again),
		}
	})
}

// TestAccOnFailureWarningConverges: an accepted failure is no drift later, whether
// it recovers or not. Any other failure is.
func TestAccOnFailureWarningConverges(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		config := web(`on_failure = "warning"`)
		filtered := failure("open", "filtered", "admin-prohibited", "rejected")
		reset := failure("open", "closed", "conn-refused", "service-down")
		first := applied(config,
			has(theCheck, "passed", false),
			has(theCheck, "passed_at", nil),
			has(theCheck, "failures", map[string]any{tcp443: filtered}),
		)
		first.ConfigPlanChecks = beforeApply(
			plancheck.ExpectUnknownValue(theCheck, attr("passed")),
			plancheck.ExpectUnknownValue(theCheck, attr("results")),
			plancheck.ExpectUnknownValue(theCheck, attr("failures")),
			plancheck.ExpectUnknownValue(theCheck, attr("passed_at")),
		)
		second := applied(config, has(theCheck, "failures", map[string]any{tcp80: reset, tcp443: filtered}))
		second.ConfigPlanChecks = beforeApply(
			plancheck.ExpectResourceAction(theCheck, plancheck.ResourceActionUpdate),
			finds("failures", map[string]any{tcp80: reset, tcp443: filtered}),
		)
		renewed := applied(config, has(theCheck, "passed", true), has(theCheck, "passed_at", instant))
		renewed.Taint = []string{theCheck}
		return []resource.TestStep{
			when(func() { s.firewall(443, porttest.RejectAdmin) }, first),
			{RefreshState: true},
			// Something else fails: drift, until that is accepted too.
			when(func() { s.firewall(80, porttest.RejectReset) }, second),
			// An accepted failure may recover and come back without being drift.
			when(func() { s.firewall(443, porttest.Accept) }, applied(config, has(theCheck, "failures", map[string]any{tcp80: reset}))),
			when(func() { s.firewall(443, porttest.RejectAdmin) }, quiet(config)),
			when(func() {
				s.firewall(80, porttest.Accept)
				s.firewall(443, porttest.Accept)
			}, renewed),
			// A check that passed has accepted nothing.
			when(func() { s.firewall(443, porttest.RejectAdmin) },
				drifts(config, finds("failures", map[string]any{tcp443: filtered}))),
		}
	})
}

// TestAccNothingProbed: the plan of a create, and destroy beyond the refresh that
// the CLI does before it, send nothing.
func TestAccNothingProbed(t *testing.T) {
	var probes func() int
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		servers := s.serve(80, 443)
		probes = func() int { return servers[0].Accepted() + servers[1].Accepted() }
		var before int
		t.Cleanup(func() { // the steps end with a destroy that does not refresh
			if n := probes() - before; n != 0 {
				t.Errorf("destroy sent %d probes", n)
			}
		})
		return []resource.TestStep{
			then(drifts(web("")), func() {
				if n := probes(); n != 0 {
					t.Errorf("the plan of a create sent %d probes", n)
				}
			}),
			then(applied(web("")), func() { before = probes() }),
		}
	})
	if probes != nil && probes() == 0 {
		t.Error("nothing was ever probed")
	}
}

func TestAccDestroyWhileClosed(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		return []resource.TestStep{
			applied(web("")),
			when(func() {
				s.firewall(443, porttest.Drop)
				s.firewall(80, porttest.Drop)
			}, resource.TestStep{Config: web(""), Destroy: true, ConfigPlanChecks: beforeApply(changesOnly(theCheck + ": delete"))}),
		}
	})
}

// TestAccProberBlocked: a filter drops all ports of a host that answers ping.
func TestAccProberBlocked(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		s.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
		return []resource.TestStep{fails(web(""), `hosts = ["198.51.100.1"]`,
			"tcp://198.51.100.1:80,443 open filtered no-response prober-blocked", "the host answers ping. So it is up")}
	})
}

// TestAccHostDown: the router says that nobody has the address.
func TestAccHostDown(t *testing.T) {
	onValues(t, func(_ *testing.T, _ scene) []resource.TestStep {
		config := strings.ReplaceAll(strings.Replace(web(""), "198.51.100.1", porttest.DownAddr.String(), 1), `"200ms"`, `"5s"`)
		return []resource.TestStep{fails(config, "on terraform_plugin_test.tf line",
			"tcp://198.51.100.200:80,443 open filtered host-unreach host-down", "ICMP 3/1 from 192.0.2.254")}
	})
}

// TestAccStateKeepsNothingVolatile: state has these attributes of a check and no
// others.
func TestAccStateKeepsNothingVolatile(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		return []resource.TestStep{applied(web(""), isWhole(theCheck, map[string]any{
			"hosts": ports("198.51.100.1"), "open": ports("80", "443"), "closed": ports("22"), "unfiltered": nil, "filtered": nil, "baseline": nil, "from": nil,
			"timeouts": map[string]any{"create": "1s", "update": "1s"}, "triggers": nil, "consecutive_successes": nil, "on_failure": nil, "on_drift": nil, "waivers": nil, "paused_until": nil,
			"checks_read_timeout": nil, "rechecks": nil, "recheck_interval": nil, "ip_version": nil, "addresses": nil,
			"tls_verify": nil, "tls_min_days": nil, "ca_file": nil, "ca_pem": nil, "server_name": nil, "http": nil, "tls": nil, "postgres": nil, "dns": nil, "grpc": nil,
			"passed": true, "failures": map[string]any{}, "waived": nil, "results": opens(tcp80, tcp443), "passed_at": instant,
		}))}
	})
}

// TestAccTriggers: apply looks again when the value of triggers changes, or only
// its type. The value may be another resource as a whole.
func TestAccTriggers(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		with := func(triggers string) string {
			return web("triggers = "+triggers) + `
resource "terraform_data" "rule" { input = "one" }`
		}
		again := func(config string, changes ...string) resource.TestStep {
			return resource.TestStep{Config: config, ConfigPlanChecks: beforeApply(changesOnly(append(changes, theCheck+".passed_at")...))}
		}
		object := with("terraform_data.rule")
		return []resource.TestStep{
			applied(with("1")),
			again(with(`"1"`), theCheck+".triggers"),
			again(object, theCheck+".triggers"),
			quiet(object),
			again(strings.Replace(object, `"one"`, `"two"`, 1), theCheck+".triggers[input]", theCheck+".triggers[output]",
				"terraform_data.rule.input", "terraform_data.rule.output"),
		}
	})
}

// TestAccReplaceTriggeredBy: of a check's attributes, only an argument replaces
// nothing at drift.
func TestAccReplaceTriggeredBy(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		with := func(triggers string) string {
			config := web("triggers = " + triggers)
			for _, attribute := range []string{"passed", "passed_at", "triggers"} {
				config += fmt.Sprintf(`
resource "terraform_data" %[1]q {
  lifecycle { replace_triggered_by = [portcheck_check.web.%[1]s] }
}`, attribute)
			}
			return config
		}
		replaced := func(attributes ...string) []plancheck.PlanCheck {
			var checks []plancheck.PlanCheck
			for _, name := range []string{"passed", "passed_at", "triggers"} {
				action := plancheck.ResourceActionNoop
				if slices.Contains(attributes, name) {
					action = plancheck.ResourceActionReplace
				}
				checks = append(checks, plancheck.ExpectResourceAction("terraform_data."+name, action))
			}
			return checks
		}
		return []resource.TestStep{
			applied(with("1")),
			drifts(with("2"), replaced("passed_at", "triggers")...),
			when(func() { s.firewall(443, porttest.RejectAdmin) }, drifts(with("1"), replaced("passed", "passed_at")...)),
		}
	})
}

// TestAccImport: neither a check nor a baseline can be imported, by the command or by
// a block, and each says what to do instead.
func TestAccImport(t *testing.T) {
	onValues(t, func(_ *testing.T, _ scene) []resource.TestStep {
		config := setting(estate(""), "enabled = false")
		var steps []resource.TestStep
		for address, text := range map[string][]string{
			theCheck:    {"Error: A check is not imported", "Write it and apply"},
			theBaseline: {"Error: A baseline is not imported", "Write it and apply", "provider::portcheck::nmap_parse"},
		} {
			steps = append(steps,
				resource.TestStep{Config: config, ResourceName: address, ImportState: true, ImportStateId: "x", ExpectError: says(text...)},
				refused(config+"\nimport {\n  to = "+address+"\n  id = \"x\"\n}\n", text...))
		}
		return steps
	})
}
