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
	// Filtered: silent while other ports of the host answer, or while the
	// host answers ping and the port is a UDP port.
	Filtered Cause = "filtered"
	// Rejected: refused by an ICMP error.
	Rejected Cause = "rejected"
	// UnexpectedOpen: declared closed, is open.
	UnexpectedOpen Cause = "unexpected-open"
	// Unhealthy: open, but what should follow does not.
	Unhealthy Cause = "unhealthy"
	// StoppedAnswering: the host answered earlier in this run and no longer
	// does. Something blocks the prober, or the host went down under it. With
	// Unknown: inconclusive, silence of a port declared closed.
	StoppedAnswering Cause = "stopped-answering"
	// HostDown: nothing of the host answers, not even ping where that could
	// be tried, or its last router says that it is unreachable.
	HostDown Cause = "host-down"
	// ProberBlocked: no port of the host answers, but ping does.
	ProberBlocked Cause = "prober-blocked"
	// NotResolvable: the name does not resolve. Inconclusive.
	NotResolvable Cause = "not-resolvable"
	// ProberOffline: this machine has no route, or the control endpoints do
	// not answer either. Inconclusive.
	ProberOffline Cause = "prober-offline"
	// ProberExhausted: this machine ran out of sockets, ports or permission.
	// Inconclusive.
	ProberExhausted Cause = "prober-exhausted"
)

// Causes lists all causes, the surest evidence first.
var Causes = []Cause{UnexpectedOpen, ServiceDown, Unhealthy, Rejected, Filtered, StoppedAnswering, ProberBlocked, HostDown, NotResolvable, ProberOffline, ProberExhausted}

// faultCauses tells why an endpoint could not be tested. Faults that are not
// listed are the prober's exhaustion.
var faultCauses = map[look.Reason]Cause{
	// Silence that is no evidence.
	look.NoResponse:      StoppedAnswering,
	look.NoRoute:         ProberOffline,
	look.NoFamily:        NotResolvable,
	look.NoSuchHost:      NotResolvable,
	look.ResolverTimeout: NotResolvable,
	look.ResolverFailure: NotResolvable,
}

// cause diagnoses one endpoint that is not as declared.
func cause(f Finding, run Run) Cause {
	switch f.Last.State {
	case look.Unknown:
		if c, ok := faultCauses[f.Last.Reason]; ok {
			return c
		}
		return ProberExhausted
	case look.Open:
		return UnexpectedOpen
	case look.Closed:
		return ServiceDown
	case look.Unresponsive:
		return Unhealthy
	case look.OpenFiltered:
		if f.Want == endpoint.WantClosed {
			return UnexpectedOpen
		}
	case look.Filtered:
	}
	return filteredCause(f, run)
}

// filteredCause tells apart who hides a port.
func filteredCause(f Finding, run Run) Cause {
	host := f.Endpoint.Host
	silent := f.Last.Reason == look.NoResponse
	if silent && run.Stopped[host] {
		return StoppedAnswering
	}
	if run.Answers[host] {
		if silent {
			return Filtered
		}
		return Rejected
	}
	switch {
	case silent && run.Pinged[host] && f.Last.State == look.OpenFiltered:
		// That a UDP service does not answer what it was asked is no block.
		return Filtered
	case silent && run.Pinged[host]:
		return ProberBlocked
	case silent, f.Last.Reason == look.HostUnreach:
		return HostDown
	}
	return Rejected
}
