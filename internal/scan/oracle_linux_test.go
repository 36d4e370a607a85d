package scan

import (
	"encoding/xml"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/target"
)

var seeds = flag.Int("seeds", 1, "how many random labs TestOracle builds")

// seen is a state with its reason.
type seen struct{ state, reason string }

// rules are what a port of the oracle's lab may have, with what must be seen of
// it in IPv4 and IPv6; an accepted port is as its server is.
var rules = []struct {
	rule   porttest.Rule
	v4, v6 seen
}{
	{rule: porttest.Accept},
	{porttest.Drop, seen{"filtered", "no-response"}, seen{"filtered", "no-response"}},
	{porttest.RejectReset, seen{"closed", "conn-refused"}, seen{"closed", "conn-refused"}},
	{porttest.RejectPort, seen{"filtered", "port-unreach"}, seen{"filtered", "port-unreach"}},
	{porttest.RejectAdmin, seen{"filtered", "admin-prohibited"}, seen{"filtered", "admin-prohibited"}},
	{porttest.RejectHost, seen{"filtered", "host-unreach"}, seen{"filtered", "host-unreach"}},
	{porttest.RejectNet, seen{"filtered", "net-unreach"}, seen{"filtered", "no-route"}},
}

// TestOracle builds random labs of 18 hosts with 40 ports each, whose truth is
// known, and holds every endpoint's state and reason to it, and to what Nmap's
// SYN scan says, which needs root where portcheck needs nothing.
func TestOracle(t *testing.T) {
	for seed := range *seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			lab := porttest.NewLab(t)
			if _, err := exec.LookPath("nmap"); err != nil {
				t.Skip("nmap is not installed")
			}
			truth := randomLab(lab, rand.New(rand.NewPCG(uint64(seed), 1)))
			ours, theirs := looksOf(t, truth), nmapOf(t)
			wrong := 0
			for _, addr := range slices.SortedFunc(maps.Keys(truth), netip.AddrPort.Compare) {
				if ours[addr] != truth[addr] {
					t.Errorf("%s is %v, portcheck says %v", addr, truth[addr], ours[addr])
				}
				if theirs[addr] != truth[addr] {
					wrong++
					t.Logf("%s is %v, Nmap says %v", addr, truth[addr], theirs[addr])
				}
			}
			t.Logf("of %d endpoints Nmap has %d wrong", len(truth), wrong)
			if wrong > len(truth)/20 {
				t.Errorf("Nmap differs on %d of %d endpoints: is the lab as the test says?", wrong, len(truth))
			}
		})
	}
}

const (
	oracleFirst = 1000
	oraclePorts = 40
)

func oracleHosts() []netip.Addr {
	var hosts []netip.Addr
	for i := 1; i <= porttest.Servers; i++ {
		hosts = append(hosts, porttest.ServerAddr(i), porttest.ServerAddr6(i))
	}
	return hosts
}

// randomLab gives every port a server or none, and a rule at the router or at
// the host, and returns what must be seen.
func randomLab(lab *porttest.Lab, random *rand.Rand) map[netip.AddrPort]seen {
	truth := map[netip.AddrPort]seen{}
	atRouter, atHost := map[netip.AddrPort]porttest.Rule{}, map[netip.AddrPort]porttest.Rule{}
	for _, host := range oracleHosts() {
		for n := range oraclePorts {
			addr := netip.AddrPortFrom(host, uint16(oracleFirst+n))
			place := []map[netip.AddrPort]porttest.Rule{atRouter, atHost}[random.IntN(2)]
			atRouter[addr], atHost[addr] = porttest.Accept, porttest.Accept
			choice := rules[random.IntN(len(rules))]
			place[addr] = choice.rule
			must := choice.v4
			if host.Is6() {
				must = choice.v6
			}
			served := random.IntN(2) == 0
			if served {
				lab.Listen(addr, []porttest.Behaviour{porttest.AcceptClose, porttest.Silent, porttest.Reset}[random.IntN(3)])
			}
			if choice.rule == porttest.Accept {
				must = map[bool]seen{true: {"open", "syn-ack"}, false: {"closed", "conn-refused"}}[served]
			}
			truth[addr] = must
		}
	}
	lab.SetEach(porttest.Router, atRouter)
	lab.SetEach(porttest.Host, atHost)
	return truth
}

// looksOf is what portcheck sees.
func looksOf(t *testing.T, truth map[netip.AddrPort]seen) map[netip.AddrPort]seen {
	t.Helper()
	baseline := map[string]target.List{}
	for addr := range truth {
		host := addr.Addr().String()
		list := baseline[host]
		list.Elements = append(list.Elements, target.Element{Value: strconv.Itoa(int(addr.Port()))})
		baseline[host] = list
	}
	declared, problems := target.Declaration{Baseline: baseline}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	v, err := New(Config{Limits: DefaultLimits}).Run(t.Context(), declared, Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	found := map[netip.AddrPort]seen{}
	for _, f := range v.Findings {
		found[f.Last.Remote] = seen{string(f.Last.State), string(f.Last.Reason)}
	}
	return found
}

// nmapReport is what the oracle reads of Nmap's XML.
type nmapReport struct {
	Hosts []struct {
		Address struct {
			Addr string `xml:"addr,attr"`
		} `xml:"address"`
		Ports []struct {
			ID    uint16 `xml:"portid,attr"`
			State struct {
				State  string `xml:"state,attr"`
				Reason string `xml:"reason,attr"`
			} `xml:"state"`
		} `xml:"ports>port"`
		// Ports of a state that many have are written as ranges.
		Extra []struct {
			State   string `xml:"state,attr"`
			Reasons []struct {
				Reason string `xml:"reason,attr"`
				Ports  string `xml:"ports,attr"`
			} `xml:"extrareasons"`
		} `xml:"ports>extraports"`
	} `xml:"host"`
}

// nmapOf is what Nmap's SYN scan sees.
func nmapOf(t *testing.T) map[netip.AddrPort]seen {
	t.Helper()
	found := map[netip.AddrPort]seen{}
	for _, family := range []string{"-4", "-6"} {
		arguments := []string{"-sS", "-Pn", "-n", "--reason", "-T4", "-oX", "-", fmt.Sprintf("-p%d-%d", oracleFirst, oracleFirst+oraclePorts-1), family}
		for _, host := range oracleHosts() {
			if host.Is6() == (family == "-6") {
				arguments = append(arguments, host.String())
			}
		}
		out, err := exec.CommandContext(t.Context(), "nmap", arguments...).Output()
		if err != nil {
			t.Fatalf("nmap: %v\n%s", err, out)
		}
		var report nmapReport
		if err := xml.Unmarshal(out, &report); err != nil {
			t.Fatal(err)
		}
		report.into(t, found)
	}
	return found
}

// into adds what the report says of each port. Nmap's reset is our
// conn-refused.
func (r nmapReport) into(t *testing.T, found map[netip.AddrPort]seen) {
	t.Helper()
	for _, h := range r.Hosts {
		add := func(port uint16, state, reason string) {
			if reason == "reset" {
				reason = "conn-refused"
			}
			found[netip.AddrPortFrom(netip.MustParseAddr(h.Address.Addr), port)] = seen{state, reason}
		}
		for _, p := range h.Ports {
			add(p.ID, p.State.State, p.State.Reason)
		}
		for _, e := range h.Extra {
			for _, reason := range e.Reasons {
				for ports := range strings.SplitSeq(reason.Ports, ",") {
					span, _, err := target.ParsePorts(ports)
					if err != nil {
						t.Fatal(err)
					}
					for port := range (target.Ports{span}).All() {
						add(port, e.State, reason.Reason)
					}
				}
			}
		}
	}
}
