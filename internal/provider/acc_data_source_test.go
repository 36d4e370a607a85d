package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// data declares port 80 open; after it comes a resource that depends on it.
func data(arguments string) string {
	return fast + fmt.Sprintf(`
data "portcheck" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
  %s
}
resource "terraform_data" "after" { input = data.portcheck.web.hosts }
`, arguments)
}

const closedPort = "tcp://198.51.100.1:80 is closed, declared open"

func TestAccDataSource(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.write(data("") + `output "web" { value = data.portcheck.web }`)
		w.run("validate").exits(0)
		w.plan().exits(2).says("Warning: "+closedPort, `+ state = "closed"`, `+ "tcp://198.51.100.1:80" = "closed"`, "+ passed = false")
		w.apply().exits(0).says("Warning: " + closedPort)
		w.serve(80)
		w.plan().exits(2).saysNot("Warning:") // the output changes
		w.apply().exits(0).says(`"passed" = true`)
		w.plan().exits(0)
		w.destroy().exits(0)
	})
}

func TestAccDataSourceOnFailure(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		server := w.serve(80)[0]
		w.write(data(`on_failure = "error"`))
		w.apply().exits(0)
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		w.plan().exits(1).says("Error: "+closedPort, "conn-refused", "terraform destroy -refresh=false")
		w.plan("-refresh-only").exits(1).says("Error: " + closedPort)
		w.destroy().exits(1)
		w.write(data(`on_failure = "none"`))
		w.plan().exits(0).saysNot("Warning:")
		w.write(data(`on_failure = "none"
  lifecycle {
    postcondition {
      condition     = self.passed
      error_message = "web does not answer"
    }
  }`))
		w.plan().exits(1).says("web does not answer")
		w.destroy().exits(0).says("1 destroyed")
		w.write(data(`on_failure = "error"`))
		w.destroy("-refresh=false").exits(0)
	})
}

// TestAccDataSourceDeferred: what is not known at plan is probed at apply, as
// a gate for what depends on it.
func TestAccDataSourceDeferred(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		config := func(onFailure string) string {
			return fast + fmt.Sprintf(`
resource "terraform_data" "host" { input = "198.51.100.1" }
data "portcheck" "web" {
  hosts      = [terraform_data.host.output]
  open       = ["80"]
  on_failure = %q
}
resource "terraform_data" "gated" { input = data.portcheck.web.passed }
`, onFailure)
		}
		w.write(config("error"))
		w.plan().exits(2).says("(known after apply)").saysNot("Error:")
		w.apply().exits(1).says("Error: " + closedPort)
		if w.state("terraform_data", "gated") != nil {
			t.Error("what depends on a failed data source was made")
		}
		w.serve(80)
		w.apply().exits(0)
		w.plan().exits(0)
	})
}

func TestAccDataSourceUnknown(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		w.lab.Unroute()
		w.write(data("") + `output "web" { value = data.portcheck.web.failures }`)
		w.plan().exits(2).says("Warning: tcp://198.51.100.1:80 could not be tested: no-route", `+ cause = "prober-offline"`, `+ state = "unknown"`)
	})
}

// TestAccDataSourceUnprobed: a gate that cannot be probed at plan does not pass.
func TestAccDataSourceUnprobed(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		config := func(arguments string) string {
			return strings.Replace(data(arguments), "checks_read_timeout", `source_address = terraform_data.address.output
  checks_read_timeout`, 1) + `resource "terraform_data" "address" { input = "192.0.2.1" }`
		}
		w.write(config(""))
		w.plan().exits(2).says("Warning: No port is probed").saysNot("Error:")
		w.write(config(`on_failure = "error"`))
		w.plan().exits(1).says("Error: Port check impossible before apply", "The provider's configuration is not known yet: source_address.")
		w.write(config(`on_failure = "error"
  depends_on = [terraform_data.address]`))
		w.apply().exits(1).says("Error: " + closedPort)
		w.serve(80)
		w.apply().exits(0)
		w.plan().exits(0)
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
