// Package look has the words for one look at one endpoint: what it asks for, a
// [Target], and what it saw, a [Result] in Nmap's words. It is pure.
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
	// Closed is a port that answered with a reset, or a UDP port of which the
	// host itself said that it is unreachable.
	Closed State = "closed"
	// Filtered is a port hidden by silence or by an ICMP error.
	Filtered State = "filtered"
	// OpenFiltered is a UDP port that is silent: dropped, or served by
	// something that does not care for what was sent.
	OpenFiltered State = "open|filtered"
	// Unresponsive is a port that is open to a handshake, but not to what
	// should follow it.
	Unresponsive State = "unresponsive"
	// Unknown is a port that could not be tested: the prober is at fault, or
	// was stopped. It says nothing about the port.
	Unknown State = "unknown"
)

// Reason is the evidence for a state, in Nmap's words where Nmap has one
// (portreasons.cc).
type Reason string

// Reasons that are not read off an ICMP error.
const (
	SynAck      Reason = "syn-ack"
	ConnRefused Reason = "conn-refused"
	NoResponse  Reason = "no-response"
	UDPResponse Reason = "udp-response"
	// ZeroWindow: the peer completed the handshake and never opened its window
	// (RFC 9293 section 3.8.6.1): a SYN proxy without its back end.
	ZeroWindow Reason = "zero-window"
)

// Reasons of ICMP errors that decide something.
const (
	PortUnreach Reason = "port-unreach"
	// HostUnreach: address resolution on the host's last link failed (RFC 1812
	// section 5.2.7.1, code 1; RFC 4443 section 3.1, code 3).
	HostUnreach Reason = "host-unreach"
)

// Reasons of [Unknown]: faults of the prober's own.
const (
	// NoRoute: this machine has no route to the address.
	NoRoute Reason = "no-route"
	// PermDenied: this machine's system or firewall forbids to send.
	PermDenied Reason = "perm-denied"
	// NoDescriptor: EMFILE or ENFILE.
	NoDescriptor Reason = "no-descriptor"
	// NoBuffer: ENOBUFS or ENOMEM.
	NoBuffer Reason = "no-buffer"
	// NoLocalPort: no local port is left to connect from.
	NoLocalPort Reason = "no-local-port"
	// BadSource: source_address is not an address of this machine.
	BadSource Reason = "bad-source-address"
	// NoFamily: the host has no address of the IP version asked for.
	NoFamily Reason = "no-address"
	// NoSuchHost: the name does not exist or has no address.
	NoSuchHost Reason = "no-such-host"
	// ResolverTimeout: the name servers did not answer in time.
	ResolverTimeout Reason = "resolver-timeout"
	// ResolverFailure: the name servers answered with a failure.
	ResolverFailure Reason = "resolver-failure"
	// Cancelled: the look was ended from outside.
	Cancelled Reason = "cancelled"
	// UnexpectedError: the system gave an error that is not known.
	UnexpectedError Reason = "unexpected-error"
)

// Reasons of services: ServiceResponse of Open, the others of Unresponsive.
// Those of TLS are in tls.go; a refusal by status is "status-" and its number.
const (
	// ServiceResponse: the service spoke its protocol.
	ServiceResponse Reason = "service-response"
	// NoGreeting: not a byte came.
	NoGreeting Reason = "no-greeting"
	// Incomplete: an answer began and did not end in time.
	Incomplete Reason = "incomplete-answer"
	// ClosedEarly: the connection was closed or reset before the answer ended.
	ClosedEarly Reason = "closed-early"
	// WrongProtocol: what came is not of the protocol.
	WrongProtocol Reason = "wrong-protocol"
	// Unavailable: the service says in its protocol that it does not serve.
	Unavailable Reason = "unavailable"
	// NoSTARTTLS: the service does not offer what makes its connection secure.
	NoSTARTTLS Reason = "no-starttls"
)

// Exhausted tells whether r is that this machine ran out of something that it
// gets back as other looks end.
func Exhausted(r Reason) bool { return r == NoDescriptor || r == NoBuffer || r == NoLocalPort }

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
	// Detail is what a service sent or did instead of what it should, for
	// people: printable ASCII, at most 80 characters; empty if there is nothing.
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

	// The rest is for services.

	Host endpoint.Host // as declared: what the service is asked for by
	TLS  *TLS          // nil: the defaults
	HTTP *HTTP         // nil: the defaults
}
