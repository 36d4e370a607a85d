package baseline_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// The lab of these tests: on two servers 22 and 80 to 82 of the ports scanned
// are open, in IPv4 and IPv6, 25 of the first is dropped, the third has nothing
// open. UDP 5300 of the prober itself answers, UDP 5301 of the first server is
// dropped.
const (
	labTCP = "22,25,80-83"
	labUDP = "5300-5302"
)

func openLab(t *testing.T) {
	t.Helper()
	lab := porttest.NewLab(t)
	for _, host := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr(2), porttest.ServerAddr6(1)} {
		for _, port := range []uint16{22, 80, 81, 82} {
			lab.Listen(netip.AddrPortFrom(host, port), porttest.AcceptClose)
		}
	}
	lab.Set(porttest.Router, netip.AddrPortFrom(porttest.ServerAddr(1), 25), porttest.Drop)
	lab.Set(porttest.Router, netip.AddrPortFrom(porttest.ServerAddr(1), 5301), porttest.Drop)
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(porttest.ProberAddr, 5300)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			_, from, err := socket.ReadFromUDPAddrPort(buffer)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			_, _ = socket.WriteToUDPAddrPort([]byte("answer"), from)
		}
	}()
}

// scan runs a scanner in a directory of its own; there its arguments name the
// file that it returns "scan".
func scan(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), porttest.Program(t, arguments[0]), arguments[1:]...)
	command.Dir = t.TempDir()
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", arguments, err, out)
	}
	return read(t, filepath.Join(command.Dir, "scan"))
}

const (
	server1 = "198.51.100.1"
	server2 = "198.51.100.2"
	server3 = "198.51.100.3"
	down    = "198.51.100.200"
	prober  = "192.0.2.1"
)

func TestNmapInLab(t *testing.T) {
	openLab(t)
	open := []string{"22", "80-82"}
	three := baseline.Baseline{server1: open, server2: open, server3: {}}
	tests := []struct {
		name      string
		arguments []string
		want      baseline.Baseline
	}{
		{"SYN scan", []string{"-sS", "-p" + labTCP, server1, server2, server3, down}, three},
		{"connect scan, with progress", []string{"-sT", "-v", "--stats-every", "100ms", "--reason", "-p" + labTCP, server1, server2, server3, down}, three},
		{"all taken for up", []string{"-sS", "-Pn", "-p" + labTCP, server1, server2, server3, down}, three},
		{"open ports only", []string{"-sS", "--open", "-p" + labTCP, server1, server2, server3}, baseline.Baseline{server1: open, server2: open}},
		{"operating system and route", []string{"-sS", "-O", "--max-os-tries", "1", "--traceroute", "-p" + labTCP, server1, server3}, baseline.Baseline{server1: open, server3: {}}},
		{"IPv6", []string{"-6", "-sS", "-p" + labTCP, "2001:db8:2::1", "2001:db8:2::3"}, baseline.Baseline{"2001:db8:2::1": open, "2001:db8:2::3": {}}},
		{"UDP", []string{"-sU", "-p" + labUDP, server1, prober}, baseline.Baseline{server1: {}, prober: {"5300/udp"}}},
		{"TCP and UDP", []string{"-sS", "-sU", "-pT:" + labTCP + ",U:" + labUDP, server1, prober}, baseline.Baseline{server1: open, prober: {"5300/udp"}}},
		{"hosts that are up, no ports", []string{"-sn", server1}, baseline.Baseline{}},
		{"IP protocols", []string{"-sO", "-p6,17", server1}, baseline.Baseline{}},
		{"SCTP", []string{"-sY", "-p1-50", server3}, baseline.Baseline{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			parser(nmapByAddress).is(t, scan(t, append([]string{"nmap", "-n", "-T4", "-oX", "scan"}, test.arguments...)...), test.want)
		})
	}
	t.Run("not XML", func(t *testing.T) {
		parser(nmapByAddress).fails(t, scan(t, "nmap", "-n", "-p22", "-oN", "scan", server1), "this is Nmap's normal output; give Nmap's XML, nmap -oX")
		parser(nmapByAddress).fails(t, scan(t, "nmap", "-n", "-p22", "-oG", "scan", server1), "this is Nmap's grepable output; give Nmap's XML, nmap -oX")
	})
	t.Run("appended", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "both")
		for _, arguments := range [][]string{{"-sS", "-p22,80", server1}, {"-sU", "-p5300", prober}, {"-sS", "-p81-82", server1}} {
			if err := exec.CommandContext(t.Context(), porttest.Program(t, "nmap"), append(arguments, "-n", "-oX", file, "--append-output")...).Run(); err != nil {
				t.Fatal(err)
			}
		}
		parser(nmapByAddress).is(t, read(t, file), baseline.Baseline{server1: open, prober: {"5300/udp"}})
	})
}

// TestNmapInterrupted: Nmap does not end its XML, whatever ends Nmap.
func TestNmapInterrupted(t *testing.T) {
	openLab(t)
	nmap := porttest.Program(t, "nmap")
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "scan")
			// One host after the other, of which the second is slow: all is dropped.
			command := exec.CommandContext(t.Context(), nmap, "-sT", "-n", "-Pn", "--max-hostgroup", "1", "--scan-delay", "1s", "-p25", "-oX", file, server2, server1, server1+"0-19")
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			var text []byte
			for deadline := time.Now().Add(30 * time.Second); !strings.Contains(string(text), "</host>") && time.Now().Before(deadline); {
				time.Sleep(10 * time.Millisecond)
				text, _ = os.ReadFile(file)
			}
			_ = command.Process.Signal(signal)
			_ = command.Wait()
			_, err := nmapByAddress(t.Context(), read(t, file))
			want := regexp.MustCompile(`^line \d+: the text ends here and is not complete \(whole hosts before: [1-9]\): the scan was interrupted, or the file is cut\. `)
			if err == nil || !want.MatchString(err.Error()) {
				t.Errorf("%v\n%s", err, text)
			}
		})
	}
}

func TestMasscanInLab(t *testing.T) {
	openLab(t)
	stir(t)
	open, both := []string{"22", "80-82"}, []string{server1, server3}
	tests := []struct {
		name      string
		parse     parser
		arguments []string
		want      baseline.Baseline
	}{
		{"JSON", baseline.Masscan, append(both, "-oJ", "scan"), baseline.Baseline{server1: open}},
		{"JSON, closed too", baseline.Masscan, append(both, "-oJ", "scan", "--show", "open,closed"), baseline.Baseline{server1: open, server3: {}}},
		{"list", baseline.Masscan, append(both, "-oL", "scan", "--show", "open,closed"), baseline.Baseline{server1: open, server3: {}}},
		{"JSON lines", baseline.Masscan, append(both, "-oD", "scan", "--show", "open,closed"), baseline.Baseline{server1: open, server3: {}}},
		{"XML", nmapByAddress, append(both, "-oX", "scan", "--show", "open,closed"), baseline.Baseline{server1: open, server3: {}}},
		{"IPv6", baseline.Masscan, []string{"2001:db8:2::1", "--source-ip", porttest.ProberAddr6.String(), "--router-mac-ipv6", routerMAC(t), "-oJ", "scan"},
			baseline.Baseline{"2001:db8:2::1": open}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// masscan sends each packet once, and what it misses is not ours.
			var text string
			for range 3 {
				text = scan(t, append([]string{"masscan", "-p" + labTCP, "--wait", "1"}, test.arguments...)...)
				if found, err := test.parse(t.Context(), text); err == nil && cmp.Equal(found, test.want) {
					break
				}
			}
			test.parse.is(t, text, test.want)
		})
	}
	t.Run("nothing found", func(t *testing.T) {
		text := scan(t, "masscan", "-p83", "--wait", "1", "-oJ", "scan", server3)
		parser(baseline.Masscan).fails(t, text, "it is empty: the scan found nothing, or did not finish. Expected masscan's JSON, masscan -oJ, or its list, masscan -oL")
	})
	t.Run("grepable", func(t *testing.T) {
		text := scan(t, "masscan", "-p22", "--wait", "1", "-oG", "scan", server1)
		parser(baseline.Masscan).fails(t, text, "this is masscan's grepable output; give masscan's JSON, masscan -oJ, or its list, masscan -oL")
	})
}

// stir sends packets until the test ends. masscan waits for a packet each time
// before it looks at the clock, so that on a quiet link it does not end.
func stir(t *testing.T) {
	t.Helper()
	var stirrer sync.WaitGroup
	stirrer.Go(func() {
		for t.Context().Err() == nil {
			if connection, err := net.DialTimeout("tcp", server2+":9", time.Second); err == nil {
				_ = connection.Close()
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	t.Cleanup(stirrer.Wait)
}

// routerMAC is the router's link-layer address: masscan asks for it in IPv6 in a
// way that the lab's router does not answer.
func routerMAC(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), porttest.Program(t, "ip"), "neighbour", "show", porttest.RouterAddr6.String()).CombinedOutput()
	mac := regexp.MustCompile(`lladdr (\S+)`).FindSubmatch(out)
	if err != nil || mac == nil {
		t.Fatal(fmt.Errorf("%w: %s", err, out))
	}
	return strings.ReplaceAll(string(mac[1]), ":", "-")
}
