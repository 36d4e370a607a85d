package provider_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// The acceptance tests have two harnesses. The files acc_values_* use
// terraform-plugin-testing, which reads the values of plan and state. The files
// acc_cli_* use our own harness, which reads the terminal. This file is for both.

func TestMain(m *testing.M) {
	if servesRecorded() {
		return
	}
	for _, variable := range cliVariables {
		if os.Getenv(variable) != "" {
			os.Exit(porttest.MainWithProvider(m, "../.."))
		}
	}
	os.Exit(porttest.Main(m))
}

// The acceptance tests run on the CLIs that these variables name: paths, as in
// PATH, since there may be an OpenTofu that is installed and one that was built.
var cliVariables = map[string]string{"terraform": "PORTCHECK_TERRAFORM", "tofu": "PORTCHECK_TOFU"}

// eachCLI runs test once for each CLI, terraform and tofu. With
// PORTCHECK_REQUIRE_CLIS a CLI that is missing is a failure.
func eachCLI(t *testing.T, test func(t *testing.T, name, path string)) {
	t.Helper()
	for name, variable := range cliVariables {
		paths := filepath.SplitList(os.Getenv(variable))
		if len(paths) == 0 {
			t.Run(name, func(t *testing.T) {
				if os.Getenv("PORTCHECK_REQUIRE_CLIS") != "" {
					t.Fatalf("%s is not set", variable)
				}
				t.Skipf("%s is not set to the path of %s", variable, name)
			})
		}
		for _, path := range paths {
			t.Run(name, func(t *testing.T) { test(t, name, path) })
		}
	}
}

// scene is the lab in which a test takes place.
type scene struct {
	lab *porttest.Lab
}

// serve starts a listener on each port of the lab's first server.
func (s scene) serve(ports ...uint16) []*porttest.Server {
	servers := make([]*porttest.Server, len(ports))
	for i, port := range ports {
		servers[i] = s.lab.Listen(at(port), porttest.AcceptClose)
	}
	return servers
}

// at is a port of the lab's first server.
func at(port uint16) netip.AddrPort { return netip.AddrPortFrom(porttest.ServerAddr(1), port) }

// firewall is what the router does with a port of the first server.
func (s scene) firewall(port uint16, rule porttest.Rule) {
	s.lab.Set(porttest.Router, at(port), rule)
}

const header = `
terraform {
  required_providers {
    portcheck = { source = "portcheck/portcheck" }
  }
}
`

// fast is a provider that finds a dropped port within a second.
const fast = header + `
provider "portcheck" {
  checks_read_timeout = "200ms"
  recheck_interval    = "50ms"
}
`

// setting adds a setting to the provider of a configuration that begins with fast.
func setting(config, line string) string {
	return strings.Replace(config, "checks_read_timeout", line+"\n  checks_read_timeout", 1)
}

// web declares two open ports of the lab's first server and one closed.
func web(arguments string) string {
	return fast + fmt.Sprintf(`
resource "portcheck_check" "web" {
  hosts  = ["198.51.100.1"]
  open   = ["80", "443"]
  closed = ["22"]
  timeouts {
    create = "1s"
    update = "1s"
  }
  %s
}
`, arguments)
}

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

// estate records the lab's first server, and holds it to that.
func estate(arguments string) string {
	return recorded(arguments) + `
resource "portcheck_check" "web" {
  baseline = portcheck_baseline.estate.open
  closed   = ["1-100", "8080-8090"]
  timeouts {
    create = "1s"
    update = "1s"
  }
}
`
}

// recorded records the lab's first server and nothing else.
func recorded(arguments string) string {
	if !strings.Contains(arguments, "hosts") {
		arguments = `hosts = ["198.51.100.1"]
  ` + arguments
	}
	return fast + fmt.Sprintf(`
resource "portcheck_baseline" "estate" {
  ports = ["1-100", "8080-8090"]
  %s
}
`, arguments)
}

// What the messages about these begin with.
const (
	closedAtPlan  = `~ "tcp://198.51.100.1:443" = "filtered" -> "open"`
	driftWarning  = "Warning: Port drift found while planning: tcp://198.51.100.1:443 is filtered, declared open"
	applyError    = "Error: Port check failed: tcp://198.51.100.1:443 is filtered, declared open"
	applyWarning  = "Warning: Port check failed: tcp://198.51.100.1:443 is filtered, declared open"
	driftRefused  = "Error: Port drift stops the plan: tcp://198.51.100.1:443 is filtered, declared open"
	acceptedAgain = "Warning: Accepted port failure found while planning: tcp://198.51.100.1:443 is filtered, declared open"
	closedPort    = "tcp://198.51.100.1:80 is closed, declared open"
)

// udp declares ports of both protocols.
func udp(providerSetting string) string {
	return setting(fast, providerSetting) + `
resource "portcheck_check" "web" {
  hosts  = ["198.51.100.1"]
  open   = ["53/udp", "514/udp", "80"]
  closed = ["123/udp"]
  timeouts {
    create = "1s"
    update = "2s"
  }
}
`
}

// nothingElse records these ports of the lab's first server, and declares closed
// what of them was not open.
func nothingElse(ports ...string) string {
	return setting(fast, "max_rate = 0") + fmt.Sprintf(`
resource "portcheck_baseline" "estate" {
  hosts = ["198.51.100.1"]
  ports = %[1]s
}
resource "portcheck_check" "web" {
  baseline = portcheck_baseline.estate.open
  closed   = %[1]s
  timeouts {
    create = "1s"
    update = "1s"
  }
}`, quotedList(ports))
}

func quotedList(elements []string) string {
	return `["` + strings.Join(elements, `", "`) + `"]`
}

// gapTable names hosts that did not answer.
const gapTable = `
  HOST                          WHY
  198.51.100.3                  no answer
  198.51.100.200-198.51.100.201 (2)  no answer
`
