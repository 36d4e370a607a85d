package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccServices: state has the result of each service, and plans converge.
func TestAccServices(t *testing.T) {
	onValues(t, func(t *testing.T, _ scene) []resource.TestStep {
		lb := haproxy(t, porttest.NewCA(t))
		port := fmt.Sprint(lb.Addr.Port())
		config := strings.NewReplacer("PORT", port, "DIR", lb.Dir).Replace(fast + `
resource "portcheck_check" "web" {
  hosts      = ["localhost"]
  open       = ["PORT", "PORT/tls", "PORT/https", "PORT/http"]
  closed     = ["PORT"]
  ca_file    = "DIR/ca.pem"
  on_failure = "warning"
  timeouts {
    create = "1s"
  }
  http = { "https://localhost:PORT" = { status = "503", path = "/healthz" } }
}
`)
		return []resource.TestStep{applied(config,
			has(theCheck, "passed", false),
			has(theCheck, "results", map[string]any{
				"tcp://localhost:" + port: "open", "tls://localhost:" + port: "open",
				"https://localhost:" + port: "open", "http://localhost:" + port: "unresponsive",
			}),
		)}
	})
}

// TestAccCertificates: a wrong certificate is an error that says why, and each
// argument that helps against it is found to help.
func TestAccCertificates(t *testing.T) {
	onValues(t, func(t *testing.T, _ scene) []resource.TestStep {
		lb := haproxy(t, porttest.NewCA(t))
		check := func(arguments string) string {
			return strings.NewReplacer("PORT", fmt.Sprint(lb.Addr.Port()), "DIR", lb.Dir).Replace(fast + `
resource "portcheck_check" "web" {
  hosts = ["localhost"]
  open  = ["PORT/tls"]
  timeouts {
    create = "1s"
    update = "1s"
  }
  ` + arguments + `
}
`)
		}
		const pem = `ca_pem = file("DIR/ca.pem")`
		return []resource.TestStep{
			fails(check(""), "tls-unknown-authority", "give the authority with ca_file or ca_pem"),
			applied(check(pem), has(theCheck, "passed", true)),
			applied(check("tls_verify = false"), has(theCheck, "passed", true)),
			fails(check(pem+"\n  tls_min_days = 31"), "tls-expires-soon", "less than tls_min_days"),
			fails(check(pem+"\n  server_name = \"other.example.com\""), "tls-wrong-name", "for localhost, 127.0.0.1"),
			refused(check(pem+"\n  ca_file = \"DIR/ca.pem\""), `"ca_file" cannot be specified when "ca_pem" is specified`),
			// The configuration wins over the environment.
			when(func() { t.Setenv("PORTCHECK_CA_FILE", "missing.pem") },
				applied(strings.NewReplacer("DIR", lb.Dir).Replace(setting(check(""), pem)), has(theCheck, "passed", true))),
		}
	})
}
