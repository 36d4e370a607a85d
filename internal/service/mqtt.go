package service

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// MQTT is spoken in version 3.1.1, which brokers of version 5 speak too (OASIS
// MQTT 3.1.1, sections 3.1, 3.2 and 3.14; MQTT 5.0, section 3.2.2.2). The
// session is a clean one without a will: nothing of it stays.

// The types of packets, with their flags.
const (
	mqttConnect    = "\x10"
	mqttConnack    = 0x20
	mqttDisconnect = "\xe0\x00"
)

// mqttOpening is a CONNECT up to the identifier: the length of the rest, the
// protocol's name and level, the flag of a clean session, a minute to keep alive,
// and the length of the identifier, mqttID.
const mqttOpening = "\x23" + "\x00\x04MQTT" + "\x04" + "\x02" + "\x00\x3c" + "\x00\x17"

// mqttID is how long a client identifier may be that every broker accepts: of
// letters and digits (section 3.1.3.1). Two clients with the same one would
// end each other's connection, so no two looks have the same.
const mqttID = 23

// mqttUnavailable are the codes of a broker that cannot serve: 3 in version 3.1.1
// (section 3.2.2.3); in version 5 (section 3.2.2.2) unspecified error, server
// unavailable, server busy, quota exceeded, use another server and server moved. With
// any other, such as not authorized or banned, it minds the client.
const mqttUnavailable = "\x03\x80\x88\x89\x97\x9c\x9d"

// mqttTalk connects without a user name and disconnects again.
func mqttTalk(s *session) error {
	id := (userAgent + rand.Text())[:mqttID]
	if err := s.send(mqttConnect + mqttOpening + id); err != nil {
		return err
	}
	// The type; a length below 128, more than two only in version 5, where a
	// broker may add properties; one flag; and the code.
	answer, err := s.read(4)
	if err != nil {
		return err
	}
	if answer[0] != mqttConnack || answer[1] < 2 || answer[1] > 127 || answer[2] > 1 {
		return wrong(s.head())
	}
	switch code := answer[3]; {
	case code == 0:
		return s.send(mqttDisconnect)
	case strings.IndexByte(mqttUnavailable, code) >= 0:
		return unavailable(fmt.Appendf(nil, "CONNACK with code %#02x", code))
	}
	return nil
}
