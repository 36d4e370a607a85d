package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccOwnFaults: what this machine does to its own packets is no drift at
// refresh, and no failure of the target at apply or in a data source. All the other
// faults are told apart by TestFaults of package scan.
func TestAccOwnFaults(t *testing.T) {
	slow := func(config string) string { return strings.Replace(config, `"200ms"`, `"1s"`, 1) }
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80, 443)
		filter := func(rule porttest.Rule) func() {
			return func() { s.lab.SetAll(porttest.Prober, porttest.ServerAddr(1), rule) }
		}
		same := sameBytes()
		steps := []resource.TestStep{applied(slow(web("")), same)}
		for _, fault := range []struct {
			inject func()
			cause  string
		}{
			{filter(porttest.Drop), "prober-filtered"},
			{filter(porttest.RejectAdmin), "prober-filtered"},
			{func() { filter(porttest.Accept)(); s.lab.LoseGateway() }, "prober-offline"},
		} {
			steps = append(steps,
				when(fault.inject, quiet(slow(web("")))),
				applied(slow(web("")), same),
				fails(slow(web("triggers = 1")), "could not be tested", fault.cause))
		}
		return append(steps,
			applied(slow(data("")), has(theData, "failures", map[string]any{"tcp://198.51.100.1:80": failure("open", "unknown", "gateway-unreach", "prober-offline")})),
			when(s.lab.Reroute, applied(slow(web("triggers = 1")), has(theCheck, "passed", true))))
	})
}
