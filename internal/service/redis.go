package service

import (
	"bytes"
	"slices"
)

// redisUnavailable are the errors of a server that cannot serve (Redis's
// src/server.c, createSharedObjects and processCommand, and src/networking.c,
// acceptCommonHandler); PING gets them on purpose. With any other, such as NOAUTH,
// NOPERM, DENIED or an unknown command, a server minds the client. READONLY, OOM and
// NOREPLICAS refuse only writes.
var redisUnavailable = []string{
	"-LOADING",     // it still reads its data
	"-BUSY",        // a script or module does not end
	"-MASTERDOWN",  // a replica without its master that is not to serve old data
	"-MISCONF",     // it cannot write to its disk and is not to take writes
	"-CLUSTERDOWN", // its cluster lacks a quorum, or a node for some of the keys
	"-ERR max number of clients",
	"-ERR Error registering fd event", // it ran out of descriptors
}

// redisTalk: RESP (redis.io, serialization protocol), which Redis, Valkey and
// others speak. PING needs no login where there is none; otherwise the answer is
// an error.
func redisTalk(s *session) error {
	if err := s.send("*1\r\n$4\r\nPING\r\n"); err != nil {
		return err
	}
	line, err := s.line()
	switch {
	case err != nil:
		return err
	case slices.ContainsFunc(redisUnavailable, func(words string) bool { return hasWord(line, words) }):
		return unavailable(line)
	case string(line) != "+PONG" && !isRedisError(line):
		return wrong(s.head())
	}
	s.leave()
	return nil
}

// isRedisError: a minus and a word in capitals.
func isRedisError(line []byte) bool {
	word, _, _ := bytes.Cut(line, []byte(" "))
	if len(word) < 2 || word[0] != '-' {
		return false
	}
	for _, c := range word[1:] {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}
