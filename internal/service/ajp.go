package service

// AJP, the protocol between a web server and a servlet container, has a CPing for the
// web server to find out whether the container answers
// (https://tomcat.apache.org/connectors-doc/ajp/ajpv13a.html, Packet Structure and
// CPing). It takes no secret. A container that is paused or shuts down closes the
// connection without an answer. Debian's containers take Java, so it is not tried with
// one.

// A packet begins with the direction, and has the length of the rest and the type.
const (
	ajpCPing = "\x12\x34" + "\x00\x01" + "\x0a"
	ajpCPong = "AB" + "\x00\x01" + "\x09"
)

// ajpTalk sends a CPing and reads the CPong.
func ajpTalk(s *session) error {
	if err := s.send(ajpCPing); err != nil {
		return err
	}
	answer, err := s.read(len(ajpCPong))
	if err != nil {
		return err
	}
	if string(answer) != ajpCPong {
		return wrong(s.head())
	}
	return nil
}
