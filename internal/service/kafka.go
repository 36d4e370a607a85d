package service

import "encoding/binary"

// Kafka is asked for the versions of its API, which is what clients begin with
// and takes no login (https://kafka.apache.org/protocol#The_Messages_ApiVersions),
// in version 0, which all brokers since 0.10 answer; one that would not answers
// with an error in it. Debian has no broker to try it with.

// kafkaAPIVersions is the request: its length, key 18, version 0, a number, and
// the name of the client.
const kafkaAPIVersions = "\x00\x00\x00\x13" + "\x00\x12" + "\x00\x00" + kafkaRequest + "\x00\x09" + userAgent

const kafkaRequest = "port" // a number, that of the request

// kafkaUnavailable are the errors of a broker that cannot serve
// (https://kafka.apache.org/protocol#protocol_error_codes). With any other, such as
// one about the version or a login, it minds the request.
var kafkaUnavailable = map[int16]string{
	-1: "UNKNOWN_SERVER_ERROR", 7: "REQUEST_TIMED_OUT", 8: "BROKER_NOT_AVAILABLE", 13: "NETWORK_EXCEPTION",
	56: "KAFKA_STORAGE_ERROR",
}

// kafkaTalk sends ApiVersions and reads the answer.
func kafkaTalk(s *session) error {
	if err := s.send(kafkaAPIVersions); err != nil {
		return err
	}
	size, err := s.read(4)
	if err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(size)
	if n > maxAnswer {
		return wrong(s.head())
	}
	answer, err := s.read(int(n))
	if err != nil {
		return err
	}
	// The number, an error, and the count of versions of three numbers each.
	if len(answer) < 4+2+4 || string(answer[:4]) != kafkaRequest || !isKafkaArray(answer[6:]) {
		return wrong(s.head())
	}
	if name := kafkaUnavailable[int16(binary.BigEndian.Uint16(answer[4:]))]; name != "" { //nolint:gosec // it is signed
		return unavailable([]byte(name))
	}
	return nil
}

// isKafkaArray tells whether b is an array of versions, which may be followed
// by more.
func isKafkaArray(b []byte) bool {
	count := binary.BigEndian.Uint32(b)
	return count <= maxAnswer && int(count)*6 <= len(b)-4
}
