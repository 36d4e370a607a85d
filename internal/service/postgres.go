package service

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// PostgreSQL is asked whether it speaks TLS, which every server since 7.1
// answers with one byte, and poolers in front of it too
// (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL).
// A server of version 17 that also takes TLS at once answers it no less. More
// is not to be had without naming a user, which is an attempt to log in: so a
// server that is still starting up passes.

// sslRequest is the SSLRequest
// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
const sslRequest = "\x00\x00\x00\x08\x04\xd2\x16\x2f"

// postgresTalk sends an SSLRequest and shakes hands where TLS is offered.
func postgresTalk(s *session) error {
	if err := s.send(sslRequest); err != nil {
		return err
	}
	answer, err := s.read(1)
	if err != nil {
		return err
	}
	switch {
	case answer[0] == 'E':
		return postgresError(s)
	case answer[0] != 'S' && answer[0] != 'N', s.in.Buffered() > 0:
		return wrong(s.head())
	case answer[0] == 'S':
		if err := s.startTLS(nil); err != nil {
			return err
		}
	}
	// It is our turn: a server that says more is another.
	if len(s.leave()) > 0 {
		return wrong(s.head())
	}
	return nil
}

// postgresError judges what follows the 'E' of an ErrorResponse: a server that
// is too old for TLS says so, others say that they cannot serve.
func postgresError(s *session) error {
	size, err := s.in.Peek(4)
	if err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(size)
	if n > maxAnswer {
		return postgresOldError(s)
	}
	body, err := s.read(max(4, int(n)))
	if err != nil {
		return err
	}
	fields := postgresFields(body[4:])
	code, hasCode := fields['C']
	if !hasCode || len(code) != 5 {
		return wrong(s.head())
	}
	for _, class := range postgresUnavailable {
		if strings.HasPrefix(code, class) {
			return unavailable([]byte(fields['M']))
		}
	}
	return nil
}

// postgresUnavailable are the classes of errors that tell of a server which
// does not serve (https://www.postgresql.org/docs/current/errcodes-appendix.html):
// insufficient resources, operator intervention, such as a shutdown, and system
// errors.
var postgresUnavailable = []string{"53", "57", "58"}

// postgresFields are the fields of an ErrorResponse by their type.
func postgresFields(body []byte) map[byte]string {
	fields := make(map[byte]string)
	for len(body) > 1 {
		value, rest, ended := bytes.Cut(body[1:], []byte{0})
		if !ended {
			break
		}
		fields[body[0]] = string(value)
		body = rest
	}
	return fields
}

// postgresOldError judges the form of an ErrorResponse in protocol 2: a line
// and a zero. Servers still send it where they cannot start a process
// (report_fork_failure_to_client in PostgreSQL's postmaster.c).
func postgresOldError(s *session) error {
	line, err := s.line()
	if err != nil {
		return err
	}
	end, err := s.read(1)
	if err != nil {
		return err
	}
	if end[0] != 0 {
		return wrong(s.head())
	}
	return unavailable(line)
}
