package provider_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccFiltersSay: what is wrong with the words for filters is said at validate, what
// is not proven is a warning, and apply waits for a rule.
func TestAccFiltersSay(t *testing.T) {
	onEachCLI(t, func(_ *testing.T, w *workspace) {
		w.write(strings.Replace(rules(), `["5432", "8443"]`, `["53/udp", "443/https"]`, 1))
		w.run("validate").exits(1).says(
			`Element 0 of filtered: "53/udp" is a UDP port, and filtered is for TCP ports`,
			`Element 1 of filtered: "443/https" names a service`)
		w.serve(443, 5432)
		w.write(strings.Replace(rules(), `create = "1s"`, `create = "5m"`, 1))
		done := make(chan result)
		go func() { done <- w.apply() }()
		w.firewall(5432, porttest.Drop)
		(<-done).exits(0).says("8443", "unfiltered")
		w.write(setting(fast, `control = ["tcp://198.51.100.1:443"]`) + `
data "portcheck" "gone" {
  hosts    = ["203.0.113.7"]
  filtered = ["22"]
}
`)
		w.lab.IP(porttest.Router, "route add blackhole 203.0.113.0/24\n")
		w.plan("-refresh=false").exits(2).says("Warning: tcp://203.0.113.7:22 is filtered, but nothing shows that its host is up", "a host that is down looks the same")
	})
}
