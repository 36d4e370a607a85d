package provider_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

// filtersOf has a data source for each word and IP version: all ports of Filters, and
// one that is open and shows that the host is up.
func filtersOf(hosts map[bool]netip.Addr, ports map[bool][]string) string {
	config := strings.Replace(fast, `"200ms"`, `"500ms"`, 1) // many looks at once
	for ipv6, host := range hosts {
		for _, want := range endpoint.Wants() {
			open := `"443"`
			if want == endpoint.WantOpen {
				open = strings.Join(append(ports[ipv6], open), ", ")
			} else {
				open += fmt.Sprintf("]\n  %s = [%s", want, strings.Join(ports[ipv6], ", "))
			}
			name := fmt.Sprintf("%s_%t", want, ipv6)
			config += fmt.Sprintf(`
data "portcheck" %q {
  hosts = [%q]
  open  = [%s]
}
output %q { value = data.portcheck.%[1]s.failures }
`, name, host, open, name)
		}
	}
	return config
}

// TestAccFilters measures the table of the guide "How ports are judged": each word for
// what is declared, against each rule, with a listener and without.
func TestAccFilters(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		hosts := map[bool]netip.Addr{false: porttest.ServerAddr(1), true: porttest.ServerAddr6(1)}
		ports := map[bool][]string{}
		rules := map[porttest.Place]map[netip.AddrPort]porttest.Rule{porttest.Router: {}, porttest.Host: {}}
		failures := map[string]map[string]any{}
		for ipv6, host := range hosts {
			s.lab.Listen(netip.AddrPortFrom(host, 443), porttest.AcceptClose)
			for _, want := range endpoint.Wants() {
				failures[fmt.Sprintf("%s_%t", want, ipv6)] = map[string]any{}
			}
		}
		for i, f := range provider.Filters() {
			addr := netip.AddrPortFrom(hosts[f.IPv6], uint16(10_000+i))
			ports[f.IPv6] = append(ports[f.IPv6], fmt.Sprintf("%q", fmt.Sprint(addr.Port())))
			if f.Listens {
				s.lab.Listen(addr, porttest.AcceptClose)
			}
			rules[f.At][addr] = f.Rule
			state, reason := f.Found()
			for _, want := range endpoint.Wants() {
				if cause := f.Cause(want); cause != "" {
					failures[fmt.Sprintf("%s_%t", want, f.IPv6)]["tcp://"+addr.String()] = failure(string(want), string(state), string(reason), string(cause))
				}
			}
		}
		for place, rules := range rules {
			s.lab.SetEach(place, rules)
		}
		var checks []plancheck.PlanCheck
		for name, want := range failures {
			checks = append(checks, plancheck.ExpectKnownOutputValue(name, exactly(want)))
		}
		return []resource.TestStep{drifts(filtersOf(hosts, ports), checks...)}
	})
}

const (
	tcp5432 = "tcp://198.51.100.1:5432"
	tcp8443 = "tcp://198.51.100.1:8443"
)

// rules declares the first server's port 443 open, 8443 unfiltered and 5432 filtered.
func rules() string {
	return fast + `
resource "portcheck_check" "web" {
  hosts      = ["198.51.100.1"]
  open       = ["443"]
  unfiltered = ["443", "8443"]
  filtered   = ["5432", "8443"]
  closed     = ["5432"]
  timeouts {
    create = "1s"
    update = "1s"
  }
}
`
}

// TestAccCheckOfRules: the outcome is known at plan, whatever listens; drift of a rule
// is drift, both ways, and a service that starts or stops is none.
func TestAccCheckOfRules(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(443)
		results := map[string]any{tcp443: "open", tcp8443: "unfiltered", tcp5432: "filtered"}
		s.firewall(5432, porttest.Drop)
		created := applied(rules(), has(theCheck, "passed", true), has(theCheck, "results", results), has(theCheck, "failures", map[string]any{}))
		created.ConfigPlanChecks = beforeApply(plans(theCheck, "passed", true), plans(theCheck, "results", results))
		same := sameBytes()
		return []resource.TestStep{
			created,
			applied(rules(), same),
			when(func() { s.serve(8443, 5432) }, quiet(rules())),
			applied(rules(), same),
			when(func() { s.firewall(5432, porttest.Accept) }, drifts(rules(),
				changesOnly(theCheck+".failures["+tcp5432+"]", theCheck+".passed", theCheck+".passed_at", theCheck+".results["+tcp5432+"]"),
				finds("results", map[string]any{tcp443: "open", tcp8443: "unfiltered", tcp5432: "open"}),
				finds("failures", map[string]any{tcp5432: failure("filtered", "open", "syn-ack", "unexpected-open")}),
				plans(theCheck, "results", results))),
			when(func() { s.firewall(5432, porttest.RejectReset) }, fails(rules(), tcp5432+" is closed, declared filtered", "not-filtered")),
			when(func() { s.firewall(5432, porttest.RejectAdmin) }, applied(rules(), has(theCheck, "results", results))),
			when(func() { s.firewall(8443, porttest.Drop) }, drifts(rules(),
				finds("results", map[string]any{tcp443: "open", tcp8443: "filtered", tcp5432: "filtered"}),
				finds("failures", map[string]any{tcp8443: failure("unfiltered", "filtered", "no-response", "filtered")}))),
			when(func() { s.firewall(8443, porttest.RejectReset) }, applied(rules(), has(theCheck, "results", results))),
		}
	})
}

// TestAccSilentHosts: a host of which nothing answers passes as filtered only where
// control shows that this machine is not cut off, and a place that cannot tell a filter
// is refused.
func TestAccSilentHosts(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(443)
		check := fast + `
resource "portcheck_check" "web" {
  hosts    = ["203.0.113.7"]
  filtered = ["22"]
  timeouts {
    create = "1s"
    update = "1s"
  }
}
`
		s.lab.IP(porttest.Router, "route add blackhole 203.0.113.0/24\n") // which is silent
		proxied := strings.Replace(strings.Replace(check, "filtered", "from = [\"proxy\"]\n  filtered", 1), "  recheck_interval", `  http_proxy {
    name = "proxy"
    url  = "http://192.0.2.254:3128"
  }
  recheck_interval`, 1)
		controlled := setting(check, `control = ["tcp://198.51.100.1:443"]`)
		same := sameBytes()
		return []resource.TestStep{
			refused(proxied, "Cannot be looked at from there", "tcp://203.0.113.7:22 is declared filtered, and", "does not tell a closed port from a filtered one"),
			fails(check, "tcp://203.0.113.7:22 could not be tested: no-response", "host-down", "set control in the provider"),
			applied(controlled, has(theCheck, "passed", true), has(theCheck, "results", map[string]any{"tcp://203.0.113.7:22": "filtered"}), same),
			// What could not be tested is no drift.
			quiet(check, finds("results", map[string]any{"tcp://203.0.113.7:22": "filtered"})),
			when(s.lab.Unroute, quiet(controlled, finds("passed", true))),
			applied(controlled, same),
			when(s.lab.Reroute, quiet(controlled)),
		}
	})
}
