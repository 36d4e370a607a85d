package tunnel

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

var seeds = flag.Int("seeds", 1, "how many random labs TestOracle builds")

// The places are places as scan has them.
var (
	_ scan.Place[*View] = &SSH{}
	_ scan.Place[*View] = &SOCKS5{}
	_ scan.Place[*View] = &HTTPProxy{}
)

// merge is what a place makes of a truth: one of these.
type merge []string

const atOnce = "closed|filtered not-told"

// truth is what a port of a random lab is, and what is seen of it: by this machine,
// through a server that tells the errors of its sockets, and through one that tells
// success alone.
type truth struct{ direct, told, untold merge }

// oracleRules are what a port may have, IPv4 first. A port that is accepted is as
// its server is.
var oracleRules = []struct {
	rule   porttest.Rule
	v4, v6 truth
}{
	{rule: porttest.Accept},
	{porttest.Drop, truth{merge{isSilent}, merge{isSilent}, merge{isSilent}}, truth{merge{isSilent}, merge{isSilent}, merge{isSilent}}},
	{porttest.RejectReset, truth{merge{isClosed}, merge{isClosed}, merge{atOnce}}, truth{merge{isClosed}, merge{isClosed}, merge{atOnce}}},
	{porttest.RejectPort, truth{merge{"filtered port-unreach"}, merge{isClosed}, merge{atOnce}}, truth{merge{"filtered port-unreach"}, merge{isClosed}, merge{atOnce}}},
	{porttest.RejectAdmin, truth{merge{"filtered admin-prohibited"}, merge{"filtered host-unreach"}, merge{atOnce}},
		truth{merge{"filtered admin-prohibited"}, merge{"filtered admin-prohibited", "unknown vantage-failed"}, merge{atOnce}}},
	{porttest.RejectHost, truth{merge{"filtered host-unreach"}, merge{"filtered host-unreach"}, merge{atOnce}}, truth{merge{"filtered host-unreach"}, merge{"filtered host-unreach"}, merge{atOnce}}},
	{porttest.RejectNet, truth{merge{"filtered net-unreach"}, merge{"filtered net-unreach"}, merge{atOnce}}, truth{merge{"filtered no-route"}, merge{"filtered net-unreach"}, merge{atOnce}}},
}

// randomLab gives every port a rule and a server or none.
func randomLab(lab *porttest.Lab, random *rand.Rand) map[netip.AddrPort]truth {
	truths := map[netip.AddrPort]truth{}
	rulesAt := map[porttest.Place]map[netip.AddrPort]porttest.Rule{porttest.Router: {}, porttest.Host: {}}
	for i := range porttest.Servers {
		for _, host := range []netip.Addr{porttest.ServerAddr(i + 1), porttest.ServerAddr6(i + 1)} {
			for n := range 25 {
				addr := netip.AddrPortFrom(host, uint16(1000+n))
				choice := oracleRules[random.IntN(len(oracleRules))]
				rulesAt[[]porttest.Place{porttest.Router, porttest.Host}[random.IntN(2)]][addr] = choice.rule
				must := choice.v4
				if host.Is6() {
					must = choice.v6
				}
				server := serve(lab, random, addr)
				if choice.rule == porttest.Accept {
					must = server
				}
				truths[addr] = must
			}
		}
	}
	for place, rules := range rulesAt {
		lab.SetEach(place, rules)
	}
	return truths
}

// serve starts a server or none.
func serve(lab *porttest.Lab, random *rand.Rand, addr netip.AddrPort) truth {
	if random.IntN(2) == 0 {
		return truth{merge{isClosed}, merge{isClosed}, merge{atOnce}}
	}
	behaviour := []porttest.Behaviour{porttest.AcceptClose, porttest.Silent, porttest.Reset, porttest.Slow}[random.IntN(4)]
	lab.Listen(addr, behaviour)
	open := merge{isOpen}
	ended := open
	if behaviour == porttest.AcceptClose || behaviour == porttest.Reset {
		ended = merge{isOpen, atOnce}
	}
	return truth{open, open, ended}
}

// TestOracle builds random labs of 40 hosts with 25 ports each, whose truth is
// known, and holds what is seen of them through each place to it, as scan looks.
func TestOracle(t *testing.T) {
	for seed := range *seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			lab := porttest.NewLab(t)
			truths := randomLab(lab, rand.New(rand.NewPCG(uint64(seed), 1)))
			server := startSSHD(t, "", "")
			oracle(t, "this machine", scan.From(probe.Prober{}), truths, func(t truth) merge { return t.direct })
			oracle(t, "ssh", scan.From(newSSH(t, server.config)), truths, func(t truth) merge { return t.told })
			oracle(t, "microsocks", scan.From(newSOCKS5(t, SOCKS5Config{Address: microsocks(t, "").String()})), truths, func(m truth) merge {
				if m.untold[0] == isOpen { // and may look as if it had ended at once
					return m.untold
				}
				return m.told
			})
			oracle(t, "ssh -D", scan.From(newSOCKS5(t, SOCKS5Config{Address: sshD(t, server).String()})), truths, func(t truth) merge { return t.untold })
		})
	}
}

// oracle looks from a place at all endpoints, and compares.
func oracle(t *testing.T, name string, vantage scan.Vantage, truths map[netip.AddrPort]truth, of func(truth) merge) {
	t.Helper()
	baseline := map[string]endpoint.List{}
	for addr := range truths {
		list := baseline[addr.Addr().String()]
		list.Elements = append(list.Elements, endpoint.Element{Value: fmt.Sprint(addr.Port())})
		baseline[addr.Addr().String()] = list
	}
	declared, problems := endpoint.Declaration{Baseline: baseline}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	scanner := scan.New(scan.Config{Vantage: vantage, Limits: scan.DefaultLimits})
	defer func() {
		if err := scanner.Close(); err != nil {
			t.Error(err)
		}
	}()
	start := time.Now()
	// An ICMP error that is there while connect(2) still has the socket, as in one
	// machine, only counts when the SYN is sent again, after a second (Linux,
	// tcp_v6_err). probe sees it in the error queue, sshd does not.
	v, err := scanner.Run(t.Context(), declared, scan.Options{Timeout: 4 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d endpoints in %s", name, len(v.Findings), time.Since(start))
	if len(v.Findings) != len(truths) {
		t.Errorf("%s: %d findings for %d endpoints", name, len(v.Findings), len(truths))
	}
	for _, f := range v.Findings {
		got, must := string(f.Last.State)+" "+string(f.Last.Reason), of(truths[f.Last.Remote])
		ok := false
		for _, want := range must {
			ok = ok || got == want
		}
		if !ok {
			t.Errorf("%s: %s is %s %s, want one of %q", name, f.Last.Remote, got, f.Last.Detail, must)
		}
	}
}
