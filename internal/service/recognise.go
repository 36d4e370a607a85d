package service

import (
	"bytes"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// recognise says which scheme a server speaks that sent got, where its first
// bytes leave no doubt; empty otherwise.
func recognise(got []byte) endpoint.Scheme {
	for _, sign := range signs {
		if bytes.HasPrefix(got, []byte(sign.begins)) && bytes.Contains(got, []byte(sign.has)) {
			return sign.scheme
		}
	}
	if line, _, ended := bytes.Cut(got, []byte("\n")); ended && replyCode(line) == codeReady {
		if scheme := greets(bytes.Split(got, []byte("\n"))); scheme != other220 {
			return scheme
		}
	}
	return ""
}

// signs are what servers begin with.
var signs = []struct {
	begins, has string
	scheme      endpoint.Scheme
}{
	{"SSH-2.0-", "", endpoint.SSH},    // RFC 4253 section 4.2
	{"SSH-1.99-", "", endpoint.SSH},   // RFC 4253 section 5.1
	{"HTTP/1.", "", endpoint.HTTP},    // RFC 9112 section 4
	{"<!DOCTYPE ", "", endpoint.HTTP}, // some answer this to a request that is no HTTP
	{"\x15\x03", "", endpoint.TLS},    // RFC 8446 section 5.1: an alert
	{"\x16\x03", "", endpoint.TLS},    // a handshake
	{"* OK ", "IMAP", endpoint.IMAP},  // RFC 9051 section 7.1
	{"+OK ", "", endpoint.POP3},       // RFC 1939 section 4
	{"SIP/2.0 ", "", endpoint.SIP},    // RFC 3261 section 7.2
	{"<", xmppStreams, endpoint.XMPP}, // RFC 6120 section 4.8.2
	{"INFO {", "", endpoint.NATS},
	{rsyncGreeting, "", endpoint.Rsync},
	{"RFB 00", "\n", endpoint.VNC}, // RFC 6143 section 7.1.1
	{"AMQP\x00", "", endpoint.AMQP},
	{"", "mysql_native_password\x00", endpoint.MySQL}, // the end of a greeting
	{"", "caching_sha2_password\x00", endpoint.MySQL},
	{"E\x00\x00", "SFATAL\x00", endpoint.Postgres}, // an ErrorResponse
	{"0", "1.3.6.1.4.1.1466.20036", endpoint.LDAP}, // RFC 4511 section 4.4.1: a notice of disconnection
}
