package service

import (
	"bytes"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Services that begin without TLS go over to it with a command: STARTTLS of SMTP
// (RFC 3207), IMAP (RFC 9051 section 6.2.1) and LDAP (RFC 4511 section 4.14), STLS of
// POP3 (RFC 2595 section 4), AUTH TLS of FTP (RFC 4217 section 4), starttls of XMPP (RFC
// 6120 section 5). The go-ahead must be
// the last that comes in clear: what an attacker puts behind it must not pass for an
// answer over TLS.

// wantsTLS tells whether the service is to be asked to go over to TLS.
func (s *session) wantsTLS() bool { return s.target.TLS != nil && s.target.TLS.StartTLS }

// upgrade asks a service of SMTP or FTP to go over to TLS, which it agrees to with
// code. It cannot do so now with 454 or another of the replies that are not for good
// (RFC 3207 section 4, RFC 5321 section 4.2.1, RFC 959 section 4.2).
func (s *session) upgrade(command string, code int) error {
	if err := s.send(command); err != nil {
		return err
	}
	got, lines, err := s.reply()
	switch last := lines[max(0, len(lines)-1):]; {
	case err != nil:
		return err
	case got/100 == 4:
		return unavailable(bytes.Join(last, nil))
	case got != code:
		_ = quit(s)
		return fault{reason: look.NoSTARTTLS, detail: printable(bytes.Join(last, nil))}
	}
	return s.secureNow()
}

// secureNow shakes hands after the go-ahead of the server.
func (s *session) secureNow() error {
	if s.in.Buffered() > 0 {
		return wrong(s.head())
	}
	return s.startTLS(nil)
}
