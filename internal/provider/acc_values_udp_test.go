package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccUDP: a UDP port that answers, one that never does, and both through a
// drift and back.
func TestAccUDP(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		s.serve(80)
		dns := s.lab.ListenUDP(at(53), porttest.Echo)
		s.lab.ListenUDP(at(514), porttest.Mute)
		const udp53, udp123, udp514 = "udp://198.51.100.1:53", "udp://198.51.100.1:123", "udp://198.51.100.1:514"
		config := udp("assume_silent_udp_open = true")
		return []resource.TestStep{
			fails(udp(""),
				"Error: Port check failed: udp://198.51.100.1:514 is open|filtered, declared open",
				"udp://198.51.100.1:514 open open|filtered no-response filtered",
				"set assume_silent_udp_open",
			),
			applied(config, has(theCheck, "results", map[string]any{tcp80: "open", udp53: "open", udp514: "open|filtered"})),
			// What may pass silent or answering is not known before apply; TCP is.
			when(func() {
				if err := dns.Close(); err != nil {
					t.Fatal(err)
				}
			}, drifts(config,
				finds("failures", map[string]any{udp53: failure("open", "closed", "port-unreach", "service-down")}),
				plancheck.ExpectUnknownValue(theCheck, attr("results", udp53)),
				plancheck.ExpectUnknownValue(theCheck, attr("results", udp514)),
				plancheck.ExpectKnownValue(theCheck, attr("results", tcp80), exactly("open")),
				plans(theCheck, "passed", true),
				plans(theCheck, "failures", map[string]any{}),
			)),
			when(func() { s.lab.ListenUDP(at(53), porttest.Echo) }, quiet(config)),
			// A silent port counts as open where it must not be, too.
			when(func() { s.lab.ListenUDP(at(123), porttest.Mute) }, drifts(config,
				finds("failures", map[string]any{udp123: failure("closed", "open|filtered", "no-response", "unexpected-open")}))),
		}
	})
}
