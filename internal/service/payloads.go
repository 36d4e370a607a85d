package service

import (
	"strings"
	"sync"
)

// udpPayload returns what to send to a port so that a server which speaks the
// port's protocol answers; nil, an empty datagram, if nothing is known of the
// port. The caller must not change it.
func udpPayload(port uint16) []byte { return udpPayloads()[port].datagram }

// udpPayloads are written from the documents they cite, and made when the first
// is asked for. Each is the least that makes a server speak: it has no
// credentials, asks for no more than one small answer and leaves nothing behind.
// All are fixed, so that one that is sent again is a retransmission to the server.
//
// A server may stay silent all the same: many answer only clients that they
// know.
var udpPayloads = sync.OnceValue(func() map[uint16]payload {
	return map[uint16]payload{
		53:    {"DNS", dns("\x09localhost\x00", dnsA)},
		69:    {"TFTP", tftp()},
		123:   {"NTP", ntp()},
		137:   {"NetBIOS name service", netbios()},
		161:   {"SNMP", snmp()},
		443:   {"QUIC", quic()},
		500:   {"IKE", ike()},
		1194:  {"OpenVPN", openVPN()},
		1812:  {"RADIUS", radius()},
		3478:  {"STUN", stun()},
		4500:  {"IKE behind NAT", natIKE()},
		5060:  {"SIP", sip()},
		5353:  {"mDNS", dns("\x09_services\x07_dns-sd\x04_udp\x05local\x00", dnsPTR)},
		5683:  {"CoAP", coap()},
		11211: {"memcached", memcached()},
	}
})

// payload is a datagram that a protocol answers to.
type payload struct {
	protocol string
	datagram []byte
}

// Identifiers that answers repeat.
const (
	id16 = "pc"
	id32 = "port"
	id64 = "portchek"
	id96 = "portcheckudp"
)

func join(fields ...string) []byte { return []byte(strings.Join(fields, "")) }

// Types of DNS questions, RFC 1035 section 3.2.2.
const (
	dnsA   = "\x00\x01"
	dnsPTR = "\x00\x0c"
)

// dns is one question, RFC 1035 section 4.1. It does not desire recursion: the
// server asks nobody else. Whoever serves DNS has a short answer to localhost
// (RFC 6761 section 6.3) or refuses.
//
// To multicast DNS it is a legacy unicast query, which is answered to the port
// it came from (RFC 6762 section 6.7), but only to neighbours (section 11). The
// name lists the types of service (RFC 6763 section 9); a responder that offers
// none stays silent.
func dns(name, qtype string) []byte {
	return join(
		id16,       // ID
		"\x00\x00", // QR 0 (query), OPCODE 0 (standard), RD 0
		"\x00\x01", // QDCOUNT
		"\x00\x00", // ANCOUNT
		"\x00\x00", // NSCOUNT
		"\x00\x00", // ARCOUNT
		name,       // QNAME
		qtype,      // QTYPE
		"\x00\x01", // QCLASS IN
	)
}

// tftp asks for a file that is not there, RFC 1350 section 5: the answer is an
// error. Nearly every server sends it from another port than it was asked at
// (section 4).
func tftp() []byte {
	return join(
		"\x00\x01",      // opcode 1, RRQ
		"portcheck\x00", // file
		"octet\x00",     // mode
	)
}

// ntp is a client's packet, RFC 5905 section 7.3.
func ntp() []byte {
	return join(
		"\x23",                     // leap 0, version 4, mode 3 (client)
		"\x00",                     // stratum
		"\x00",                     // poll
		"\x00",                     // precision
		"\x00\x00\x00\x00",         // root delay
		"\x00\x00\x00\x00",         // root dispersion
		"\x00\x00\x00\x00",         // reference ID
		strings.Repeat("\x00", 24), // reference, origin and receive timestamp
		id64,                       // transmit timestamp, the answer's origin
	)
}

// netbios is a node status request, RFC 1002 section 4.2.17.
func netbios() []byte {
	return join(
		id16,       // NAME_TRN_ID
		"\x00\x00", // R 0 (request), OPCODE 0, NM_FLAGS 0
		"\x00\x01", // QDCOUNT
		"\x00\x00", // ANCOUNT
		"\x00\x00", // NSCOUNT
		"\x00\x00", // ARCOUNT
		// QUESTION_NAME: "*" and 15 zeros, a letter for each half octet (RFC
		// 1001 section 14.1): 2a gives CK, 00 gives AA.
		"\x20", "CK", strings.Repeat("AA", 15), "\x00",
		"\x00\x21", // QUESTION_TYPE NBSTAT
		"\x00\x01", // QUESTION_CLASS IN
	)
}

// ber is one element in ASN.1's basic encoding rules (X.690 section 8.1), with
// a length of one octet: less than 128.
func ber(tag byte, contents ...string) string {
	value := strings.Join(contents, "")
	return string([]byte{tag, byte(len(value))}) + value //nolint:gosec // less than 128
}

// Tags of ASN.1, and of SNMP (RFC 3416 section 3).
const (
	berInteger     = 0x02
	berOctetString = 0x04
	berSequence    = 0x30
	snmpGet        = 0xa0
)

// snmp is the discovery of an engine, RFC 3414 section 4: without a user, and
// what it gets is a report with the engine's identifier.
func snmp() []byte {
	empty, zero := ber(berOctetString), ber(berInteger, "\x00")
	header := ber(berSequence, // HeaderData, RFC 3412 section 6
		ber(berInteger, id32),       // msgID
		ber(berInteger, "\x05\xc0"), // msgMaxSize 1472
		ber(berOctetString, "\x04"), // msgFlags: reportable, noAuthNoPriv
		ber(berInteger, "\x03"),     // msgSecurityModel: USM
	)
	security := ber(berSequence, // UsmSecurityParameters, RFC 3414 section 2.4
		empty, // msgAuthoritativeEngineID
		zero,  // msgAuthoritativeEngineBoots
		zero,  // msgAuthoritativeEngineTime
		empty, // msgUserName
		empty, // msgAuthenticationParameters
		empty, // msgPrivacyParameters
	)
	scoped := ber(berSequence, // ScopedPDU, RFC 3412 section 6
		empty, // contextEngineID
		empty, // contextName
		ber(snmpGet, // RFC 3416 section 3
			ber(berInteger, id32), // request-id
			zero,                  // error-status
			zero,                  // error-index
			ber(berSequence),      // variable-bindings
		),
	)
	return join(ber(berSequence, ber(berInteger, "\x03"), header, ber(berOctetString, security), scoped))
}

// quic is a datagram of a version that RFC 9000 section 15 reserves for this:
// a server tells the versions it knows (section 6.1), if the datagram is as
// long as a first one must be (section 14.1).
func quic() []byte {
	packet := join(
		"\xc0",             // long header (RFC 8999 section 5.1); the rest is the version's
		"\x1a\x2a\x3a\x4a", // version
		"\x08", id64,       // destination connection ID
		"\x08", id64, // source connection ID
	)
	return append(packet, make([]byte, 1200-len(packet))...)
}

// ike begins an IKE_SA_INIT exchange, RFC 7296 section 1.2. The cipher it
// proposes is one that nobody has, so that the answer is NO_PROPOSAL_CHOSEN and
// the server neither computes a key nor keeps half an association. Servers that
// speak IKEv1 alone need not answer.
func ike() []byte {
	return join(
		// Header, section 3.1.
		id64,                      // initiator's SPI
		strings.Repeat("\x00", 8), // responder's SPI
		"\x21",                    // next payload: SA
		"\x20",                    // version 2.0
		"\x22",                    // exchange type: IKE_SA_INIT
		"\x08",                    // flags: initiator
		"\x00\x00\x00\x00",        // message ID
		"\x00\x00\x00\x94",        // length
		// SA, sections 3.2 and 3.3. A transform (3.3.2) is: more or last, length,
		// type, identifier.
		"\x22\x00", "\x00\x2c", // next payload: KE; length
		"\x00\x00", "\x00\x28", // the last proposal; length
		"\x01", "\x01", "\x00", "\x04", // number, protocol IKE, size of SPI, transforms
		"\x03\x00", "\x00\x08", "\x01\x00", "\xff\xff", // ENCR: for private use
		"\x03\x00", "\x00\x08", "\x02\x00", "\x00\x05", // PRF_HMAC_SHA2_256
		"\x03\x00", "\x00\x08", "\x03\x00", "\x00\x0c", // AUTH_HMAC_SHA2_256_128
		"\x00\x00", "\x00\x08", "\x04\x00", "\x00\x1f", // Curve25519 (RFC 8031)
		// KE, section 3.4.
		"\x28\x00", "\x00\x28", // next payload: Nonce; length
		"\x00\x1f", "\x00\x00", // Curve25519, reserved
		"\x09"+strings.Repeat("\x00", 31), // public value: the base point
		// Nonce, section 3.9.
		"\x00\x00", "\x00\x24", // no next payload; length
		id64, id64, id64, id64,
	)
}

// natIKE is ike behind the marker that tells it from ESP, RFC 3948 section 2.2.
func natIKE() []byte { return append(make([]byte, 4), ike()...) }

// openVPN is the first packet of a client, P_CONTROL_HARD_RESET_CLIENT_V2, as
// in OpenVPN's doc/doxygen/doc_protocol_overview.h. Servers with tls-auth or
// tls-crypt drop it.
func openVPN() []byte {
	return join(
		"\x38",             // opcode 7, key 0
		id64,               // session ID
		"\x00",             // number of acknowledgements
		"\x00\x00\x00\x00", // packet ID
	)
}

// radius is an Access-Request, RFC 2865 section 4.1. What needs no secret is
// one that has a State (section 5.24) in place of a password, and it is
// rejected. Servers drop it that do not know the client by its address or that
// demand a Message-Authenticator, as Status-Server does (RFC 5997 section 3).
func radius() []byte {
	return join(
		"\x01",     // code
		"p",        // identifier
		"\x00\x2a", // length
		id64, id64, // request authenticator
		"\x20\x0b", "portcheck", // NAS-Identifier, section 5.32
		"\x18\x0b", "portcheck", // State
	)
}

// stun is a Binding request, RFC 8489 section 5.
func stun() []byte {
	return join(
		"\x00\x01",         // Binding request
		"\x00\x00",         // length
		"\x21\x12\xa4\x42", // magic cookie
		id96,               // transaction ID
	)
}

// sip asks what the server can do, RFC 3261 section 11, and may not be passed
// on. rport (RFC 3581) has the answer sent to the port it came from.
func sip() []byte {
	return join( // section 8.1.1
		"OPTIONS sip:portcheck.invalid SIP/2.0\r\n",
		"Via: SIP/2.0/UDP portcheck.invalid;branch=z9hG4bKportcheck;rport\r\n",
		"Max-Forwards: 0\r\n",
		"From: <sip:portcheck.invalid>;tag=portcheck\r\n",
		"To: <sip:portcheck.invalid>\r\n",
		"Call-ID: portcheck\r\n",
		"CSeq: 1 OPTIONS\r\n",
		"Content-Length: 0\r\n",
		"\r\n",
	)
}

// coap is an empty message that demands a confirmation, RFC 7252 section 3: the
// answer is a reset (section 4.3).
func coap() []byte {
	return join(
		"\x40", // version 1, confirmable, no token
		"\x00", // code 0.00, empty
		id16,   // message ID
	)
}

// memcached asks for the version, doc/protocol.txt, "UDP protocol".
func memcached() []byte {
	return join(
		id16,       // request ID
		"\x00\x00", // sequence number
		"\x00\x01", // number of datagrams
		"\x00\x00", // reserved
		"version\r\n",
	)
}
