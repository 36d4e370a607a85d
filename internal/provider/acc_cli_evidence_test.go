package provider_test

import (
	"bufio"
	"context"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

var (
	captureLine = regexp.MustCompile(`(?m)^ *[│]? *tcpdump -ni any '(.*)'$`)
	ruleLine    = regexp.MustCompile(`(?m)^ *[│]? *nft +(.*)$`)
)

// TestAccForwarded: an address that answers, but says of one of its ports that a
// host is unreachable, passes that port on to a dead host.
func TestAccForwarded(t *testing.T) {
	onEachCLI(t, func(_ *testing.T, w *workspace) {
		w.serve(80, 443)
		w.lab.Set(porttest.Host, at(443), porttest.RejectHost)
		w.write(fast + `
data "portcheck" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80", "443"]
}`)
		w.plan().exits(0).says("rejected:", "passes this one on to another host (NAT, port forwarding, a load balancer), and that host is down")
		w.lab.Set(porttest.Host, at(443), porttest.Accept)
		w.lab.Set(porttest.Router, at(443), porttest.RejectHost)
		w.plan().exits(0).says("rejected:", "from 192.0.2.254").saysNot("passes this one on")
	})
}

// TestAccEvidence pastes what a message offers into tcpdump and nft, and looks
// again: both see the packets, and what a firewall answers.
func TestAccEvidence(t *testing.T) {
	tcpdump, nft := porttest.Program(t, "tcpdump"), porttest.Program(t, "nft")
	onEachCLI(t, func(t *testing.T, w *workspace) {
		for _, tt := range []struct {
			name, host, port string
			rule             porttest.Rule
			packets          string // tcpdump waits for as many: one each way
		}{
			{"rejected", "198.51.100.1", "443", porttest.RejectAdmin, "2"},
			{"rejected over IPv6", "2001:db8:2::1", "443", porttest.RejectAdmin, "2"},
			{"UDP that is silent", "198.51.100.1", "53/udp", porttest.Drop, "1"},
		} {
			w.lab.SetAll(porttest.Router, porttest.ServerAddr(1), tt.rule)
			w.lab.SetAll(porttest.Router, porttest.ServerAddr6(1), tt.rule)
			w.write(fast + `
data "portcheck" "web" {
  hosts = ["` + tt.host + `"]
  open  = ["` + tt.port + `"]
}`)
			said := w.plan().exits(0).out
			capture, rule := captureLine.FindStringSubmatch(said), ruleLine.FindStringSubmatch(said)
			if capture == nil || rule == nil {
				t.Fatalf("%s: nothing to paste in\n%s", tt.name, said)
			}
			script(t, nft, "table inet found {\n chain sent {\n  type filter hook output priority 0\n  "+rule[1]+" counter\n }\n}\n")
			seen := captured(t, tcpdump, tt.packets, capture[1])
			w.plan().exits(0)
			if out, err := seen(); err != nil {
				t.Errorf("%s: tcpdump %s: %v\n%s", tt.name, capture[1], err, out)
			}
			out, err := exec.Command(nft, "list", "table", "inet", "found").CombinedOutput()
			if err != nil || strings.Contains(string(out), "packets 0 ") {
				t.Errorf("%s: %v, %s", tt.name, err, out)
			}
			script(t, nft, "delete table inet found\n")
		}
	})
}

func script(t *testing.T, nft, text string) {
	t.Helper()
	cmd := exec.Command(nft, "-f", "-")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", text, err, out)
	}
}

// captured begins to capture and returns once it does; the function returned
// waits for as many packets, which the next look sends.
func captured(t *testing.T, tcpdump, packets, filter string) func() (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // if none come
	t.Cleanup(cancel)
	// -Z: in a user namespace there is nobody else to become.
	cmd := exec.CommandContext(ctx, tcpdump, "-Z", "root", "-ni", "any", "-U", "--immediate-mode", "-w", "/dev/null", "-c", packets, filter)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	var said strings.Builder
	for !strings.Contains(said.String(), "listening on") && lines.Scan() {
		said.WriteString(lines.Text() + "\n")
	}
	return func() (string, error) {
		for lines.Scan() {
			said.WriteString(lines.Text() + "\n")
		}
		return said.String(), cmd.Wait()
	}
}
