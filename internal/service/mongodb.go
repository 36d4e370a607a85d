package service

import (
	"encoding/binary"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// MongoDB is asked with the command that its clients begin with
// (https://www.mongodb.com/docs/manual/reference/command/hello/), which takes
// no login, in an OP_MSG, which servers know since 3.6
// (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/). One
// that does not know the command says so, which is an answer. Debian has no
// server to try it with.

const (
	mongodbRequest = "port"             // a number, that of the request
	mongodbOpMsg   = "\xdd\x07\x00\x00" // 2013
	mongodbBefore  = 4 + 1              // flags, and the kind of a section: one document
)

// mongodbHello is an OP_MSG with a hello.
var mongodbHello = func() string {
	document, err := bson.Marshal(bson.D{{Key: "hello", Value: int32(1)}, {Key: "$db", Value: "admin"}})
	if err != nil {
		panic(err) // it is always the same
	}
	rest := mongodbRequest + "\x00\x00\x00\x00" + mongodbOpMsg + strings.Repeat("\x00", mongodbBefore) + string(document)
	return string(binary.LittleEndian.AppendUint32(nil, uint32(4+len(rest)))) + rest
}()

// mongodbState is what an answer to hello tells of the server.
type mongodbState struct {
	CodeName string `bson:"codeName"`
	ErrMsg   string `bson:"errmsg"`
	// Primary is false in a secondary, which Secondary is true for, and in an
	// arbiter; a server that stands alone and a router are primaries too.
	Primary    bool   `bson:"isWritablePrimary"`
	Secondary  bool   `bson:"secondary"`
	Arbiter    bool   `bson:"arbiterOnly"`
	SetName    string `bson:"setName"`
	IsReplica  bool   `bson:"isreplicaset"` // of a set that was not initiated
	ReplicaMsg string `bson:"info"`
}

// mongodbUnavailable are the names of the errors of a server that cannot serve
// (https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml). With
// any other, such as Unauthorized or CommandNotFound, it minds the request.
var mongodbUnavailable = map[string]bool{
	"InternalError": true, "HostUnreachable": true, "HostNotFound": true, "NetworkTimeout": true, "ExceededTimeLimit": true,
	"ShutdownInProgress": true, "InterruptedAtShutdown": true, "InterruptedDueToReplStateChange": true,
	"NotYetInitialized": true, "NotPrimaryOrSecondary": true, "PrimarySteppedDown": true,
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
	state, ok := mongodbDocument(body)
	if string(header[8:]) != mongodbRequest+mongodbOpMsg || !ok {
		return wrong(s.head())
	}
	return mongodbJudge(state)
}

// mongodbDocument reads the body of an OP_MSG, which may end with a checksum: one
// BSON document (https://bsonspec.org/spec.html).
func mongodbDocument(body []byte) (state mongodbState, ok bool) {
	if len(body) < mongodbBefore+4 || body[mongodbBefore-1] != 0 {
		return state, false
	}
	document := body[mongodbBefore:]
	size := binary.LittleEndian.Uint32(document)
	if int64(size) > int64(len(document)) {
		return state, false
	}
	err := bson.Unmarshal(document[:size], &state)
	return state, err == nil
}

// mongodbJudge: clients read from primaries and secondaries, and an arbiter serves its
// set. A member of a set that is none of them starts, recovers, rolls back or was
// removed.
func mongodbJudge(state mongodbState) error {
	switch {
	case mongodbUnavailable[state.CodeName]:
		return unavailable([]byte(strings.TrimSuffix(state.CodeName+": "+state.ErrMsg, ": ")))
	case state.CodeName != "" || state.ErrMsg != "":
		return nil
	case state.IsReplica:
		return unavailable([]byte("replica set without a configuration: " + state.ReplicaMsg))
	case state.SetName != "" && !state.Primary && !state.Secondary && !state.Arbiter:
		return unavailable([]byte("neither primary nor secondary of " + state.SetName))
	}
	return nil
}
