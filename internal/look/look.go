// Package look has the words for one look at one endpoint: what it asks for, a
// [Target], and what it saw, a [Result]. It is pure: whoever judges, reports or
// plans looks needs the words and not the sockets.
//
// A look at https://web.example.com:443 is told like this. The scan makes a Target
// of the scheme, one address of the host, the name to ask for, and the options of
// the service. Whoever looks, from wherever, answers with a Result: the
// [State] in Nmap's words and the [Reason] that is the evidence for it.
//
//	open          syn-ack, or service-response where a service spoke
//	closed        conn-refused: the host itself said no
//	filtered      no-response, or an ICMP error with its sender in Result.ICMP
//	unresponsive  no-greeting, tls-expired, status-503 …: open, and no service
//	unknown       no-route, no-such-host …: one of Faults, of the place that looked
//
// No words are for an error: a look never fails. What is about the port is in the
// state, and what kept the place from looking is Unknown, which says nothing about
// the port.
//
// [Reasons] lists all reasons and [Faults] those of Unknown, so that whoever maps
// them can be tested to have missed none. Only the refusals by a status of HTTP,
// "status-" and its number, are too many to list.
//
// The options of services are [TLS], [HTTP], [Postgres], [DNS] and [GRPC]. Package
// option reads them as users write them.
package look

import (
	"net/netip"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// State is what was observed of a port, in Nmap's words.
type State string

// The states.
const (
	// Open is a port that completed a handshake, or a UDP port that answered.
	Open State = "open"
	// Closed is a port that answered with a reset, or a UDP port that the host
	// itself said to be unreachable.
	Closed State = "closed"
	// Filtered is a port hidden by silence or by an ICMP error.
	Filtered State = "filtered"
	// OpenFiltered is a UDP port that is silent: dropped, or served by
	// something that does not care for what was sent.
	OpenFiltered State = "open|filtered"
	// ClosedFiltered is a port that is not open, seen from a place that cannot
	// tell whether it is closed or filtered.
	ClosedFiltered State = "closed|filtered"
	// Unfiltered is a port that packets get through to, open or closed. No look sees
	// it: it is what is kept of a port for which either is as declared.
	Unfiltered State = "unfiltered"
	// Unresponsive is a port that is open to a handshake, but not to what
	// should follow it.
	Unresponsive State = "unresponsive"
	// Unknown is a port that could not be tested: the prober is at fault, or
	// was stopped. It says nothing about the port.
	Unknown State = "unknown"
)

// States returns all states.
func States() []State {
	return []State{Open, Closed, Filtered, OpenFiltered, ClosedFiltered, Unfiltered, Unresponsive, Unknown}
}

// ICMP is an ICMP or ICMPv6 error that ended a look.
type ICMP struct {
	Type, Code uint8
	From       netip.Addr // who sent it: the router or the host; its family tells ICMP from ICMPv6
}

// Result is what one look saw.
type Result struct {
	State  State
	Reason Reason
	Local  netip.AddrPort // where the look came from; port 0 if not known
	Remote netip.AddrPort // where it went
	ICMP   *ICMP          // nil if none came
	Start  time.Time      // when the look began
	RTT    time.Duration  // how long it took until the answer, or until it was given up
	// Detail is what a service sent or did instead of what it should, or why the
	// place that looked forbids it or failed, for people: printable ASCII, at most
	// 80 characters; empty if there is nothing.
	Detail string
	// Speaks is the scheme that the service speaks instead, where that is
	// certain; empty otherwise.
	Speaks endpoint.Scheme
}

// Set makes state, with its evidence, what r saw.
func (r *Result) Set(state State, reason Reason) { r.State, r.Reason = state, reason }

// Target is what to look at.
type Target struct {
	Scheme endpoint.Scheme
	Addr   netip.AddrPort
	// Abort closes an accepted connection with a reset (linger 0), which
	// leaves no TIME_WAIT behind. Meant for sweeps of many ports.
	Abort bool
	// Doubt asks for the reason Proxied, where the place can tell. It takes a fraction
	// of a millisecond.
	Doubt bool

	// The rest is for services.

	Host     endpoint.Host // as declared: what the service is asked for by
	TLS      *TLS          // nil: the defaults
	HTTP     *HTTP         // nil: the defaults
	Postgres *Postgres     // nil: no connection is begun
	DNS      *DNS          // nil: the name servers of the root
	GRPC     *GRPC         // nil: the whole server
}
