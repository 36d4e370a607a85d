package provider_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccDataSourceMessages: a plan warns of a port that is not as declared, that
// could not be tested, or that is not probed.
func TestAccDataSourceMessages(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.write(data("") + `output "web" { value = data.portcheck.web }`)
		w.run("validate").exits(0)
		w.plan().exits(2).says("Warning: "+closedPort, `+ "tcp://198.51.100.1:80" = "closed (conn-refused), declared open: service-down"`, `+ "tcp://198.51.100.1:80" = "closed"`, "+ passed = false")
		w.apply().exits(0).says("Warning: " + closedPort)
		w.write(data(`on_failure = "none"`))
		w.plan().saysNot("Warning:")

		w.serve(80)
		w.write(data(""))
		w.plan().saysNot("Warning:")
		w.lab.Unroute()
		w.plan().says("Warning: tcp://198.51.100.1:80 could not be tested: no-route")
		w.write(setting(data(""), "source_address = terraform_data.address.output") + `
resource "terraform_data" "address" { input = "192.0.2.1" }`)
		w.plan().exits(2).says("Warning: No port is probed").saysNot("Error:")
	})
}

// assertion is a check block's on the data source.
const assertion = `
  assert {
    condition     = data.portcheck.web.passed
    error_message = "web does not answer"
  }
}`

// outerCheck refers to the data source; nestedCheck has it inside.
const (
	outerCheck  = "\ncheck \"web\" {" + assertion
	nestedCheck = fast + `
resource "terraform_data" "any" {}
check "web" {
  data "portcheck" "web" {
    hosts = ["198.51.100.1"]
    open  = ["80"]
  }` + assertion
)

// TestAccChecks measures what the documentation says of check blocks.
func TestAccChecks(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		w.write(data("") + outerCheck)
		w.apply().exits(0)
		w.plan().exits(0)
		w.firewall(80, porttest.Drop)
		w.plan().exits(0).says("web does not answer")
		w.apply().exits(0)

		w.firewall(80, porttest.Accept)
		w.write(nestedCheck)
		w.plan().exits(2).says("config will be reloaded to verify a check block")
		w.apply().exits(0)
		w.plan().exits(2)
		w.destroy().exits(0)
	})
}
