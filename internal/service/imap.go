package service

import (
	"bytes"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// imapTalk: IMAP (RFC 9051 section 7.1) greets with OK, PREAUTH or BYE.
func imapTalk(s *session) error {
	line, err := s.line()
	switch {
	case err != nil:
		return err
	case hasWord(line, "* BYE") && (isTurnedAway(line) || bytes.Contains(line, []byte("[NOPERM]"))): // RFC 5530 section 3
		return nil
	case hasWord(line, "* BYE"):
		return unavailable(line)
	case !hasWord(line, "* OK") && !hasWord(line, "* PREAUTH"):
		return wrong(s.head())
	}
	if s.wantsTLS() {
		if err := imapStartTLS(s); err != nil {
			return err
		}
	}
	return s.leaveWith("a LOGOUT\r\n")
}

// imapStartTLS goes over to TLS (RFC 9051 section 6.2.1). The server may say more
// before its answer (section 2.2.2), such as that it ends the connection.
func imapStartTLS(s *session) error {
	if err := s.send("s STARTTLS\r\n"); err != nil {
		return err
	}
	for {
		line, err := s.line()
		switch {
		case err != nil:
			return err
		case hasWord(line, "* BYE"):
			return unavailable(line)
		case hasWord(line, "*"):
			continue
		case hasWord(line, "s OK"):
			return s.secureNow()
		case hasWord(line, "s NO"), hasWord(line, "s BAD"):
			_ = s.leaveWith("b LOGOUT\r\n")
			return fault{reason: look.NoSTARTTLS, detail: printable(line)}
		}
		return wrong(s.head())
	}
}

// hasWord tells whether line begins with words, in whatever case, and ends
// there or goes on after a blank.
func hasWord(line []byte, words string) bool {
	n := len(words)
	return len(line) >= n && bytes.EqualFold(line[:n], []byte(words)) && (len(line) == n || line[n] == ' ')
}
