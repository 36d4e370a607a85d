package look

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

// Reasons of the other ICMP errors (RFC 792; RFC 1812 section 5.2.7.1; RFC 4443
// section 3). ICMPv6's "no route to destination" has the word of [NoRoute].
const (
	NetUnreach      Reason = "net-unreach"
	ProtoUnreach    Reason = "proto-unreach"
	NetProhibited   Reason = "net-prohibited"
	HostProhibited  Reason = "host-prohibited"
	AdminProhibited Reason = "admin-prohibited"
	BeyondScope     Reason = "beyond-scope"
	RejectRoute     Reason = "reject-route"
	TimeExceeded    Reason = "time-exceeded"
	ParamProblem    Reason = "param-problem"
	DestUnreach     Reason = "dest-unreach"
)

// Reasons of [Unknown]: faults of the prober's own.
const (
	// NoRoute: this machine has no route to the address, or no address of its own to
	// send from.
	NoRoute Reason = "no-route"
	// GatewayUnreach: the gateway of this machine does not answer address
	// resolution (ARP, RFC 4861).
	GatewayUnreach Reason = "gateway-unreach"
	// PermDenied: this machine's system or packet filter forbids to send.
	PermDenied Reason = "perm-denied"
	// AnswersDropped: this machine drops what comes back, as its packet filter does.
	AnswersDropped Reason = "answers-dropped"
	// Proxied: a proxy on this machine accepts connections in place of the host, and
	// nothing more is known of the port.
	Proxied Reason = "proxied"
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
	// Unspecified: the name resolves to 0.0.0.0 or ::, as DNS filters answer for
	// names that they block. A system takes these for itself.
	Unspecified Reason = "unspecified-address"
	// NoHostAddress: the address, or one that the name resolves to, is no host's: see
	// [endpoint.NoHost], or it is the broadcast address of a network of this machine.
	NoHostAddress Reason = "no-host-address"
	// TooManyAddresses: the name has more addresses than are looked at.
	TooManyAddresses Reason = "too-many-addresses"
	// Cancelled: the look was ended from outside.
	Cancelled Reason = "cancelled"
	// UnexpectedError: the system gave an error that is not known.
	UnexpectedError Reason = "unexpected-error"
	// VantageForbids: the place refuses to connect to this endpoint for us, as
	// sshd does by PermitOpen, and a SOCKS proxy by its rules.
	VantageForbids Reason = "vantage-forbids"
	// VantageFailed: the place could not look, for a reason of its own: it broke
	// down, ran out of something, or answered with an error about itself.
	VantageFailed Reason = "vantage-failed"
)

// NotTold is the reason of [ClosedFiltered]: the place does not tell more.
const NotTold Reason = "not-told"

// Reasons of services: ServiceResponse and HostBlocked of Open, the others of
// Unresponsive.
// A refusal by status of HTTP is "status-" and its number.
const (
	// ServiceResponse: the service spoke its protocol.
	ServiceResponse Reason = "service-response"
	// NoGreeting: not a byte came.
	NoGreeting Reason = "no-greeting"
	// MTUBlackHole: later segments of the answer came, but none of the first, which
	// are the large ones (RFC 2923 section 2.1).
	MTUBlackHole Reason = "mtu-black-hole"
	// Incomplete: an answer began and did not end in time.
	Incomplete Reason = "incomplete-answer"
	// ClosedEarly: the connection was closed or reset before the answer ended.
	ClosedEarly Reason = "closed-early"
	// WrongProtocol: what came is not of the protocol.
	WrongProtocol Reason = "wrong-protocol"
	// Unavailable: the service says in its protocol that it does not serve.
	Unavailable Reason = "unavailable"
	// UnexpectedAnswer: the service speaks, and does not answer what the options of
	// the endpoint want.
	UnexpectedAnswer Reason = "unexpected-answer"
	// NotAllowed: the service turns this machine away for a while, because of
	// connections like this one (sshd_config(5), PerSourcePenalties).
	NotAllowed Reason = "not-allowed"
	// HostBlocked, of Open: the service speaks, and blocks this machine until
	// somebody unblocks it, because of connections like this one (MySQL's error
	// 1129, ER_HOST_IS_BLOCKED).
	HostBlocked Reason = "host-blocked"
	// HeaderTooLarge: the header fields of an HTTP answer are more than is read.
	HeaderTooLarge Reason = "header-too-large"
	// NoSTARTTLS: the service does not offer what makes its connection secure.
	NoSTARTTLS Reason = "no-starttls"
)

// Reasons of a TLS handshake that did not end well.
const (
	TLSExpired     Reason = "tls-expired"
	TLSExpiresSoon Reason = "tls-expires-soon" // in fewer days than TLS.MinDays
	TLSNotYetValid Reason = "tls-not-yet-valid"
	TLSWrongName   Reason = "tls-wrong-name"
	TLSUnknownCA   Reason = "tls-unknown-authority"
	// TLSInsecureSignature: signed, by an authority that is trusted, with SHA-1 or MD5.
	TLSInsecureSignature Reason = "tls-insecure-signature"
	TLSBadCert           Reason = "tls-bad-certificate" // not valid for another reason
	// TLSVersion: no version in common; those that are accepted are 1.2 and 1.3.
	TLSVersion Reason = "tls-protocol-version"
	// TLSHandshake: no cipher or other parameter in common (RFC 8446 section
	// 6.2, handshake_failure).
	TLSHandshake Reason = "tls-handshake-failure"
	// TLSName: the server knows no such name (RFC 6066 section 3).
	TLSName Reason = "tls-unrecognized-name"
	// TLSClientCert: the server refuses the client certificate that it was given.
	TLSClientCert Reason = "tls-client-certificate"
	// TLSAlert: any other alert of the server's.
	TLSAlert Reason = "tls-alert"
)

// Faults are the reasons of [Unknown]: each is a fault of the place that looked
// or of what it was asked, and says nothing of the port.
func Faults() []Reason {
	return []Reason{
		NoRoute, GatewayUnreach, PermDenied, AnswersDropped, Proxied, NoDescriptor, NoBuffer, NoLocalPort, BadSource,
		NoFamily, NoSuchHost, ResolverTimeout, ResolverFailure, Unspecified, NoHostAddress, TooManyAddresses,
		Cancelled, UnexpectedError, VantageForbids, VantageFailed,
	}
}

// Reasons are all reasons but those of statuses of HTTP.
func Reasons() []Reason {
	return append(Faults(),
		SynAck, ConnRefused, NoResponse, UDPResponse, ZeroWindow, NotTold,
		PortUnreach, HostUnreach, NetUnreach, ProtoUnreach, NetProhibited, HostProhibited, AdminProhibited,
		BeyondScope, RejectRoute, TimeExceeded, ParamProblem, DestUnreach,
		ServiceResponse, NoGreeting, MTUBlackHole, Incomplete, ClosedEarly, WrongProtocol, Unavailable, NotAllowed, HostBlocked, HeaderTooLarge, UnexpectedAnswer, NoSTARTTLS,
		TLSExpired, TLSExpiresSoon, TLSNotYetValid, TLSWrongName, TLSUnknownCA, TLSInsecureSignature, TLSBadCert,
		TLSVersion, TLSHandshake, TLSName, TLSClientCert, TLSAlert,
	)
}

// Exhausted tells whether r is that this machine ran out of something that it
// gets back as other looks end.
func Exhausted(r Reason) bool { return r == NoDescriptor || r == NoBuffer || r == NoLocalPort }
