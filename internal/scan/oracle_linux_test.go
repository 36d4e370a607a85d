package scan

import (
	"encoding/xml"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

var seeds = flag.Int("seeds", 1, "how many random labs TestOracle builds")

// seen is a state with its reason.
type seen struct{ state, reason string }

// at is an endpoint of the oracle's lab.
type at struct {
	scheme endpoint.Scheme
	addr   netip.AddrPort
}

// rules are what a port of the oracle's lab may have, with what must be seen of
// it in IPv4 and IPv6; a port that is accepted is as its server is.
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

// TestOracle builds random labs of 40 hosts with 25 TCP and 25 UDP ports each,
// whose truth is known, and holds every endpoint's state and reason to it, and
// to what Nmap's SYN and UDP scans say, which need root where portcheck needs
// nothing. What Nmap says without root is printed only.
func TestOracle(t *testing.T) {
	for seed := range *seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			lab := porttest.NewLab(t)
			porttest.Program(t, "nmap")
			truth := randomLab(lab, rand.New(rand.NewPCG(uint64(seed), 1)))
			wrong := difference(truth, looksOf(t, truth))
			for _, line := range wrong {
				t.Errorf("portcheck: %s", line)
			}
			t.Logf("of %d endpoints portcheck has %d wrong", len(truth), len(wrong))
			for _, scan := range []string{"-sS", "-sU", "-sT"} {
				theirs := nmapOf(t, scan)
				wrong := difference(truth, theirs)
				t.Logf("of %d endpoints Nmap's %s has %d wrong, the states of %d",
					len(theirs), scan, len(wrong), statesWrong(truth, theirs))
				if scan == "-sT" {
					continue
				}
				for _, line := range wrong {
					t.Logf("Nmap's %s: %s", scan, line)
				}
				if len(theirs)*2 != len(truth) || len(wrong) > len(theirs)/20 {
					t.Errorf("Nmap's %s differs on %d of %d endpoints: is the lab as the test says?", scan, len(wrong), len(theirs))
				}
			}
		})
	}
}

// difference says which of found are not as they must be.
func difference(truth, found map[at]seen) []string {
	var lines []string
	for e, got := range found {
		if must := truth[e]; got != must {
			lines = append(lines, fmt.Sprintf("%s %s is %v, not %v", e.scheme, e.addr, must, got))
		}
	}
	slices.Sort(lines)
	return lines
}

func statesWrong(truth, found map[at]seen) int {
	n := 0
	for e, got := range found {
		if got.state != truth[e].state {
			n++
		}
	}
	return n
}

const (
	oracleFirst = 1000
	oraclePorts = 25
)

func oracleHosts() []netip.Addr {
	var hosts []netip.Addr
	for i := 1; i <= porttest.Servers; i++ {
		hosts = append(hosts, porttest.ServerAddr(i), porttest.ServerAddr6(i))
	}
	return hosts
}

// randomLab gives every port a rule at the router or at the host, and TCP and
// UDP a server or none, and returns what must be seen.
func randomLab(lab *porttest.Lab, random *rand.Rand) map[at]seen {
	truth := map[at]seen{}
	rulesAt := map[porttest.Place]map[netip.AddrPort]porttest.Rule{porttest.Router: {}, porttest.Host: {}}
	for _, host := range oracleHosts() {
		for n := range oraclePorts {
			addr := netip.AddrPortFrom(host, uint16(oracleFirst+n))
			place := []porttest.Place{porttest.Router, porttest.Host}[random.IntN(2)]
			choice := rules[random.IntN(len(rules))]
			rulesAt[place][addr] = choice.rule
			must := choice.v4
			if host.Is6() {
				must = choice.v6
			}
			tcp, udp := serveTCP(lab, random, addr), serveUDP(lab, random, addr)
			if choice.rule != porttest.Accept {
				tcp = must
			}
			switch choice.rule { //nolint:exhaustive // the others have an ICMP error of their own
			case porttest.Accept, porttest.RejectReset: // UDP knows no reset
			case porttest.Drop:
				udp = seen{"open|filtered", "no-response"}
			case porttest.RejectPort:
				udp = seen{map[porttest.Place]string{porttest.Router: "filtered", porttest.Host: "closed"}[place], "port-unreach"}
			default:
				udp = must
			}
			truth[at{endpoint.TCP, addr}], truth[at{endpoint.UDP, addr}] = tcp, udp
		}
	}
	for place, rules := range rulesAt {
		lab.SetEach(place, rules)
	}
	return truth
}

// serveTCP starts a server or none, and returns what must be seen of it.
func serveTCP(lab *porttest.Lab, random *rand.Rand, addr netip.AddrPort) seen {
	if random.IntN(2) == 0 {
		return seen{"closed", "conn-refused"}
	}
	behaviours := []porttest.Behaviour{
		porttest.AcceptClose,
		porttest.Silent,
		porttest.Reset,
		porttest.Slow,
		porttest.Endless,
	}
	lab.Listen(addr, behaviours[random.IntN(len(behaviours))])
	return seen{"open", "syn-ack"}
}

func serveUDP(lab *porttest.Lab, random *rand.Rand, addr netip.AddrPort) seen {
	switch random.IntN(3) {
	case 0:
		return seen{"closed", "port-unreach"}
	case 1:
		lab.ListenUDP(addr, porttest.Mute)
		return seen{"open|filtered", "no-response"}
	}
	lab.ListenUDP(addr, porttest.Echo)
	return seen{"open", "udp-response"}
}

// looksOf is what portcheck sees.
func looksOf(t *testing.T, truth map[at]seen) map[at]seen {
	t.Helper()
	baseline := map[string]endpoint.List{}
	for e := range truth {
		host := e.addr.Addr().String()
		list := baseline[host]
		list.Elements = append(list.Elements, endpoint.Element{Value: fmt.Sprintf("%d/%s", e.addr.Port(), e.scheme)})
		baseline[host] = list
	}
	declared, problems := endpoint.Declaration{Baseline: baseline}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	s := New(Config{Vantage: From(probe.Prober{}), Limits: DefaultLimits})
	v, err := s.Run(t.Context(), declared, Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	found := map[at]seen{}
	for _, f := range v.Findings {
		found[at{f.Endpoint.Scheme, f.Last.Remote}] = seen{string(f.Last.State), string(f.Last.Reason)}
	}
	if len(found) != len(truth) {
		t.Errorf("%d findings for %d endpoints", len(found), len(truth))
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
			Protocol endpoint.Scheme `xml:"protocol,attr"`
			ID       uint16          `xml:"portid,attr"`
			State    struct {
				State  string `xml:"state,attr"`
				Reason string `xml:"reason,attr"`
			} `xml:"state"`
		} `xml:"ports>port"`
		// Ports of a state that many have are written as ranges.
		Extra []struct {
			State   string `xml:"state,attr"`
			Reasons []struct {
				Protocol endpoint.Scheme `xml:"proto,attr"`
				Reason   string          `xml:"reason,attr"`
				Ports    string          `xml:"ports,attr"`
			} `xml:"extrareasons"`
		} `xml:"ports>extraports"`
	} `xml:"host"`
}

// nmapOf is what a scan of Nmap's sees.
func nmapOf(t *testing.T, scan string) map[at]seen {
	t.Helper()
	found := map[at]seen{}
	for _, family := range []string{"-4", "-6"} {
		ports := fmt.Sprintf("-p%d-%d", oracleFirst, oracleFirst+oraclePorts-1)
		arguments := []string{scan, "-Pn", "-n", "--reason", "-T4", "-oX", "-", ports, family}
		for _, host := range oracleHosts() {
			if host.Is6() == (family == "-6") {
				arguments = append(arguments, host.String())
			}
		}
		out, err := exec.CommandContext(t.Context(), porttest.Program(t, "nmap"), arguments...).Output()
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
func (r nmapReport) into(t *testing.T, found map[at]seen) {
	t.Helper()
	for _, h := range r.Hosts {
		add := func(scheme endpoint.Scheme, port uint16, state, reason string) {
			if reason == "reset" {
				reason = "conn-refused"
			}
			found[at{scheme, netip.AddrPortFrom(netip.MustParseAddr(h.Address.Addr), port)}] = seen{state, reason}
		}
		for _, p := range h.Ports {
			add(p.Protocol, p.ID, p.State.State, p.State.Reason)
		}
		for _, e := range h.Extra {
			for _, reason := range e.Reasons {
				for ports := range strings.SplitSeq(reason.Ports, ",") {
					span, _, err := endpoint.ParsePortRange(ports)
					if err != nil {
						t.Fatal(err)
					}
					for port := range (endpoint.Ports{span}).All() {
						add(reason.Protocol, port, e.State, reason.Reason)
					}
				}
			}
		}
	}
}
