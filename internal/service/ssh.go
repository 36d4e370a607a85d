package service

import (
	"bytes"
	"encoding/binary"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Both sides of SSH (RFC 4253) begin with an identification. OpenSSH logs an
// error about a client that leaves after it, or without one; so this one says
// that it disconnects, which any side may at any time (section 11.1).

// What OpenSSH says in place of its identification (sshd.c, drop_connection and
// should_drop_connection): that it has too many clients, or has had enough of this one
// (PerSourcePenalties, since 9.8).
const (
	sshUnavailable = "Exceeded MaxStartups"
	sshNotAllowed  = "Not allowed at this time"
)

// sshIdentification is what this side says.
const sshIdentification = "SSH-2.0-" + userAgent

func sshTalk(s *session) error {
	if err := s.send(sshIdentification + "\r\n"); err != nil {
		return err
	}
	for {
		// Other lines may come before the identification (section 4.2).
		line, err := s.line()
		switch {
		case err != nil:
			return err
		case string(line) == sshIdentification: // an echo
			return fault{reason: look.WrongProtocol, detail: printable(line)}
		case bytes.HasPrefix(line, []byte("SSH-2.0-")), bytes.HasPrefix(line, []byte("SSH-1.99-")):
			if err := s.send(sshDisconnect()); err != nil {
				return err
			}
			s.leave()
			return nil
		case bytes.HasPrefix(line, []byte("SSH-")), recognise(s.head()) != "":
			return wrong(s.head())
		case bytes.HasPrefix(line, []byte(sshUnavailable)):
			return unavailable(line)
		case bytes.HasPrefix(line, []byte(sshNotAllowed)):
			return fault{reason: look.NotAllowed, detail: printable(line)}
		}
	}
}

// sshDisconnect is a packet (section 6) that is not encrypted yet, with
// SSH_MSG_DISCONNECT, 1, for the reason SSH_DISCONNECT_BY_APPLICATION, 11.
func sshDisconnect() string {
	const text = "port check"
	payload := []byte{1, 0, 0, 0, 11, 0, 0, 0, byte(len(text))}
	payload = append(payload, text...)
	payload = append(payload, 0, 0, 0, 0) // no language tag
	padding := 8 - (5+len(payload))%8
	if padding < 4 {
		padding += 8
	}
	packet := binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+padding)) //nolint:gosec // small
	packet = append(packet, byte(padding))
	packet = append(packet, payload...)
	return string(append(packet, make([]byte, padding)...))
}
