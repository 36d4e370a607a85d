package service

import (
	"bytes"
	"encoding/binary"
)

// MongoDB is asked with the command that its clients begin with
// (https://www.mongodb.com/docs/manual/reference/command/hello/), which takes
// no login, in an OP_MSG, which servers know since 3.6
// (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/). One
// that does not know the command says so, which is an answer. Debian has no
// server to try it with.

// mongodbHello is an OP_MSG with the document {hello: 1, $db: "admin"}.
const mongodbHello = "\x34\x00\x00\x00" + mongodbRequest + "\x00\x00\x00\x00" + mongodbOpMsg +
	"\x00\x00\x00\x00" + // flags
	"\x00" + // a section of one document
	"\x1f\x00\x00\x00" +
	"\x10hello\x00\x01\x00\x00\x00" +
	"\x02$db\x00\x06\x00\x00\x00admin\x00" +
	"\x00"

const (
	mongodbRequest = "port"             // a number, that of the request
	mongodbOpMsg   = "\xdd\x07\x00\x00" // 2013
)

// mongodbShutdown are the names of the errors, as in an answer, of a server
// that is going down
// (https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml).
var mongodbShutdown = [][]byte{
	[]byte("\x02codeName\x00\x13\x00\x00\x00ShutdownInProgress\x00"),
	[]byte("\x02codeName\x00\x16\x00\x00\x00InterruptedAtShutdown\x00"),
}

// mongodbTalk sends hello and reads the answer.
func mongodbTalk(s *session) error {
	if err := s.send(mongodbHello); err != nil {
		return err
	}
	header, err := s.read(16)
	if err != nil {
		return err
	}
	size := binary.LittleEndian.Uint32(header)
	if size > maxAnswer || int(size) < len(header) {
		return wrong(s.head())
	}
	body, err := s.read(int(size) - len(header))
	if err != nil {
		return err
	}
	if string(header[8:]) != mongodbRequest+mongodbOpMsg || !isMongoDBDocument(body) {
		return wrong(s.head())
	}
	for _, name := range mongodbShutdown {
		if bytes.Contains(body, name) {
			return unavailable(bytes.Trim(name[14:], "\x00"))
		}
	}
	return nil
}

// isMongoDBDocument tells whether the body of an OP_MSG, which may end with a
// checksum, is one BSON document (https://bsonspec.org/spec.html).
func isMongoDBDocument(body []byte) bool {
	const before = 4 + 1 // flags, kind of section
	if len(body) < before+5 || body[4] != 0 {
		return false
	}
	size := binary.LittleEndian.Uint32(body[before:])
	return size >= 5 && size <= maxAnswer && int(size) <= len(body)-before && body[before+int(size)-1] == 0
}
