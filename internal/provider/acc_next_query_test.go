//go:build next

package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck/queryfilter"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// withQuery are the CLIs that have `terraform query`.
var withQuery = tfversion.SkipBelow(tfversion.Version1_14_0)

// TestNextQuery: a sweep lists the hosts that answer, by their identity, with the
// attributes of a check.
func TestNextQuery(t *testing.T) {
	onValuesOf(t, withQuery, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		const list = "portcheck_check.net"
		is := func(declaration string) map[string]knownvalue.Check {
			return map[string]knownvalue.Check{"declaration": exactly(declaration)}
		}
		first := is("hosts=198.51.100.1 open=80,443")
		return []resource.TestStep{applied(fast + `resource "portcheck_check" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80"]
}
`), {
			Query: true,
			Config: `
list "portcheck_check" "net" {
  provider         = portcheck
  include_resource = true
  config {
    hosts = ["198.51.100.1", "198.51.100.2", "198.51.100.200"]
    ports = ["79-81", "443"]
  }
}
`,
			QueryResultChecks: []querycheck.QueryResultCheck{
				querycheck.ExpectLength(list, 2),
				querycheck.ExpectIdentity(list, first),
				querycheck.ExpectIdentity(list, is("hosts=198.51.100.2 closed=79-81,443")),
				querycheck.ExpectResourceDisplayName(list, queryfilter.ByResourceIdentity(first), exactly("198.51.100.1: 80, 443")),
				querycheck.ExpectResourceKnownValues(list, queryfilter.ByResourceIdentity(first), []querycheck.KnownValueCheck{
					{Path: attr("hosts"), KnownValue: exactly(ports("198.51.100.1"))},
					{Path: attr("open"), KnownValue: exactly(ports("80", "443"))},
					{Path: attr("closed"), KnownValue: exactly(nil)},
					{Path: attr("passed"), KnownValue: exactly(nil)},
				}),
			},
		}}
	})
}

// TestNextQueryToChecks: what a query writes is imported by a plan that adds nothing and
// changes nothing but what the first look finds; after apply the plan is quiet.
func TestNextQueryToChecks(t *testing.T) {
	onNext(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		w.write(fast)
		w.query(`
  config {
    hosts = ["198.51.100.1", "198.51.100.2"]
    ports = ["79-81", "443"]
  }
`)
		w.run("validate", "-query").exits(0)
		w.run("query", "-generate-config-out=checks.tf").exits(0).shown().says("198.51.100.1: 80, 443", "198.51.100.2: nothing open")
		plan := w.plan().exits(2).shown().says("Plan: 2 to import, 0 to add, 2 to change, 0 to destroy.", "+ passed = true")
		for _, name := range []string{"hosts", "open", "closed", "from", "timeouts"} {
			plan.saysNot("+ "+name, "~ "+name, "- "+name)
		}
		w.apply().exits(0).says("2 imported, 0 added, 2 changed")
		w.plan().exits(0).says("No changes.")
		if state := string(w.stateFile()); !strings.Contains(state, `"hosts=198.51.100.1 open=80,443"`) {
			t.Errorf("state has no identity:\n%s", state)
		}
	})
}

// TestNextQueryInterrupted: an interruption ends a sweep that waits for a silent port.
func TestNextQueryInterrupted(t *testing.T) {
	onNext(t, func(t *testing.T, w *workspace) {
		w.firewall(80, porttest.Drop)
		seen := w.serve(443)[0]
		w.write(strings.Replace(setting(fast, "max_hosts = 1"), `"200ms"`, `"1m"`, 1))
		w.query(`
  config {
    hosts = ["198.51.100.1"]
    ports = ["80", "443"]
  }
`)
		cmd := w.Command("query", "-json")
		w.interrupted(cmd, seen, func() error { return cmd.Process.Signal(os.Interrupt) }).shown().says("Sweep interrupted")
	})
}

// query writes a list of checks.
func (w *workspace) query(config string) {
	w.t.Helper()
	text := "list \"portcheck_check\" \"net\" {\n  provider = portcheck\n" + config + "}\n"
	if err := os.WriteFile(filepath.Join(w.Dir, "net.tfquery.hcl"), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}
