// Package verdict holds what was declared against what was observed, and
// names the cause where they differ. It is pure.
//
// [Judge] does so for what one place saw in a run. [Join] makes one [Verdict] of
// what several places saw in the same run: what one of them sees explains what
// another does not, and a place that failed is one finding.
package verdict

import (
	"net/netip"
	"slices"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Observation is what the looks at one address of an endpoint saw.
type Observation struct {
	Last  look.Result // the last look that was not cancelled
	First time.Time   // when the first look began
	Looks int
	// Was is the last state that was not as declared and not unknown, empty
	// if there was none. If Last is as declared, the endpoint is flapping.
	Was look.State
	// Silences is how many looks in a row saw silence only.
	Silences int
	// SilentIsOpen is assume_silent_udp_open: a UDP port that does not answer
	// counts as open.
	SilentIsOpen bool
	// Unproven tells that the port is silent and declared filtered, and that nothing
	// shows that its host is up: only control endpoints show that the place works.
	Unproven bool
}

// About returns r as evidence for what is declared: a result that says nothing of
// what lets packets through is Unknown for whoever declares just that.
func About(want endpoint.Want, r look.Result) look.Result {
	if want.AboutFilter() && r.State == look.ClosedFiltered {
		r.State = look.Unknown
	}
	return r
}

// Refused tells whether r is an ICMP error of something that refuses packets by a
// rule. Where a host is down, a network is lost or packets go round in circles, others
// say so: these are no sign of a filter by themselves.
func Refused(r look.Result) bool {
	switch r.Reason { //nolint:exhaustive // all others are errors by rule, or none
	case look.NoResponse, look.HostUnreach, look.NetUnreach, look.NoRoute, look.DestUnreach, look.TimeExceeded, look.BeyondScope, look.ParamProblem:
		return false
	}
	return r.State == look.Filtered
}

// Add takes in the result of one more look. ICMP errors are rate-limited by
// their senders: one that a look saw outweighs silence in the next, but not in
// the one after that.
func (o *Observation) Add(r look.Result) {
	o.Looks++
	if r.Reason != look.NoResponse {
		o.Silences = 0
	} else if o.Silences++; o.Silences == 1 && o.Last.ICMP != nil {
		return
	}
	o.Last = r
}

// Meets tells whether what was observed last is what want asks for. Unknown
// never is.
func (o Observation) Meets(want endpoint.Want) bool {
	state := o.Last.State
	open := state == look.Open || state == look.OpenFiltered && o.SilentIsOpen
	switch want {
	case endpoint.WantOpen:
		return open
	case endpoint.WantUnfiltered:
		return state == look.Open || state == look.Closed || state == look.Unfiltered
	case endpoint.WantFiltered:
		return state == look.Filtered
	case endpoint.WantClosed:
	}
	return !open && state != look.Unknown
}

// Finding is what was found of one endpoint from one place.
type Finding struct {
	Endpoint endpoint.Endpoint
	Want     endpoint.Want
	Observation
	Cause Cause // empty if the endpoint is as declared
	// From is the name of the place that looked; empty for this machine.
	From string
	// OpenFrom is the name of a place from which the same run found the endpoint
	// open, endpoint.Local for this machine; empty unless Cause is
	// FilteredBySource.
	OpenFrom string
	// Others is for how many more endpoints the finding stands: those that a
	// place which failed could not test either.
	Others int
	// Waiver is the waiver that the endpoint has; nil if it has none. WaiverEnded
	// tells that it holds no longer.
	Waiver      *endpoint.Waiver
	WaiverEnded bool
}

// Key is what state and reports list the finding by.
func (f Finding) Key() string { return f.EndpointKey().String() }

// EndpointKey is what Key writes.
func (f Finding) EndpointKey() endpoint.Key { return endpoint.NewKey(f.Endpoint, f.From) }

// Compare orders findings by their endpoints, for people.
func (f Finding) Compare(other Finding) int { return f.Endpoint.Compare(other.Endpoint) }

// AsDeclared tells whether the endpoint is as declared.
func (f Finding) AsDeclared() bool { return f.Meets(f.Want) }

// Inconclusive tells whether the endpoint could not be tested.
func (f Finding) Inconclusive() bool { return f.Last.State == look.Unknown }

// Flapping tells whether the endpoint was not as declared at first and ended
// as declared.
func (f Finding) Flapping() bool { return f.Was != "" && f.AsDeclared() }

// Unsure tells whether the endpoint is as declared, although nothing shows that its
// host is up.
func (f Finding) Unsure() bool { return f.Unproven && f.AsDeclared() }

// Blocked tells whether the endpoint is as declared and its service has blocked the
// place that looked, because of looks.
func (f Finding) Blocked() bool { return f.Last.Reason == look.HostBlocked && f.AsDeclared() }

// Combine makes one observation of those at the addresses of one endpoint, at
// least one. If oneIsEnough, the best of them counts and otherwise the worst; ties
// go to one that flapped or is not proven, then to the first. A family that the prober has no route
// to is left out if there are addresses of the other.
func Combine(want endpoint.Want, oneIsEnough bool, observations []Observation) Observation {
	all := withRoute(observations)
	chosen := &all[0]
	for i := range all[1:] {
		o := &all[1+i]
		better, worse := rank(want, *o) < rank(want, *chosen), rank(want, *o) > rank(want, *chosen)
		switch {
		case oneIsEnough && better, !oneIsEnough && worse:
			chosen = o
		case !better && !worse && !chosen.notable() && o.notable():
			chosen = o
		}
	}
	return *chosen
}

// notable tells whether there is more to say of o than its state.
func (o Observation) notable() bool { return o.Was != "" || o.Unproven }

// withRoute leaves out the addresses of a family that there is no route to, if
// there is one to an address of the other.
func withRoute(observations []Observation) []Observation {
	var routed [2]bool // of IPv4, IPv6
	for _, o := range observations {
		if !unrouted(o) {
			routed[family(o)] = true
		}
	}
	if routed[0] == routed[1] {
		return observations
	}
	return slices.DeleteFunc(slices.Clone(observations), func(o Observation) bool { return !routed[family(o)] })
}

func unrouted(o Observation) bool {
	return o.Last.State == look.Unknown && o.Last.Reason == look.NoRoute
}

func family(o Observation) int {
	if o.Last.Remote.Addr().Is6() {
		return 1
	}
	return 0
}

// rank orders what was observed of an endpoint from good to bad.
func rank(want endpoint.Want, o Observation) int {
	switch {
	case o.Meets(want):
		return 0
	case o.Last.State == look.Unknown:
		return 1
	}
	return 2
}

// Answers tells whether a result shows that the host itself is there: it
// completed a handshake, sent a reset or a datagram, or said that a port of
// its own is unreachable. A SYN proxy's handshake says nothing of the host.
func Answers(r look.Result) bool {
	switch r.State {
	case look.Open, look.Closed:
		return true
	case look.Unresponsive:
		return r.Reason != look.ZeroWindow
	case look.Filtered, look.OpenFiltered, look.ClosedFiltered, look.Unfiltered, look.Unknown:
	}
	return false
}

// Verdict is the outcome of one run.
type Verdict struct {
	// Findings has, for each place, every endpoint declared open, and each other one
	// that is not as declared, is flapping, or is not proven. What a place in
	// Failed could not test has one finding in all, with the cause VantageFailed:
	// the others are there. In Compare's order; those of one endpoint are in the
	// order of Places.
	Findings []Finding
	// Answers has the hosts where anything answered at any place, at a
	// declared port.
	Answers map[endpoint.Host]bool
	// heard has the hosts of Answers with the addresses that answered.
	heard map[heard]bool
	// Places are those that looked, in the order of `from`, failed ones among
	// them.
	Places []Place
	// Failed are the places that could not look, in the order of Places.
	Failed []Failed
}

// Run is what a run saw beyond single endpoints. It goes by addresses, since a name
// may stand for several, one of them dead.
type Run struct {
	Answers map[netip.Addr]bool // addresses where anything answered
	// Hosts has the hosts that anything answered for, and where.
	Hosts map[endpoint.Host][]netip.Addr
	// Stopped has the addresses that answered at first and no longer do, with the
	// state in which their ports are seen since: Filtered or Closed.
	Stopped map[netip.Addr]look.State
	// Pinged has the addresses where no port answered, but ping did, with the
	// number of the TCP ports.
	Pinged map[netip.Addr]int
	// Offline tells that control endpoints known to be up did not answer
	// either: then silence is no evidence.
	Offline bool
	// Lost is why the place could not look at the end of the run; nil if it
	// could. Silence is no evidence then either, whatever Offline says.
	Lost *string
}

// Judge puts findings in order and gives each one that is not as declared its
// cause. It takes findings over: the Verdict has the same memory.
func Judge(findings []Finding, run Run) Verdict {
	slices.SortFunc(findings, Finding.Compare)
	for i := range findings {
		f := &findings[i]
		switch {
		case run.Lost != nil && silent(f.Last) && !f.AsDeclared():
			f.Last.State, f.Last.Reason, f.Last.Detail, f.Cause = look.Unknown, look.VantageFailed, *run.Lost, VantageFailed
		case run.Offline && run.Lost == nil && hidden(f.Last):
			f.Last.State, f.Cause = look.Unknown, ProberOffline
		case !f.AsDeclared():
			f.Cause = cause(*f, run)
		}
	}
	v := Verdict{Findings: findings, Answers: map[endpoint.Host]bool{}, heard: map[heard]bool{}}
	for host, addrs := range run.Hosts {
		v.Answers[host] = true
		for _, addr := range addrs {
			v.heard[heardAt(host, addr)] = true
		}
	}
	return v
}

// hidden tells whether nothing of the host itself was seen.
func hidden(r look.Result) bool {
	return r.State == look.Filtered || r.State == look.OpenFiltered || discarded(r)
}

// silent tells whether r may be how a place that no longer works sees any port.
func silent(r look.Result) bool { return r.Reason == look.NoResponse || r.Reason == look.NotTold }

// Select returns the findings that keep holds for.
func (v Verdict) Select(keep func(Finding) bool) []Finding {
	var kept []Finding
	for _, f := range v.Findings {
		if keep(f) {
			kept = append(kept, f)
		}
	}
	return kept
}

// Failures returns the findings that are not as declared and that no waiver
// excuses, inconclusive ones among them.
func (v Verdict) Failures() []Finding { return v.Select(Finding.Failed) }
