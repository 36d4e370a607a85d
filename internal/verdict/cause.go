package verdict

import (
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Cause is the diagnosis of an endpoint that is not as declared.
type Cause string

// The causes.
const (
	// ServiceDown: refused with a reset. Nothing listens, or a firewall
	// rejects with a reset.
	ServiceDown Cause = "service-down"
	// Filtered: silent while other ports of the address answer, or while it
	// answers ping and no other TCP port was looked at.
	Filtered Cause = "filtered"
	// Rejected: refused by an ICMP error.
	Rejected Cause = "rejected"
	// UnexpectedOpen: declared closed or filtered, is open.
	UnexpectedOpen Cause = "unexpected-open"
	// NotFiltered: declared filtered, and the host itself refused with a reset, or a
	// firewall did as the host would.
	NotFiltered Cause = "not-filtered"
	// Unhealthy: open, but what should follow does not.
	Unhealthy Cause = "unhealthy"
	// StoppedAnswering: the host answered earlier in this run, or in another of
	// the same process, and no longer does, or something else refuses for it.
	// Something blocks the prober, or the host went down under it. With Unknown:
	// inconclusive, silence or a refusal of a port declared closed.
	StoppedAnswering Cause = "stopped-answering"
	// HostDown: nothing of the host answers, not even ping where that could
	// be tried, or its last router says that it is unreachable. With Unknown:
	// inconclusive, a port declared filtered, as which a host looks that is down.
	HostDown Cause = "host-down"
	// ProberBlocked: none of several ports of the host answers, but ping does; or a
	// service says that it does not serve this machine for now.
	ProberBlocked Cause = "prober-blocked"
	// NotResolvable: the name does not resolve. Inconclusive.
	NotResolvable Cause = "not-resolvable"
	// ProberOffline: this machine has no route, its gateway does not answer, or
	// the control endpoints do not answer either. Inconclusive.
	ProberOffline Cause = "prober-offline"
	// NotOpen: not open, seen from a place that cannot tell why. With Unknown:
	// inconclusive, a port of which a filter is declared, or that there is none.
	NotOpen Cause = "not-open"
	// FilteredBySource: silent from this place, open from another in the same
	// run.
	FilteredBySource Cause = "filtered-by-source"
	// VantageFailed: the place could not be reached, refuses us, or does not
	// tell. Inconclusive.
	VantageFailed Cause = "vantage-failed"
	// ProberFiltered: this machine's own packet filter, or its system, keeps it
	// from sending or hearing, or answers in place of the host. Inconclusive.
	ProberFiltered Cause = "prober-filtered"
	// ProberExhausted: this machine ran out of sockets or ports. Inconclusive.
	ProberExhausted Cause = "prober-exhausted"
)

// Scope is what a cause is about.
type Scope int

// The scopes.
const (
	// OfEndpoint: the cause is about single ports.
	OfEndpoint Scope = iota
	// OfHost: it is about a host, or the way to it, whichever the ports.
	OfHost
	// OfRun: it is about the place that looked, whatever it looked at.
	OfRun
)

// causeTable is the one table of the causes, the surest evidence first. Their
// texts are in package report, by the same words.
var causeTable = []struct {
	cause Cause
	scope Scope
	// inconclusive tells that endpoints with this cause could not be tested.
	// Those with StoppedAnswering, HostDown and NotOpen may have been.
	inconclusive bool
}{
	{cause: UnexpectedOpen, scope: OfEndpoint},
	{cause: NotFiltered, scope: OfEndpoint},
	{cause: ServiceDown, scope: OfEndpoint},
	{cause: Unhealthy, scope: OfEndpoint},
	{cause: Rejected, scope: OfEndpoint},
	{cause: FilteredBySource, scope: OfEndpoint},
	{cause: Filtered, scope: OfEndpoint},
	{cause: NotOpen, scope: OfEndpoint},
	{cause: StoppedAnswering, scope: OfHost},
	{cause: ProberBlocked, scope: OfHost},
	{cause: HostDown, scope: OfHost},
	{cause: NotResolvable, scope: OfHost, inconclusive: true},
	{cause: ProberOffline, scope: OfHost, inconclusive: true},
	{cause: ProberFiltered, scope: OfHost, inconclusive: true},
	{cause: VantageFailed, scope: OfRun, inconclusive: true},
	{cause: ProberExhausted, scope: OfRun, inconclusive: true},
}

// Causes returns all causes, the surest evidence first.
func Causes() []Cause {
	causes := make([]Cause, len(causeTable))
	for i, row := range causeTable {
		causes[i] = row.cause
	}
	return causes
}

// Scope returns what c is about.
func (c Cause) Scope() Scope {
	for _, row := range causeTable {
		if row.cause == c {
			return row.scope
		}
	}
	return OfEndpoint // what a state has that a later version wrote
}

// faultCauses has the cause of each of look.Faults: why an endpoint could not be
// tested.
var faultCauses = map[look.Reason]Cause{
	look.NoRoute:          ProberOffline,
	look.NoFamily:         NotResolvable,
	look.NoSuchHost:       NotResolvable,
	look.ResolverTimeout:  NotResolvable,
	look.ResolverFailure:  NotResolvable,
	look.Unspecified:      NotResolvable,
	look.NoHostAddress:    NotResolvable,
	look.TooManyAddresses: NotResolvable,
	look.GatewayUnreach:   ProberOffline,
	look.PermDenied:       ProberFiltered,
	look.AnswersDropped:   ProberFiltered,
	look.Proxied:          ProberFiltered,
	look.NoDescriptor:     ProberExhausted,
	look.NoBuffer:         ProberExhausted,
	look.NoLocalPort:      ProberExhausted,
	look.BadSource:        ProberExhausted,
	look.Cancelled:        ProberExhausted,
	look.UnexpectedError:  ProberExhausted,
	look.VantageForbids:   VantageFailed,
	look.VantageFailed:    VantageFailed,
}

// discarded tells whether r had evidence that was taken back: it is unknown for
// no fault, since its host stopped answering, or what was heard came too fast. A
// router that has no route says so in the word of a fault of our own.
func discarded(r look.Result) bool {
	_, fault := faultCauses[r.Reason]
	return r.State == look.Unknown && (!fault || r.Reason == look.NoRoute && r.ICMP != nil)
}

// cause diagnoses one endpoint that is not as declared.
func cause(f Finding, run Run) Cause {
	switch f.Last.State {
	case look.Unknown:
		return unknownCause(f, run)
	case look.Open:
		return UnexpectedOpen
	case look.Closed:
		return closedCause(f, run)
	case look.Unresponsive:
		if f.Want == endpoint.WantFiltered { // something has accepted
			return UnexpectedOpen
		}
		return serviceCause(f.Last.Reason)
	case look.ClosedFiltered:
		return NotOpen
	case look.OpenFiltered:
		if f.Want == endpoint.WantClosed {
			return UnexpectedOpen
		}
	case look.Filtered, look.Unfiltered:
	}
	return filteredCause(f, run)
}

// closedCause is the cause of a port that is refused with a reset.
func closedCause(f Finding, run Run) Cause {
	switch {
	case f.Last.Reason == look.ConnRefused && run.Stopped[f.Last.Remote.Addr()] == look.Closed:
		return StoppedAnswering
	case f.Want == endpoint.WantFiltered:
		return NotFiltered
	}
	return ServiceDown
}

// unknownCause is the cause of an endpoint that could not be tested.
func unknownCause(f Finding, run Run) Cause {
	addr := f.Last.Remote.Addr()
	switch {
	case f.Last.Reason == look.NotTold && f.Want.AboutFilter():
		return NotOpen
	case !discarded(f.Last):
		return faultCauses[f.Last.Reason]
	case f.Want == endpoint.WantFiltered && run.Stopped[addr] == "" && !run.Answers[addr]:
		return HostDown
	}
	return StoppedAnswering
}

// serviceCause is the cause of a port that is open to a handshake alone.
func serviceCause(reason look.Reason) Cause {
	if reason == look.NotAllowed {
		return ProberBlocked
	}
	return Unhealthy
}

// filteredCause tells apart who hides a port.
func filteredCause(f Finding, run Run) Cause {
	addr := f.Last.Remote.Addr()
	silent := f.Last.Reason == look.NoResponse
	switch {
	case run.Stopped[addr] == look.Filtered:
		return StoppedAnswering
	case run.Answers[addr] && silent:
		return Filtered
	case run.Answers[addr]:
		return Rejected
	case silent && run.Pinged[addr] > 1 && f.Last.State != look.OpenFiltered:
		return ProberBlocked
	case silent && run.Pinged[addr] > 0:
		// Neither one port nor a UDP service that does not answer what it was asked
		// is a block.
		return Filtered
	case silent, f.Last.Reason == look.HostUnreach:
		return HostDown
	}
	return Rejected
}
