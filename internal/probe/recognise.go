package probe

import (
	"bytes"

	"github.com/portcheck/terraform-provider-portcheck/internal/target"
)

// recognise says which scheme a server speaks that sent got, where its first
// bytes leave no doubt; empty otherwise.
func recognise(got []byte) target.Scheme {
	for _, sign := range signs {
		if bytes.HasPrefix(got, []byte(sign.begins)) && bytes.Contains(got, []byte(sign.has)) {
			return sign.scheme
		}
	}
	return ""
}

// signs are what servers begin with.
var signs = []struct {
	begins, has string
	scheme      target.Scheme
}{
	{"SSH-2.0-", "", target.SSH},    // RFC 4253 section 4.2
	{"SSH-1.99-", "", target.SSH},   // RFC 4253 section 5.1
	{"HTTP/1.", "", target.HTTP},    // RFC 9112 section 4
	{"<!DOCTYPE ", "", target.HTTP}, // what some answer to what is no HTTP
	{"\x15\x03", "", target.TLS},    // RFC 8446 section 5.1: an alert
	{"\x16\x03", "", target.TLS},    // a handshake
	{"* OK ", "IMAP", target.IMAP},  // RFC 9051 section 7.1
	{"+OK ", "", target.POP3},       // RFC 1939 section 4
	{"220 ", "SMTP", target.SMTP},   // RFC 5321 section 4.2: usual, and in no other greeting
	{"220 ", "FTP", target.FTP},
	{"INFO {", "", target.NATS},
	{"AMQP\x00", "", target.AMQP},
	{"", "mysql_native_password\x00", target.MySQL}, // the end of a greeting
	{"", "caching_sha2_password\x00", target.MySQL},
	{"E\x00\x00", "SFATAL\x00", target.Postgres}, // an ErrorResponse
	{"0", "1.3.6.1.4.1.1466.20036", target.LDAP}, // RFC 4511 section 4.4.1: a notice of disconnection
}
