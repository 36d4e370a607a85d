package service

import "encoding/binary"

// rdpRequest is an X.224 connection request (ITU-T X.224 section 13.3) in a TPKT
// (RFC 1006 section 6), which asks for TLS or CredSSP (MS-RDPBCGR sections
// 2.2.1.1 and 2.2.1.1.1). It names no user.
const rdpRequest = "\x03\x00\x00\x13" + "\x0e\xe0\x00\x00\x00\x00\x00" + "\x01\x00\x08\x00\x03\x00\x00\x00"

// rdpTalk: whoever confirms the connection speaks RDP, also if the confirm has a
// negotiation failure in it (MS-RDPBCGR section 2.2.1.2.2).
func rdpTalk(s *session) error {
	if err := s.send(rdpRequest); err != nil {
		return err
	}
	header, err := s.read(4)
	if err != nil {
		return err
	}
	length := int(binary.BigEndian.Uint16(header[2:]))
	if header[0] != 3 || length < 11 {
		return wrong(s.head())
	}
	confirm, err := s.read(length - len(header))
	if err != nil {
		return err
	}
	if confirm[1]&0xf0 != 0xd0 { // CC
		return wrong(s.head())
	}
	return nil
}
