package provider_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccBaselineEqualsNmap: what is recorded is what nmap_parse makes of Nmap's
// scan of the same hosts and ports.
func TestAccBaselineEqualsNmap(t *testing.T) {
	nmap, err := exec.LookPath("nmap")
	if err != nil {
		t.Skip("nmap is not installed")
	}
	const tcp, udp = "1-300,8000-8100", "50-60"
	hosts := []string{"198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4", "2001:db8:2::1", "2001:db8:2::2"}
	onEachCLI(t, func(t *testing.T, w *workspace) {
		for _, addr := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr6(1)} {
			for _, port := range []uint16{22, 80, 81, 82, 300, 8000, 8100} {
				w.lab.Listen(netip.AddrPortFrom(addr, port), porttest.AcceptClose)
			}
			w.lab.ListenUDP(netip.AddrPortFrom(addr, 53), porttest.Echo)
			w.lab.ListenUDP(netip.AddrPortFrom(addr, 54), porttest.Mute)
		}
		w.lab.Listen(netip.AddrPortFrom(porttest.ServerAddr(2), 25), porttest.Silent)
		for port, rule := range map[uint16]porttest.Rule{
			22: porttest.Drop, 80: porttest.RejectReset, 81: porttest.RejectAdmin, 100: porttest.Drop, 101: porttest.RejectPort,
		} {
			w.firewall(port, rule)
		}
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(4), porttest.Drop)

		found := baseline.Baseline{}
		for _, family := range []struct {
			option string
			hosts  []string
		}{{"-4", hosts[:4]}, {"-6", hosts[4:]}} {
			file := filepath.Join(t.TempDir(), "scan.xml")
			out, err := exec.Command(nmap, append([]string{family.option, "-sS", "-sU", "-n", "-pT:" + tcp + ",U:" + udp, "-oX", file}, family.hosts...)...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := baseline.Nmap(string(text))
			if err != nil {
				t.Fatal(err)
			}
			for host, ports := range parsed {
				found[host] = ports
			}
		}
		want := map[string]any{}
		for host, specs := range found {
			list := []any{}
			for _, spec := range specs {
				list = append(list, spec)
			}
			want[string(host)] = list
		}
		if len(want) != 6 || len(found["198.51.100.1"]) != 5 {
			t.Fatalf("Nmap found %v", found)
		}
		delete(want, "198.51.100.4") // it answers ping, which is no port
		w.write(fast + fmt.Sprintf(`
resource "portcheck_baseline" "estate" {
  hosts = %s
  ports = concat(split(",", %q), [%q])
}`, quotedList(hosts), tcp, udp+"/udp"))
		w.apply().exits(0).says("Warning: Nothing recorded of 198.51.100.4: no answer").saysNot("more host")
		w.holds(want)
	})
}

func quotedList(elements []string) string {
	return `["` + strings.Join(elements, `", "`) + `"]`
}

// TestAccBaselineNothingElse: with all ports closed beside a baseline, what is
// new is named, and of the rest neither plan nor state says anything.
func TestAccBaselineNothingElse(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(22, 443)
		w.write(strings.Replace(fast, "checks_read_timeout", "max_rate = 0\n  checks_read_timeout", 1) + `
resource "portcheck_baseline" "estate" {
  hosts = ["198.51.100.1"]
  ports = ["1-65535"]
}
resource "portcheck_check" "web" {
  baseline = portcheck_baseline.estate.open
  closed   = ["1-65535"]
  timeouts = { create = "1s", update = "1s" }
}`)
		w.apply().exits(0)
		w.holds(map[string]any{"198.51.100.1": ports("22", "443")})
		w.plan().exits(0)

		w.serve(50000, 50001)
		plan := w.plan().exits(2).says("Port drift: tcp://198.51.100.1:50000 is open, declared closed (and 1 more)",
			"tcp://198.51.100.1:50000-50001 closed open syn-ack unexpected-open")
		if lines := strings.Count(plan.out, "\n"); lines > 80 {
			t.Errorf("the plan has %d lines:\n%s", lines, plan.out)
		}
		w.apply("-refresh-only").exits(0)
		want := map[string]any{}
		for port, state := range map[int]string{22: "open", 443: "open", 50000: "open", 50001: "open"} {
			want[fmt.Sprintf("tcp://198.51.100.1:%d", port)] = state
		}
		if diff := cmp.Diff(want, w.check()["results"]); diff != "" {
			t.Errorf("results (-want +got)\n%s", diff)
		}
		if size := len(w.stateFile()); size > 6000 {
			t.Errorf("the state has %d bytes:\n%s", size, w.stateFile())
		}
	})
}

// TestAccBaselineInterrupt: Ctrl-C ends a scan that would take minutes.
func TestAccBaselineInterrupt(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
		w.write(strings.Replace(strings.Replace(recorded(""), `"1-100"`, `"1-65535"`, 1), `"200ms"`, `"10s"`, 1))
		w.interruptedApply().exits(1).says("Error: Baseline scan interrupted", "Nothing was recorded of it.").saysNot("Nothing recorded of")
		if got := w.recorded(); got != nil {
			t.Errorf("an interrupted create wrote state: %v", got)
		}
	})
}
