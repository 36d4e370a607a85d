package provider_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccBaselineEqualsNmap: what is recorded is what nmap_parse makes of Nmap's
// scan of the same hosts and ports.
func TestAccBaselineEqualsNmap(t *testing.T) {
	nmap := porttest.Program(t, "nmap")
	const tcp, udp = "1-300,8000-8100", "50-60"
	hosts := []string{"198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4", "2001:db8:2::1", "2001:db8:2::2"}
	onValues(t, func(t *testing.T, s scene) []resource.TestStep {
		populate(s)
		want := map[string]any{}
		for option, of := range map[string][]string{"-4": hosts[:4], "-6": hosts[4:]} {
			for host, found := range nmapFinds(t, nmap, append([]string{option, "-sS", "-sU", "-n", "-pT:" + tcp + ",U:" + udp}, of...)) {
				want[string(host)] = listOf(found)
			}
		}
		if first, ok := want["198.51.100.1"].([]any); len(want) != 6 || !ok || len(first) != 5 {
			t.Fatalf("Nmap found %v", want)
		}
		delete(want, "198.51.100.4") // it answers ping, which is no port
		return []resource.TestStep{applied(fast+fmt.Sprintf(`
resource "portcheck_baseline" "estate" {
  hosts = %s
  ports = concat(split(",", %q), [%q])
}`, quotedList(hosts), tcp, udp+"/udp"),
			has(theBaseline, "open", want),
			has(theBaseline, "unreachable", ports("198.51.100.4")),
		)}
	})
}

// populate gives the servers of the lab ports, and the router rules.
func populate(s scene) {
	for _, addr := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr6(1)} {
		for _, port := range []uint16{22, 80, 81, 82, 300, 8000, 8100} {
			s.lab.Listen(netip.AddrPortFrom(addr, port), porttest.AcceptClose)
		}
		s.lab.ListenUDP(netip.AddrPortFrom(addr, 53), porttest.Echo)
		s.lab.ListenUDP(netip.AddrPortFrom(addr, 54), porttest.Mute)
	}
	s.lab.Listen(netip.AddrPortFrom(porttest.ServerAddr(2), 25), porttest.Silent)
	for port, rule := range map[uint16]porttest.Rule{
		22: porttest.Drop, 80: porttest.RejectReset, 81: porttest.RejectAdmin, 100: porttest.Drop, 101: porttest.RejectPort,
	} {
		s.firewall(port, rule)
	}
	s.lab.SetAll(porttest.Router, porttest.ServerAddr(4), porttest.Drop)
}

// nmapFinds is what Nmap finds open, as the provider reads its XML.
func nmapFinds(t *testing.T, nmap string, args []string) baseline.Baseline {
	t.Helper()
	file := filepath.Join(t.TempDir(), "scan.xml")
	if out, err := exec.Command(nmap, append(args, "-oX", file)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found, err := baseline.Nmap(t.Context(), string(text), baseline.NmapAddress)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func listOf(elements []string) []any {
	list := []any{}
	for _, element := range elements {
		list = append(list, element)
	}
	return list
}

// TestAccBaselineNothingElse: with all ports closed beside a baseline, results
// have the baseline and the ports that opened since, and no closed port.
func TestAccBaselineNothingElse(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(22, 443)
		config := nothingElse("1-500", "50000-50100")
		const new1, new2 = "tcp://198.51.100.1:50000", "tcp://198.51.100.1:50001"
		unexpected := failure("closed", "open", "syn-ack", "unexpected-open")
		return []resource.TestStep{
			applied(config,
				has(theBaseline, "open", map[string]any{"198.51.100.1": ports("22", "443")}),
				has(theCheck, "results", opens(tcp22, tcp443))),
			when(func() { s.serve(50000, 50001) }, drifts(config,
				finds("failures", map[string]any{new1: unexpected, new2: unexpected}),
				finds("results", opens(tcp22, tcp443, new1, new2)),
				plans(theCheck, "results", opens(tcp22, tcp443)),
			)),
		}
	})
}

// TestAccBaselineTimeouts: a scan that is not finished in time is an error that keeps
// nothing. What was recorded before stays, and the change is planned again.
func TestAccBaselineTimeouts(t *testing.T) {
	onValues(t, func(_ *testing.T, s scene) []resource.TestStep {
		s.serve(80)
		s.firewall(81, porttest.Drop)
		config := func(ports, arguments string) string {
			return header + fmt.Sprintf(`
resource "portcheck_baseline" "estate" {
  hosts               = ["198.51.100.1"]
  ports               = [%s]
  checks_read_timeout = "1m"
  %s
}`, ports, arguments)
		}
		const late = "Baseline scan not finished in time"
		recorded := config(`"80"`, `timeouts { create = "1m" }`)
		return []resource.TestStep{
			fails(config(`"81"`, `timeouts { create = "100ms" }`), late, "The scan was not finished after 100ms, its timeout. Nothing was recorded"),
			applied(recorded, has(theBaseline, "open", map[string]any{"198.51.100.1": ports("80")})),
			fails(config(`"80-81"`, `timeouts { update = "100ms" }`), late),
			refused(config(`"80"`, `timeouts { create = "soon" }`), `timeouts.create is "soon". Expected a duration above zero, such as "1m".`),
			quiet(recorded),
		}
	})
}
