package service

import (
	"bytes"
	"cmp"
	"encoding/binary"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// VNC (RFC 6143): the server begins with its version (section 7.1.1), the client answers
// with the one to speak, and the server says which types of security it has, or why it
// has none (section 7.1.2). The client leaves before it chooses one of them.

// vncVersion is how long a version is: "RFB 003.008\n".
const vncVersion = 12

// vncBlocks is what TigerVNC and RealVNC say to a host that made several connections
// without a login (BlacklistThreshold in Xvnc(1)). They refuse its logins too.
const vncBlocks = "Too many security failures"

// vncTalk goes as far as the types of security.
func vncTalk(s *session) error {
	version, err := s.read(vncVersion)
	switch {
	case !bytes.HasPrefix(version, []byte("RFB ")) && recognise(s.head()) != "":
		return wrong(s.head())
	case err != nil:
		return err
	case !isVNCVersion(version):
		return wrong(s.head())
	}
	answer, old := "RFB 003.008\n", string(version) < "RFB 003.007"
	if old {
		answer = "RFB 003.003\n"
	} else if string(version) < answer {
		answer = "RFB 003.007\n"
	}
	if err := s.send(answer); err != nil {
		return err
	}
	if err := vncSecurity(s, old); err != nil {
		return err
	}
	s.leave()
	return nil
}

// vncSecurity reads the types of security: up to version 3.3 the server decides on one,
// in 4 bytes. None is followed by a reason.
func vncSecurity(s *session, old bool) error {
	size := 1
	if old {
		size = 4
	}
	types, err := s.read(size)
	if err != nil {
		return err
	}
	if count := int(types[size-1]); count != 0 {
		if !old {
			_, err = s.read(count)
		}
		return err
	}
	length, err := s.read(4)
	if err != nil {
		return err
	}
	reason, err := s.read(int(min(binary.BigEndian.Uint32(length), maxHead)))
	switch {
	case err != nil:
		return err
	case bytes.Contains(reason, []byte(vncBlocks)):
		return fault{reason: look.HostBlocked, detail: printable(reason)}
	case isTurnedAway(reason):
		return errTurnedAway
	}
	return unavailable([]byte(cmp.Or(string(reason), "no security types")))
}

// isVNCVersion: "RFB xxx.yyy\n".
func isVNCVersion(version []byte) bool {
	for i, c := range []byte("RFB 000.000\n") {
		if digit := c == '0' && '0' <= version[i] && version[i] <= '9'; !digit && version[i] != c {
			return false
		}
	}
	return true
}
