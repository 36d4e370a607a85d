//go:build faults

package scan

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// The bars of TestFaults. Faults that are not told rightly are in the score; those
// that are known say why in miss.
const (
	leastStates = 95 // of 100
	leastCauses = 95 // of 100
	mostBlamed  = 0  // faults of this machine that are said to be the target's
)

// only has the faults chosen by their names.
var only = flag.String("only", "", "inject the faults alone whose names have this in them")

// fault is something that goes wrong, and what is true of it.
type fault struct {
	name string
	// inject brings the fault about. A fault without alone concerns its own host
	// only and is looked at beside others.
	inject func(s *scene)
	alone  bool
	once   bool // looked at as a data source does alone
	// hosts and the ports are what is declared; without hosts the scene's own.
	hosts, open, closed, filtered, unfiltered string
	// control is the endpoint known to be up, if any.
	control netip.AddrPort
	// truth has a line for each endpoint that is not as declared: its port, "*" for
	// some of all, or "all" for each, the state, and the cause; several with "/" where
	// the evidence cannot tell which. Without lines all is as declared.
	truth []string
	// ours tells that the fault is of the machine that looks, so that nothing is
	// known of the target.
	ours   bool
	source netip.Addr // source_address, if any
	// miss is why the fault is not told rightly; empty if it is.
	miss string
}

// scene is where a fault is injected.
type scene struct {
	*porttest.Lab
	t     *testing.T
	zone  zone
	n     int        // of the fault
	host  netip.Addr // the host of the fault
	host6 netip.Addr
}

// at is a port of the scene's host.
func (s *scene) at(port uint16) netip.AddrPort { return netip.AddrPortFrom(s.host, port) }

// serve makes ports of the scene's host open.
func (s *scene) serve(ports ...uint16) {
	for _, port := range ports {
		s.Listen(s.at(port), porttest.AcceptClose)
	}
}

// rule sets the rule of a port of the scene's host at the router.
func (s *scene) rule(port uint16, rule porttest.Rule) { s.Set(porttest.Router, s.at(port), rule) }

// nft adds rules to a chain of their own at a place, and takes them away again at
// the end of the test.
func (s *scene) nft(at porttest.Place, hook string, rules ...string) {
	table := fmt.Sprintf("inet fault%d%s", s.n, hook)
	script := fmt.Sprintf("add table %s\n", table)
	kind := "filter"
	if hook == "prerouting" {
		kind = "nat"
	}
	for _, set := range []string{"rates", "banned"} {
		script += fmt.Sprintf("add set %s %s { type ipv4_addr; flags dynamic, timeout; timeout 60s; }\n", table, set)
	}
	script += fmt.Sprintf("add chain %s c { type %s hook %s priority -5; }\n", table, kind, hook)
	for _, rule := range rules {
		script += fmt.Sprintf("add rule %s c %s\n", table, rule)
	}
	s.NFT(at, script)
	if at == porttest.Prober {
		s.t.Cleanup(func() { s.NFT(at, "delete table "+table+"\n") })
	}
}

// table adds rules to a chain of a table of their own, with its type, at a place, and
// takes them away again at the end of the test.
func (s *scene) table(at porttest.Place, name, chain string, rules ...string) {
	script := fmt.Sprintf("add table %[1]s\nadd chain %[1]s c { %[2]s; }\n", name, chain)
	for _, rule := range rules {
		script += fmt.Sprintf("add rule %s c %s\n", name, rule)
	}
	s.NFT(at, script)
	s.t.Cleanup(func() { s.NFT(at, "delete table "+name+"\n") })
}

// own changes a setting of this machine until the end of the test.
func (s *scene) own(name, value string) {
	was := s.Sysctl(porttest.Prober, name, value)
	s.t.Cleanup(func() { s.Sysctl(porttest.Prober, name, was) })
}

// answer is what was said of a fault.
type answer struct {
	fault
	look   string
	failed []string // "port state cause" of each endpoint that is not as declared
	state  bool     // right
	cause  bool
	blamed bool
}

// judge compares what was said with the truth.
func (f fault) judge(kind string, declared *endpoint.Declared, v verdict.Verdict) answer {
	got := answer{fault: f, look: kind, state: true, cause: true}
	seen := map[string]bool{}
	for _, finding := range v.Failures() {
		port, state, cause := endpoint.Spec(endpoint.Range{First: finding.Endpoint.Port, Last: finding.Endpoint.Port}, finding.Endpoint.Scheme),
			string(finding.Last.State), string(finding.Cause)
		got.failed = append(got.failed, port+" "+state+" "+cause)
		states, causes := f.of(port)
		seen[port], seen["*"] = true, true
		got.state = got.state && among(states, state)
		got.cause = got.cause && among(causes, cause)
		got.blamed = got.blamed || f.ours && !finding.Inconclusive() && (states == "" || among(states, string(look.Unknown)))
	}
	seen["all"] = len(got.failed) == declared.Count()
	for _, line := range f.truth {
		if port, _, _ := strings.Cut(line, " "); !seen[port] {
			got.state, got.cause = false, false
			got.failed = append(got.failed, port+" as declared")
		}
	}
	return got
}

// of returns the true states and causes of a port.
func (f fault) of(port string) (states, causes string) {
	for _, line := range f.truth {
		fields := strings.Fields(line)
		if fields[0] == port || fields[0] == "*" || fields[0] == "all" {
			return fields[1], fields[2]
		}
	}
	return "", ""
}

func among(words, word string) bool { return slices.Contains(strings.Split(words, "/"), word) }

// TestFaults injects faults, each with its truth written beside it, looks at them
// as a data source does and then, with the same Scanner, as an apply does, and
// prints how often state, cause and blame are right.
func TestFaults(t *testing.T) {
	var told []answer
	names := zone{}
	names.serve(t)
	all := slices.Concat(serviceFaults, filterFaults, udpFaults, pathFaults, nameFaults, ipsFaults, ownFaults, mixedFaults, declaredFaults, oursFaults)
	all = slices.DeleteFunc(all, func(f fault) bool { return !strings.Contains(f.name, *only) })
	together := slices.DeleteFunc(slices.Clone(all), func(f fault) bool { return f.alone })
	for batch := range slices.Chunk(together, porttest.Servers) {
		t.Run("together", func(t *testing.T) { told = append(told, lookAtFaults(t, batch, names)...) })
	}
	for _, f := range all {
		if f.alone {
			t.Run(f.name, func(t *testing.T) { told = append(told, lookAtFaults(t, []fault{f}, names)...) })
		}
	}
	score(t, told)
}

// lookAtFaults looks at faults in one lab.
func lookAtFaults(t *testing.T, faults []fault, names zone) []answer {
	lab := porttest.NewLab(t)
	declared := make([]*endpoint.Declared, len(faults))
	for i, f := range faults {
		s := &scene{Lab: lab, t: t, zone: names, n: i + 1, host: porttest.ServerAddr(i + 1), host6: porttest.ServerAddr6(i + 1)}
		f.inject(s)
		hosts := cmp.Or(f.hosts, s.host.String())
		declared[i] = declareAll(t, strings.NewReplacer("HOST6", s.host6.String(), "NAME", s.name()).Replace(hosts), map[endpoint.Want]string{
			endpoint.WantOpen: f.open, endpoint.WantClosed: f.closed, endpoint.WantFiltered: f.filtered, endpoint.WantUnfiltered: f.unfiltered,
		})
	}
	told := make([][]answer, len(faults))
	var wg sync.WaitGroup
	for i, f := range faults {
		wg.Go(func() { told[i] = f.lookedAt(t, declared[i]) })
	}
	wg.Wait()
	return slices.Concat(told...)
}

// lookedAt looks at what is declared twice.
func (f fault) lookedAt(t *testing.T, declared *endpoint.Declared) []answer {
	config := Config{Vantage: From(probe.Prober{Source: f.source}), Limits: DefaultLimits}
	if f.control.IsValid() {
		config.Control = []endpoint.Control{{Endpoint: byAddress(f.control)}}
	}
	s := New(config)
	var told []answer
	kinds := []string{"read", "apply"}
	if f.once {
		kinds = kinds[:1]
	}
	for _, kind := range kinds {
		o := Options{Timeout: time.Second, Rechecks: 1, RecheckInterval: 200 * time.Millisecond, TLS: look.TLS{Verify: look.VerifyAlways}}
		if kind == "apply" {
			o.Until = time.Now().Add(time.Second)
		}
		v, err := s.Run(t.Context(), declared, o)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			return told
		}
		told = append(told, f.judge(kind, declared, v))
	}
	return told
}

// score prints what was told wrongly and the score, and holds it to the bars.
func score(t *testing.T, told []answer) {
	var faults, states, causes, blamed, ours int
	var wrong strings.Builder
	for _, f := range told {
		faults += count(f.look == "read")
		states, causes = states+count(f.state), causes+count(f.cause)
		ours, blamed = ours+count(f.ours), blamed+count(f.blamed)
		if f.state && f.cause && !f.blamed {
			continue
		}
		fmt.Fprintf(&wrong, "  %-6s%-60s state %-6s cause %-6s%s\n", f.look, f.name, right(f.state), right(f.cause), map[bool]string{true: " BLAMED"}[f.blamed])
		fmt.Fprintf(&wrong, "        told   %s\n        truth  %s\n", strings.Join(summed(f.failed), ", "), strings.Join(f.truth, ", "))
		if f.miss != "" {
			fmt.Fprintf(&wrong, "        known: %s\n", f.miss)
		}
	}
	percent := func(n int) float64 { return 100 * float64(n) / float64(len(told)) }
	t.Logf("%d faults, %d looks\n\n%s\n  state  %5.1f %% right (bar %d)\n  cause  %5.1f %% right (bar %d)\n  blame  %d of %d looks at faults of this machine blame the target (bar %d)",
		faults, len(told), wrong.String(), percent(states), leastStates, percent(causes), leastCauses, blamed, ours, mostBlamed)
	if percent(states) < leastStates || percent(causes) < leastCauses || blamed > mostBlamed {
		t.Error("below the bar")
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func right(b bool) string {
	if b {
		return "right"
	}
	return "WRONG"
}

// summed makes one of lines that say the same of many ports.
func summed(lines []string) []string {
	ports := map[string][]string{}
	for _, line := range lines {
		port, what, _ := strings.Cut(line, " ")
		ports[what] = append(ports[what], port)
	}
	var sums []string
	for _, what := range slices.Sorted(maps.Keys(ports)) {
		if n := len(ports[what]); n > 3 {
			sums = append(sums, fmt.Sprintf("%d ports %s", n, what))
		} else {
			sums = append(sums, strings.Join(ports[what], " ")+" "+what)
		}
	}
	return sums
}
