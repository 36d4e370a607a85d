package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// The keys of both ports from both places.
var bothPlaces = opens(tcp80, tcp443, from(tcp80, "vpc-a"), from(tcp443, "vpc-a"))

// TestAccPlaces: state and plan tell the places apart. What is silent from one of
// them alone is drift of that key alone, and its cause is a rule by source.
func TestAccPlaces(t *testing.T) {
	onPlaces(t, func(_ *testing.T, s scene, e *elsewhere) []resource.TestStep {
		s.serve(80, 443)
		key := from(tcp443, "vpc-a")
		first := applied(fromBoth(""), has(theCheck, "results", bothPlaces), has(theCheck, "failures", map[string]any{}))
		first.ConfigPlanChecks = beforeApply(plans(theCheck, "results", bothPlaces), plans(theCheck, "passed", true))
		return []resource.TestStep{
			first,
			when(func() { e.silence(443) }, drifts(fromBoth(""),
				changesOnly(theCheck+".failures["+key+"]", theCheck+".passed", theCheck+".passed_at", theCheck+".results["+key+"]"),
				finds("failures", map[string]any{key: failure("open", "filtered", "no-response", "filtered-by-source")}),
				plans(theCheck, "results", bothPlaces))),
			fails(fromBoth(""), "Error: Port check failed: tcp://198.51.100.1:443", "filtered-by-source"),
			when(func() { e.silence() }, applied(fromBoth(""), has(theCheck, "passed", true))),
		}
	})
}

// TestAccFromChanges: another place is another declaration.
func TestAccFromChanges(t *testing.T) {
	onPlaces(t, func(_ *testing.T, s scene, _ *elsewhere) []resource.TestStep {
		s.serve(80, 443)
		onlyThere := opens(from(tcp80, "vpc-a"), from(tcp443, "vpc-a"))
		moved := applied(alone(""), has(theCheck, "results", onlyThere))
		moved.ConfigPlanChecks = beforeApply(
			plancheck.ExpectResourceAction(theCheck, plancheck.ResourceActionUpdate),
			plans(theCheck, "results", onlyThere))
		return []resource.TestStep{
			applied(web(""), has(theCheck, "results", opens(tcp80, tcp443))),
			moved,
			applied(web(`from = ["local"]`), has(theCheck, "results", opens(tcp80, tcp443))),
			quiet(web(`from = ["local"]`)),
		}
	})
}

// TestAccPlaceFails: a refresh keeps what state has of a place that fails, and it
// is no drift. An apply that has to look fails. Destroying needs no place.
func TestAccPlaceFails(t *testing.T) {
	onPlaces(t, func(_ *testing.T, s scene, e *elsewhere) []resource.TestStep {
		servers := s.serve(80, 443)
		same := sameBytes()
		return []resource.TestStep{
			applied(fromBoth(""), same),
			when(func() { e.die(true) }, quiet(fromBoth(""))),
			{RefreshState: true},
			applied(fromBoth(""), same),
			fails(fromBoth("triggers = 1"), "Error: Port check failed: tcp://198.51.100.1:22", "vantage-failed"),
			// What the other place sees is drift all the same.
			when(func() { _ = servers[1].Close() }, drifts(fromBoth(""),
				finds("failures", map[string]any{tcp443: failure("open", "closed", "conn-refused", "service-down")}),
				finds("results", map[string]any{tcp80: "open", tcp443: "closed", from(tcp80, "vpc-a"): "open", from(tcp443, "vpc-a"): "open"}))),
		}
	})
}

// TestAccPlaceFailsAtOnce: a failed place is one failure of a data source, and each
// endpoint declared open is unknown from there.
func TestAccPlaceFailsAtOnce(t *testing.T) {
	onPlaces(t, func(_ *testing.T, s scene, e *elsewhere) []resource.TestStep {
		s.serve(80)
		e.die(true)
		config := setting(data(`from = ["vpc-a", "local"]
  closed = ["22"]`), vpcA)
		return []resource.TestStep{
			applied(config, has(theData, "passed", false),
				has(theData, "results", map[string]any{tcp80: "open", from(tcp80, "vpc-a"): "unknown"}),
				has(theData, "failures", map[string]any{
					from("tcp://198.51.100.1:22", "vpc-a"): failure("closed", "unknown", "vantage-failed", "vantage-failed"),
				})),
			refused(strings.Replace(config, "closed =", `on_failure = "error"`+"\n  closed =", 1), "could not be tested", "vantage-failed"),
		}
	})
}

// TestAccAcceptedFromOnePlace: a failure that an apply accepts is no drift later.
// The same failure seen from another place is.
func TestAccAcceptedFromOnePlace(t *testing.T) {
	onPlaces(t, func(_ *testing.T, s scene, e *elsewhere) []resource.TestStep {
		servers := s.serve(80, 443)
		e.silence(443)
		config := fromBoth(`on_failure = "warning"`)
		return []resource.TestStep{
			applied(config, has(theCheck, "passed", false), has(theCheck, "failures", map[string]any{
				from(tcp443, "vpc-a"): failure("open", "filtered", "no-response", "filtered-by-source"),
			})),
			quiet(config),
			when(func() { _ = servers[1].Close() }, drifts(config,
				finds("results", map[string]any{tcp80: "open", tcp443: "closed", from(tcp80, "vpc-a"): "open", from(tcp443, "vpc-a"): "filtered"}))),
		}
	})
}

// TestAccPlaceNotKnownYet: an unknown argument of a place leaves the objects that
// look from there for apply, and no others.
func TestAccPlaceNotKnownYet(t *testing.T) {
	onPlaces(t, func(_ *testing.T, s scene, _ *elsewhere) []resource.TestStep {
		s.serve(80, 443)
		bastion := strings.Replace(vpcA, `"127.0.0.1:9"`, "terraform_data.bastion.output", 1)
		config := setting(web(""), bastion) + `
resource "terraform_data" "bastion" { input = "127.0.0.1:9" }
resource "portcheck_check" "there" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
  from  = ["local", "vpc-a"]
  timeouts {
    create = "1s"
    update = "1s"
  }
}`
		const there = "portcheck_check.there"
		first := applied(config, has(theCheck, "results", opens(tcp80, tcp443)), has(there, "results", opens(tcp80, from(tcp80, "vpc-a"))))
		first.ConfigPlanChecks = beforeApply(
			plans(theCheck, "results", opens(tcp80, tcp443)),
			plancheck.ExpectUnknownValue(there, attr("results")), plancheck.ExpectUnknownValue(there, attr("passed")))
		reading := config + `
data "portcheck" "there" {
  hosts      = ["198.51.100.1"]
  open       = ["80"]
  from       = ["vpc-a"]
  on_failure = "error"
}`
		return []resource.TestStep{
			refused(reading, "Error: Port check impossible before apply", `The place to look from is not known yet: socks5 "vpc-a": address.`),
			first,
			applied(reading, has("data.portcheck.there", "results", opens(from(tcp80, "vpc-a")))),
			refused(strings.Replace(reading, "[\"vpc-a\"]\n  on_failure", "[\"vpc-b\"]\n  on_failure", 1), "Error: Unknown place", `Element 0 of from is "vpc-b"`),
			refused(strings.Replace(reading, "[\"vpc-a\"]\n  on_failure = \"error\"", "[\"vpc-b\"]", 1), "Error: Unknown place", `Element 0 of from is "vpc-b"`),
		}
	})
}

// TestAccFleet: dynamic makes a place of each element. While its keys are not
// known no name is refused, and once they are one is.
func TestAccFleet(t *testing.T) {
	onPlaces(t, func(_ *testing.T, s scene, _ *elsewhere) []resource.TestStep {
		s.serve(80, 443)
		fleet := func(names, from string) string {
			return setting(web(`from = ["`+from+`"]`), `dynamic "blackbox" {
    for_each = `+names+`
    content {
      name = blackbox.value
      url  = "https://${blackbox.value}.example.com"
    }
  }`) + `
resource "terraform_data" "names" { input = ["eu-west", "us-east"] }`
		}
		known := `toset(["eu-west", "us-east"])`
		waits := applied(fleet("terraform_data.names.output", "us-east"), has(theCheck, "results", opens(from(tcp80, "us-east"), from(tcp443, "us-east"))))
		waits.ConfigPlanChecks = beforeApply(plancheck.ExpectUnknownValue(theCheck, attr("results")))
		return []resource.TestStep{
			refused(fleet(known, "asia"), "Error: Unknown place",
				`Element 0 of from is "asia", and no block of the provider has that name. Expected "local" or one of "eu-west", "us-east".`),
			waits,
			quiet(fleet(known, "us-east")),
		}
	})
}

// TestAccBaselineFromAPlace: a baseline is recorded from one place, and not at all
// if that place fails.
func TestAccBaselineFromAPlace(t *testing.T) {
	onPlaces(t, func(_ *testing.T, s scene, e *elsewhere) []resource.TestStep {
		s.serve(80, 8080)
		e.silence(8080)
		there := func(arguments string) string {
			return setting(recorded("hosts = [\"198.51.100.1\"]\nfrom = [\"vpc-a\"]\n"+arguments), vpcA)
		}
		return []resource.TestStep{
			refused(strings.Replace(there(""), `["vpc-a"]`, `["local", "vpc-a"]`, 1), "Expected one name: a scan for open ports is made from one place."),
			refused(strings.Replace(there(""), `["vpc-a"]`, `["vpc-b"]`, 1), "Error: Unknown place", `Element 0 of from is "vpc-b"`),
			applied(recorded(""), has(theBaseline, "open", map[string]any{"198.51.100.1": ports("80", "8080")})),
			applied(there(""), has(theBaseline, "open", map[string]any{"198.51.100.1": ports("80")})),
			when(func() { e.die(true) }, quiet(there(""))),
			fails(there("triggers = 1"), "vantage-failed", "nobody is at home", "The place to scan from failed, so nothing was recorded of any host"),
		}
	})
}
