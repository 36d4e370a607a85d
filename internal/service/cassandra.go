package service

import (
	"encoding/binary"
	"strings"
)

// Cassandra and ScyllaDB are asked what they support, which comes before any login
// (https://github.com/apache/cassandra/blob/trunk/doc/native_protocol_v4.spec, sections
// 2, 4.1.3 and 4.2.4), in version 4, which Cassandra knows since 2.2. A server without
// it answers with an error of a version that it has. Debian has no server to try it
// with.

// cassandraOptions is an OPTIONS without flags and body.
const cassandraOptions = "\x04" + "\x00" + cassandraStream + "\x05" + "\x00\x00\x00\x00"

const cassandraStream = "pc" // a number, that of the request

// The types of answers.
const (
	cassandraError     = 0x00
	cassandraSupported = 0x06
)

// cassandraUnavailable are the errors of a server that cannot serve (section 9). With
// any other, such as one about the version or a login, it minds the request.
var cassandraUnavailable = map[uint32]string{
	0x0000: "server error", 0x1000: "unavailable", 0x1001: "overloaded", 0x1002: "bootstrapping",
}

// cassandraTalk sends OPTIONS and reads the answer. Versions 1 and 2 have a byte less in
// the header, as the number of the request is shorter.
func cassandraTalk(s *session) error {
	if err := s.send(cassandraOptions); err != nil {
		return err
	}
	version, err := s.read(1)
	if err != nil {
		return err
	}
	stream := cassandraStream
	switch {
	case version[0]&0x80 == 0 || version[0]&0x7f > 0x0f: // a request, or of no such version
		return wrong(s.head())
	case version[0]&0x7f <= 2:
		stream = "" // not ours: the server did not understand it
	}
	const flags, opcode, length = 1, 1, 4
	rest := flags + max(1, len(stream)) + opcode + length
	header, err := s.read(rest)
	if err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(header[rest-length:])
	if !strings.HasPrefix(string(header[flags:]), stream) || size > maxAnswer {
		return wrong(s.head())
	}
	body, err := s.read(int(size))
	if err != nil {
		return err
	}
	return cassandraJudge(s, header[rest-length-opcode], body)
}

// cassandraJudge judges an answer.
func cassandraJudge(s *session, opcode byte, body []byte) error {
	const code, length = 4, 2
	switch {
	case opcode == cassandraSupported && len(body) >= length: // a number of options
		return nil
	case opcode != cassandraError || len(body) < code+length,
		int(binary.BigEndian.Uint16(body[code:])) > len(body)-code-length:
		return wrong(s.head())
	}
	if name := cassandraUnavailable[binary.BigEndian.Uint32(body)]; name != "" {
		message := body[code+length:][:binary.BigEndian.Uint16(body[code:])]
		return unavailable([]byte(strings.TrimSuffix(name+": "+string(message), ": ")))
	}
	return nil
}
