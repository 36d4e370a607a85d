package probe

import "bytes"

// memcachedTalk: the text protocol of memcached (doc/protocol.txt), which
// answers "version" without a login, or with an error if it wants one.
func memcachedTalk(s *session) error {
	if err := s.send("version\r\n"); err != nil {
		return err
	}
	line, err := s.line()
	switch {
	case err != nil:
		return err
	case bytes.HasPrefix(line, []byte("ERROR Too many open connections")):
		return unavailable(line)
	case string(line) == "version", // an echo
		!hasWord(line, "VERSION") && !hasWord(line, "ERROR") && !hasWord(line, "CLIENT_ERROR") && !hasWord(line, "SERVER_ERROR"):
		return wrong(s.head())
	}
	if err := s.send("quit\r\n"); err != nil {
		return err
	}
	s.leave()
	return nil
}
