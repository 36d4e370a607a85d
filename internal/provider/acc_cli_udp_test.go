package provider_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccUDPMessages: a plan shows a UDP port that no longer answers, and that only
// apply knows the results to come.
func TestAccUDPMessages(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		dns := w.lab.ListenUDP(at(53), porttest.Echo)
		w.lab.ListenUDP(at(514), porttest.Mute)
		w.write(udp("assume_silent_udp_open = true"))
		w.apply().exits(0)
		if err := dns.Close(); err != nil {
			t.Fatal(err)
		}
		w.plan().exits(2).says(
			"Warning: Port drift found while planning: udp://198.51.100.1:53 is closed, declared open",
			"udp://198.51.100.1:53 open closed port-unreach service-down",
			"ICMP 3/3 from 198.51.100.1",
			`~ "udp://198.51.100.1:53" = "closed" -> (known after apply)`,
			`~ "udp://198.51.100.1:514" = "open|filtered" -> (known after apply)`,
			"(1 unchanged element hidden)",
		)
	})
}
