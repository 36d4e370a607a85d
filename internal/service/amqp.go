package service

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// AMQP begins with a header of the client's. A broker that speaks 0-9-1 answers
// with Connection.Start (AMQP 0-9-1 specification, sections 4.2.2 and 4.2.3,
// https://www.rabbitmq.com/amqp-0-9-1-reference.html), any other with the
// header of the version that it speaks (OASIS AMQP 1.0, section 2.2).
//
// After that the connection is just closed. RabbitMQ logs a warning, "client
// unexpectedly closed TCP connection". Whatever else there is to say
// (Connection.Close, a heartbeat, the header of another version) it logs no
// less or as an error, but for an attempt to log in (tried with RabbitMQ 3.10).

// amqpHeader is that of version 0-9-1.
const amqpHeader = amqpName + "\x00\x00\x09\x01"

// amqpName begins the header of every version.
const amqpName = "AMQP"

// Parts of a frame: type, channel, length and what it is, then the end.
const (
	amqpMethod   = "\x01\x00\x00"     // a method on channel 0
	amqpStart    = "\x00\x0a\x00\x0a" // Connection.Start
	amqpClose    = "\x00\x0a\x00\x32" // Connection.Close
	amqpFrameEnd = 0xce

	amqpFrameHeader = 1 + 2 + 4
)

// amqpUnavailable are the codes of a Connection.Close by a broker that cannot serve
// (AMQP 0-9-1 specification, section 1.2, constants): connection-forced, by an
// operator; resource-error; internal-error. With any other, such as access-refused,
// it minds the client.
var amqpUnavailable = []uint16{320, 506, 541}

// amqpTalk sends the header and reads the answer.
func amqpTalk(s *session) error {
	if err := s.send(amqpHeader); err != nil {
		return err
	}
	head, err := s.read(amqpFrameHeader) // an alert of TLS is as long
	if err != nil {
		return err
	}
	if bytes.HasPrefix(head, []byte(amqpName)) {
		return amqpOther(s, head)
	}
	size := binary.BigEndian.Uint32(head[3:])
	if !bytes.HasPrefix(head, []byte(amqpMethod)) || size < 4 || size > maxAnswer {
		return wrong(s.head())
	}
	method, err := s.read(int(size) + 1)
	if err != nil {
		return err
	}
	switch {
	case method[size] != amqpFrameEnd:
	case bytes.HasPrefix(method, []byte(amqpStart)):
		return nil
	case bytes.HasPrefix(method, []byte(amqpClose)):
		return amqpClosed(method[4:size])
	}
	return wrong(s.head())
}

// amqpOther judges a header of the broker's. Its last byte is still to be read.
func amqpOther(s *session, head []byte) error {
	last, err := s.read(1)
	if err != nil {
		return err
	}
	if string(head)+string(last) == amqpHeader { // an echo
		return fault{reason: look.WrongProtocol, detail: printable(s.head())}
	}
	return nil
}

// amqpClosed judges the arguments of a Connection.Close.
func amqpClosed(arguments []byte) error {
	if len(arguments) > 2 && !slices.Contains(amqpUnavailable, binary.BigEndian.Uint16(arguments)) {
		return nil
	}
	return unavailable(amqpReplyText(arguments))
}

// amqpReplyText is the text of a Connection.Close: after a code, a short
// string.
func amqpReplyText(arguments []byte) []byte {
	if len(arguments) < 3 || len(arguments) < 3+int(arguments[2]) {
		return arguments
	}
	return arguments[3 : 3+int(arguments[2])]
}
