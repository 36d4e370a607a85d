package service

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"
)

// memcachedUnavailable are the errors of a server that cannot serve: SERVER_ERROR
// is one of its own (doc/protocol.txt, Error strings), and so a proxy says that its
// back end is gone; the other is all that it says when it is full (memcached.c,
// drive_machine). ERROR and CLIENT_ERROR mind the client, such as one without a
// login.
var memcachedUnavailable = []string{"SERVER_ERROR", "ERROR Too many open connections"}

// memcachedFailed are the statuses of the binary protocol that say the same
// (doc/protocol-binary.txt, Response Status).
var memcachedFailed = map[uint16]string{0x82: "out of memory", 0x84: "internal error", 0x85: "busy", 0x86: "temporary failure"}

// memcachedTalk: the text protocol of memcached (doc/protocol.txt), which
// answers "version" without a login, or with an error if it wants one. A server
// with SASL speaks only the binary one, and waits for the rest of a request in it.
func memcachedTalk(s *session) error {
	if err := s.send("version\r\n"); err != nil {
		return err
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(time.Until(s.deadline) / 2))
	line, err := s.line()
	_ = s.conn.SetReadDeadline(s.deadline)
	switch {
	case IsTimeout(err) && len(s.head()) == 0:
		return nextWay{err}
	case err != nil:
		return err
	case slices.ContainsFunc(memcachedUnavailable, func(words string) bool { return hasWord(line, words) }):
		return unavailable(line)
	case string(line) == "version", // an echo
		!hasWord(line, "VERSION") && !hasWord(line, "ERROR") && !hasWord(line, "CLIENT_ERROR"):
		return wrong(s.head())
	}
	if err := s.send("quit\r\n"); err != nil {
		return err
	}
	s.leave()
	return nil
}

// memcachedBinary: the binary protocol of memcached (doc/protocol-binary.txt), in
// which a request and an answer have a header of 24 bytes each. VERSION is
// answered without a login.
func memcachedBinary(s *session) error {
	const version, quit = "\x80\x0b", "\x80\x07"
	rest := string(make([]byte, 22)) // no key, no extras, no value
	if err := s.send(version + rest); err != nil {
		return err
	}
	header, err := s.read(24)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(header, []byte("\x81\x0b")) {
		return wrong(s.head())
	}
	if failed := memcachedFailed[binary.BigEndian.Uint16(header[6:])]; failed != "" {
		return unavailable([]byte(failed))
	}
	if err := s.send(quit + rest); err != nil {
		return err
	}
	s.leave()
	return nil
}
