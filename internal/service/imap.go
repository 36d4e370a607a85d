package service

import "bytes"

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
	return s.leaveWith("a LOGOUT\r\n")
}

// hasWord tells whether line begins with words, in whatever case, and ends
// there or goes on after a blank.
func hasWord(line []byte, words string) bool {
	n := len(words)
	return len(line) >= n && bytes.EqualFold(line[:n], []byte(words)) && (len(line) == n || line[n] == ' ')
}
