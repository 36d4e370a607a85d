package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// withIdentity are the CLIs that know identities: Terraform and OpenTofu from 1.12.
var withIdentity = tfversion.SkipBelow(tfversion.Version1_12_0)

// imports is an import block that names the check by its declaration.
func imports(declaration string) string {
	return fmt.Sprintf(`
import {
  to       = portcheck_check.web
  identity = { declaration = %q }
}
`, declaration)
}

// TestAccImportByIdentity: an import plans the first look and nothing else. After
// apply the plan is quiet, and a change of the declaration changes the identity.
func TestAccImportByIdentity(t *testing.T) {
	onValuesOf(t, withIdentity, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		const declaration = "hosts=198.51.100.1 open=80,443 closed=22"
		is := func(declaration string) statecheck.StateCheck {
			return statecheck.ExpectIdentity(theCheck, map[string]knownvalue.Check{"declaration": exactly(declaration)})
		}
		first := applied(fast+`
resource "portcheck_check" "web" {
  hosts  = ["198.51.100.1"]
  open   = ["443", "80"]
  closed = ["22"]
}
`+imports("closed=22 open=443,80/tcp hosts=198.51.100.1"), is(declaration), has(theCheck, "passed", true))
		first.ConfigPlanChecks = beforeApply(changesOnly(
			theCheck+".passed", theCheck+".failures", theCheck+".results", theCheck+".passed_at", theCheck+".open"))
		return []resource.TestStep{
			refused(web("")+imports("hosts=198.51.100.1 opne=80"), `declaration: "opne=80" in "hosts=198.51.100.1 opne=80" is not understood`),
			refused(web("")+imports("hosts=198.51.100.1"), "hosts without ports declares nothing"),
			first,
			applied(web(`on_drift = "ignore"`), is(declaration)),
			applied(fast+`
resource "portcheck_check" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
}
`, is("hosts=198.51.100.1 open=80")),
		}
	})
}
