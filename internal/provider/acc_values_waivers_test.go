package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// waiver is the argument that excuses failures of one key.
func waiver(key, until string) string {
	return fmt.Sprintf("waivers = { %q = { until = %q, reason = \"CHG-1234\" } }", key, until)
}

// today is a clock that a test sets.
type today struct{ time.Time }

func (d *today) now() time.Time { return d.Time }

func (d *today) is(day string) func() {
	return func() {
		at, err := time.Parse(time.DateTime, day)
		if err != nil {
			panic(err)
		}
		d.Time = at
	}
}

// TestAccWaiver: a waiver excuses a failure to the end of its day. Then it is a drift.
func TestAccWaiver(t *testing.T) {
	d := &today{}
	onValuesAt(t, d.now, func(_ *testing.T, s scene) []resource.TestStep {
		d.is("2026-12-01 12:00:00")()
		s.serve(22, 80)
		config := web(`waivers = {
    "443"   = { until = "2026-12-31" }
    "` + tcp22 + `" = { until = "2026-12-31", reason = "CHG-1234" }
  }`)
		closed, open := failure("open", "closed", "conn-refused", "service-down"), failure("closed", "open", "syn-ack", "unexpected-open")
		results := map[string]any{tcp80: "open", tcp443: "closed"}
		return []resource.TestStep{
			then(resource.TestStep{
				Config: config,
				ConfigPlanChecks: beforeApply(plans(theCheck, "passed", true), plans(theCheck, "failures", map[string]any{}),
					plancheck.ExpectUnknownValue(theCheck, attr("waived")),
					plancheck.ExpectUnknownValue(theCheck, attr("results", tcp443)), plancheck.ExpectKnownValue(theCheck, attr("results", tcp80), exactly("open"))),
			}, d.is("2026-12-31 23:59:59")),
			applied(config, has(theCheck, "passed", true), has(theCheck, "failures", map[string]any{}), has(theCheck, "results", results),
				has(theCheck, "waived", map[string]any{tcp443: closed, tcp22: open})),
			when(d.is("2027-01-01 00:00:00"), drifts(config,
				changesOnly(theCheck+".passed", theCheck+".passed_at", theCheck+".failures["+tcp22+"]", theCheck+".failures["+tcp443+"]",
					theCheck+".results["+tcp22+"]", theCheck+".results["+tcp443+"]", theCheck+".waived"),
				finds("failures", map[string]any{tcp443: closed, tcp22: open}), finds("waived", map[string]any{}), finds("passed", false))),
			fails(config, "is open, declared closed, and its waiver has ended", "The waiver of "+tcp22+" ended on 2026-12-31: CHG-1234", "The waiver of "+tcp443+" ended on 2026-12-31"),
		}
	})
}

// TestAccWaiverOfDrift: a waiver that is added while a port has drifted excuses it
// without a look, and one that is removed while it fails makes it a drift.
func TestAccWaiverOfDrift(t *testing.T) {
	d := &today{}
	onValuesAt(t, d.now, func(_ *testing.T, s scene) []resource.TestStep {
		d.is("2026-12-01 12:00:00")()
		s.serve(80, 443)
		closed := failure("open", "filtered", "admin-prohibited", "rejected")
		waived := web(waiver(tcp443, "2026-12-31"))
		edit := []string{theCheck + ".passed", theCheck + ".passed_at", theCheck + ".failures[" + tcp443 + "]", theCheck + ".results[" + tcp443 + "]", theCheck + ".waived"}
		added := applied(waived, has(theCheck, "passed", true), has(theCheck, "failures", map[string]any{}), has(theCheck, "waived", map[string]any{tcp443: closed}), has(theCheck, "results", map[string]any{tcp80: "open", tcp443: "filtered"}))
		added.ConfigPlanChecks = beforeApply(changesOnly(append(edit, theCheck+".waivers")...), plans(theCheck, "passed", true), plans(theCheck, "failures", map[string]any{}))
		return []resource.TestStep{
			applied(web(""), has(theCheck, "waived", nil)),
			when(func() { s.firewall(443, porttest.RejectAdmin) }, added),
			quiet(waived, finds("passed", true)),
			drifts(web(waiver(tcp443, "2027-12-31")), changesOnly(theCheck+".passed_at", theCheck+".results["+tcp443+"]", theCheck+".waived", theCheck+".waivers["+tcp443+"]")),
			drifts(web(""), plans(theCheck, "passed", true)),
			fails(web(""), applyError),
			applied(waived),
			when(func() { s.firewall(443, porttest.Accept) }, applied(web(""), has(theCheck, "passed", true), has(theCheck, "waived", nil))),
		}
	})
}
