package service

import "bytes"

// redisUnavailable are the errors of Redis (src/server.c, createSharedObjects,
// and src/networking.c) that say that it does not serve, all others say that it
// does.
var redisUnavailable = []string{"-LOADING", "-MASTERDOWN", "-ERR max number of clients"}

// redisTalk: RESP (redis.io, serialization protocol), which Redis, Valkey and
// others speak. PING needs no login where there is none; otherwise the answer is
// an error, such as NOAUTH, or DENIED in protected mode.
func redisTalk(s *session) error {
	if err := s.send("*1\r\n$4\r\nPING\r\n"); err != nil {
		return err
	}
	line, err := s.line()
	if err != nil {
		return err
	}
	for _, begins := range redisUnavailable {
		if bytes.HasPrefix(line, []byte(begins)) {
			return unavailable(line)
		}
	}
	if string(line) != "+PONG" && !isRedisError(line) {
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
