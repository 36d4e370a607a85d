package service

import (
	"bytes"
	"slices"
)

// ZooKeeper answers commands of four letters without a session (ZooKeeper
// Administrator's Guide, "The Four Letter Words"), then closes the connection. "srvr" is
// the one that is on by default. ClickHouse Keeper has the same.

// zookeeperUnavailable says that a server has no quorum, or starts (ZooKeeper's
// AbstractFourLetterCommand, ClickHouse's FourLetterCommand; the words before it differ).
const zookeeperUnavailable = "instance is not currently serving requests"

// zookeeperMinds says that the server does not take the command: it minds the client.
const zookeeperMinds = "srvr is not executed because it is not in the whitelist."

// zookeeperModes are the modes of a server that serves. One that is "read-only" has lost
// its quorum, and turns clients away unless they ask for no more than reading.
var zookeeperModes = []string{"standalone", "leader", "follower", "observer"}

// zookeeperTalk reads the answer as far as the mode.
func zookeeperTalk(s *session) error {
	if err := s.send("srvr"); err != nil {
		return err
	}
	line, err := s.line()
	switch {
	case bytes.HasSuffix(line, []byte(zookeeperUnavailable)):
		return unavailable(line)
	case string(line) == zookeeperMinds:
		return errTurnedAway
	case err != nil:
		return err
	case !bytes.Contains(line, []byte(" version: ")):
		return wrong(s.head())
	}
	for {
		line, err = s.line()
		if err != nil {
			return err
		}
		mode, ok := bytes.CutPrefix(line, []byte("Mode: "))
		if !ok {
			continue
		}
		if !slices.Contains(zookeeperModes, string(mode)) {
			return unavailable(line)
		}
		s.leave()
		return nil
	}
}
