package provider_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccUDP: a UDP port that answers, one that never does, and both through a
// drift and back.
func TestAccUDP(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		config := func(setting string) string {
			return header + `
provider "portcheck" {
  checks_read_timeout = "200ms"
  recheck_interval    = "50ms"
  ` + setting + `
}
resource "portcheck_check" "web" {
  hosts    = ["198.51.100.1"]
  open     = ["53/udp", "514/udp", "80"]
  closed   = ["123/udp"]
  timeouts = { create = "1s", update = "2s" }
}
output "states" {
  value = portcheck_check.web.results
}
`
		}
		w.serve(80)
		dns := w.lab.ListenUDP(at(53), porttest.Echo)
		w.lab.ListenUDP(at(514), porttest.Mute)
		w.write(config(""))
		w.apply().exits(1).says(
			"Error: Port check failed: udp://198.51.100.1:514 is open|filtered, declared open",
			"udp://198.51.100.1:514 open open|filtered no-response filtered",
			"set assume_silent_udp_open",
		)
		w.write(config("assume_silent_udp_open = true"))
		w.apply().exits(0)
		want := map[string]any{"tcp://198.51.100.1:80": "open", "udp://198.51.100.1:53": "open", "udp://198.51.100.1:514": "open|filtered"}
		if diff := cmp.Diff(want, w.check()["results"]); diff != "" {
			t.Errorf("results (-want +got)\n%s", diff)
		}
		w.plan().exits(0)
		if err := dns.Close(); err != nil {
			t.Fatal(err)
		}
		// What may pass silent or answering is not known before apply; TCP is.
		w.plan().exits(2).says(
			"Warning: Port drift: udp://198.51.100.1:53 is closed, declared open",
			"udp://198.51.100.1:53 open closed port-unreach service-down",
			"ICMP 3/3 from 198.51.100.1",
			`~ "udp://198.51.100.1:53" = "closed" -> (known after apply)`,
			`~ "udp://198.51.100.1:514" = "open|filtered" -> (known after apply)`,
			"(1 unchanged element hidden)",
		)
		w.lab.ListenUDP(at(53), porttest.Echo)
		w.plan().exits(0)
		// A silent port counts as open where it must not be, too.
		w.lab.ListenUDP(at(123), porttest.Mute)
		w.plan().exits(2).says("udp://198.51.100.1:123 closed open|filtered no-response unexpected-open")
	})
}
