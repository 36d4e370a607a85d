package service

import "bytes"

// The protocol of rsync's daemon has no document but its source (clientserver.c,
// exchange_protocols and start_daemon) and rsyncd.conf(5). The server greets first, with
// its version; a client that leaves after that is not logged as an error. Which modules
// there are, and whether one has room, is not asked.

const (
	rsyncGreeting = "@RSYNCD: "
	rsyncError    = "@ERROR" // in place of a greeting, from a server that cannot begin
)

// rsyncTalk reads the greeting.
func rsyncTalk(s *session) error {
	line, err := s.line()
	switch {
	case err != nil:
		return err
	case bytes.HasPrefix(line, []byte(rsyncError)):
		if isTurnedAway(line) {
			return errTurnedAway
		}
		return unavailable(line)
	case !isRsyncGreeting(line):
		return wrong(s.head())
	}
	s.leave()
	return nil
}

// isRsyncGreeting: a number, and perhaps what the version has digests for.
func isRsyncGreeting(line []byte) bool {
	version, ok := bytes.CutPrefix(line, []byte(rsyncGreeting))
	return ok && len(version) > 0 && '0' <= version[0] && version[0] <= '9'
}
