package service

import "github.com/portcheck/terraform-provider-portcheck/internal/look"

// pop3Talk: POP3 (RFC 1939 section 3) greets with +OK; -ERR says that it does
// not serve.
func pop3Talk(s *session) error {
	line, err := s.line()
	switch {
	case err != nil:
		return err
	case hasWord(line, "-ERR") && isTurnedAway(line):
		return nil
	case hasWord(line, "-ERR"):
		return unavailable(line)
	case !hasWord(line, "+OK"):
		return wrong(s.head())
	}
	if s.wantsTLS() {
		if err := pop3STLS(s); err != nil {
			return err
		}
	}
	return quit(s)
}

// pop3STLS goes over to TLS (RFC 2595 section 4).
func pop3STLS(s *session) error {
	if err := s.send("STLS\r\n"); err != nil {
		return err
	}
	line, err := s.line()
	switch {
	case err != nil:
		return err
	case hasWord(line, "-ERR"):
		_ = quit(s)
		return fault{reason: look.NoSTARTTLS, detail: printable(line)}
	case !hasWord(line, "+OK"):
		return wrong(s.head())
	}
	return s.secureNow()
}
