package service

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
	return quit(s)
}
