package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

// TestAccEphemeral: what an ephemeral resource gives reaches the configuration of
// another provider, which is not configured before the port is open.
func TestAccEphemeral(t *testing.T) {
	eachCLI(t, func(t *testing.T, name, path string) {
		s := scene{porttest.NewLab(t)}
		choose(t, name, path)
		config := strings.Replace(fast, "portcheck/portcheck\" }", "portcheck/portcheck\" }\n    echo = { source = \"portcheck/echo\" }", 1) + `
ephemeral "portcheck" "web" {
  hosts   = ["198.51.100.1"]
  open    = ["80"]
  closed  = ["22"]
  timeout = "1s"
}
provider "echo" { data = ephemeral.portcheck.web }
resource "echo" "gated" {}
`
		data := func(attribute string, value knownvalue.Check) statecheck.StateCheck {
			return statecheck.ExpectKnownValue("echo.gated", tfjsonpath.New("data").AtMapKey(attribute), value)
		}
		resource.Test(t, resource.TestCase{
			TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
			ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
				"portcheck": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test", nil)(), nil },
				"echo":      echoprovider.NewProviderServer(),
			},
			Steps: []resource.TestStep{
				refused(config, "Error: "+closedPort, "The ephemeral resource probed again and again", "PORTCHECK_ENABLED"),
				when(func() { s.serve(80) }, applied(config,
					data("passed", knownvalue.Bool(true)),
					data("hosts", exactly([]any{"198.51.100.1"})),
					data("results", exactly(map[string]any{tcp80: "open"})),
					data("failures", exactly(map[string]any{})),
				)),
			},
		})
	})
}
