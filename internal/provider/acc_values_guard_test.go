package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// TestAccGuard: what the environment refuses is an error, at its line where it is known
// without a resolver, and nothing is sent there. It blocks no destroy.
func TestAccGuard(t *testing.T) {
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		servers := s.serve(80, 443)
		with := func(name, value string, step resource.TestStep) resource.TestStep {
			return when(func() {
				t.Setenv("PORTCHECK_DENY", "192.0.2.0/24") // or it would be set and empty
				t.Setenv(name, value)
			}, step)
		}
		before := 0
		accepted := func() int { return servers[0].Accepted() + servers[1].Accepted() }
		const denied = `198.51.100.1 is denied by "198.51.100.0/24" in the environment variable PORTCHECK_DENY.`
		byName := strings.Replace(data(""), "198.51.100.1", "localhost", 1)
		baseline := strings.Replace(recorded(""), "198.51.100.1", "198.51.100.0/30", 1)
		return []resource.TestStep{
			then(with("PORTCHECK_DENY", "10.0.0.0/8", applied(web(""), has(theCheck, "passed", true))), func() { before = accepted() }),
			with("PORTCHECK_DENY", "198.51.100.0/24", refused(web(""), "Not allowed to be probed", `hosts  = ["198.51.100.1"]`, "Element 0 of hosts: "+denied)),
			refused(data(""), "Element 0 of hosts: "+denied, "To destroy all the same: terraform destroy -refresh=false."),
			refused(baseline, `198.51.100.0/30 has addresses that are denied by "198.51.100.0/24"`),
			refused(setting(data(""), `control = ["tcp://198.51.100.1:80"]`), "The provider's control has tcp://198.51.100.1:80, and "+denied),
			refused(setting(strings.Replace(data(`from = ["b"]`), "198.51.100.1", "192.0.2.9", 1), `socks5 {
    name    = "a"
    address = "198.51.100.1:1080"
  }
  socks5 {
    name    = "b"
    address = "192.0.2.1:1080"
    via     = "a"
  }`), "Not allowed to be connected to", `Element 0 of from is "b". socks5 "a": address is refused: `+denied),
			with("PORTCHECK_DENY", "127.0.0.1 ::1", refused(byName, "Not allowed to be probed", "localhost resolves to", "Nothing was sent there, and nothing was recorded. To destroy all the same: terraform destroy -refresh=false.")),
			with("PORTCHECK_ALLOW", ".example", refused(data(""), "198.51.100.1 is not in the environment variable PORTCHECK_ALLOW (it has .example).")),
			with("PORTCHECK_ALLOW", ".example,,", refused(data(""), "198.51.100.1 is not in")),
			with("PORTCHECK_ALLOW", "198.51.100.0/33", refused(data(""), `The environment variable PORTCHECK_ALLOW has "198.51.100.0/33": it is not a CIDR.`)),
			with("PORTCHECK_ALLOW", "198.51.100.0/24", refused(strings.Replace(web(""), "198.51.100.1", "169.254.169.0/24", 1), "169.254.169.0/24 has addresses of 169.254.0.0/16")),
			// Away with it, without another look, whatever else is refused.
			then(with("PORTCHECK_DENY", "198.51.100.0/24", applied(setting(fast, `control = ["tcp://198.51.100.1:80"]`))), func() {
				if n := accepted(); n != before {
					t.Errorf("%d connections, before the rules there were %d", n, before)
				}
			}),
		}
	})
}
