package service

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
)

// SMB 2 and 3 ([MS-SMB2]) directly over TCP. A client begins with NEGOTIATE, which takes
// no login; a server that has no dialect of those offered answers with an error, and
// speaks all the same. SMB 1 is not offered.

// smbTransport is the header of a message over TCP (section 2.1): a zero, and 3 bytes
// for its length.
const smbTransport = 4

// smbHeader is the length of a packet's header (section 2.2.1.2).
const smbHeader = 64

// smbID begins a packet of SMB 2.
const smbID = "\xfeSMB\x40\x00"

// smbUnavailable are the statuses of a server that cannot serve ([MS-ERREF] section 2.3.1).
// With any other, such as STATUS_NOT_SUPPORTED, it minds the client.
var smbUnavailable = map[uint32]string{
	0xc0000017: "STATUS_NO_MEMORY",
	0xc000009a: "STATUS_INSUFFICIENT_RESOURCES",
	0xc00000ce: "STATUS_TOO_MANY_SESSIONS",
	0xc00000d0: "STATUS_REQUEST_NOT_ACCEPTED",
	0xc00000e5: "STATUS_INTERNAL_ERROR",
	0xc0000205: "STATUS_INSUFF_SERVER_RESOURCES",
	0xc0000466: "STATUS_SERVER_UNAVAILABLE",
}

// Negative answers of NetBIOS sessions (RFC 1002 section 4.3.4): some servers refuse a
// client with one whatever it says.
const (
	netbiosRefusal   = "\x83\x00\x00\x01"
	netbiosNotCaller = 0x81 // it does not listen for this client
	netbiosResources = 0x83 // insufficient resources
)

// smbTalk sends NEGOTIATE and reads the answer.
func smbTalk(s *session) error {
	if err := s.send(smbNegotiate()); err != nil {
		return err
	}
	transport, err := s.read(smbTransport)
	if err != nil {
		return err
	}
	if string(transport) == netbiosRefusal {
		return smbRefusal(s)
	}
	length := binary.BigEndian.Uint32(transport)
	if transport[0] != 0 || length < smbHeader || length > maxAnswer {
		return wrong(s.head())
	}
	answer, err := s.read(int(length))
	if err != nil {
		return err
	}
	const isAnswer = 1 // SMB2_FLAGS_SERVER_TO_REDIR; the command is 0
	if !bytes.HasPrefix(answer, []byte(smbID)) || binary.LittleEndian.Uint16(answer[12:]) != 0 || answer[16]&isAnswer == 0 {
		return wrong(s.head())
	}
	if name := smbUnavailable[binary.LittleEndian.Uint32(answer[8:])]; name != "" {
		return unavailable([]byte(name))
	}
	s.leave()
	return nil
}

// smbRefusal reads why there is no session.
func smbRefusal(s *session) error {
	code, err := s.read(1)
	switch {
	case err != nil:
		return err
	case code[0] == netbiosNotCaller:
		return errTurnedAway
	case code[0] == netbiosResources:
		return unavailable([]byte("insufficient resources"))
	}
	return wrong(s.head())
}

// smbNegotiate is the request (section 2.2.3), with all dialects of SMB 2 and 3. The last
// of them takes a negotiate context with a salt (section 2.2.3.1.1). The client has
// another number each time, so that no server takes two looks for channels of one client.
func smbNegotiate() string {
	const (
		header   = smbID + "\x00\x00\x00\x00\x00\x00" + "\x00\x00" + "\x1f\x00" // command 0, and credits
		dialects = "\x02\x02" + "\x10\x02" + "\x00\x03" + "\x02\x03" + "\x11\x03"
		contexts = "\x70\x00\x00\x00" + "\x01\x00" + "\x00\x00" // where, and how many
		// Preauthentication: SHA-512, with a salt of 32 bytes.
		context = "\x01\x00" + "\x26\x00" + "\x00\x00\x00\x00" + "\x01\x00" + "\x20\x00" + "\x01\x00"
	)
	var random [16 + 32]byte
	_, _ = rand.Read(random[:]) // never fails
	packet := header + string(make([]byte, smbHeader-len(header))) +
		"\x24\x00" + "\x05\x00" + "\x01\x00" + "\x00\x00" + "\x00\x00\x00\x00" + // five dialects; signing enabled
		string(random[:16]) + contexts + dialects + "\x00\x00" + context + string(random[16:])
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(packet)))) + packet //nolint:gosec // small
}
