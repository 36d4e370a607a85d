package service

import (
	"encoding/binary"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Microsoft SQL Server is asked for its version with a PRELOGIN message, which
// comes before any login ([MS-TDS] section 2.2.6.5,
// https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-tds/). A
// server with strict encryption speaks TDS 8.0: it wants TLS first (section 3.3.5.1,
// with the protocol tds/8.0 in ALPN) and closes where that does not come. Debian has
// no server to try it with.

// alpnTDS is what TDS 8.0 offers in the handshake.
var alpnTDS = []string{"tds/8.0"}

// The type of an answer and its status (section 2.2.3.1).
const (
	tdsResponse = 0x04
	tdsEnd      = 0x01 // the last packet of a message
)

// tdsError is the token that begins an error (section 2.2.7.10).
const tdsError = 0xaa

// mssqlPrelogin is a PRELOGIN with the two options that must be in it: a version,
// which is zero, and encryption, which is off but possible. No server refuses that.
const mssqlPrelogin = "\x12\x01\x00\x1a\x00\x00\x01\x00" + // type, end, length, process, number, window
	"\x00\x00\x0b\x00\x06" + // VERSION: offset, length
	"\x01\x00\x11\x00\x01" + // ENCRYPTION
	"\xff" +
	"\x00\x00\x00\x00\x00\x00" +
	"\x00"

// mssqlTalk asks for TLS first where a server closes without a word.
func mssqlTalk(s *session) error {
	err := mssqlAnswers(s)
	if err != nil && isEnd(err) && len(s.head()) == 0 {
		return nextWay{err}
	}
	return err
}

// mssqlStrict speaks TDS 8.0, and looks at no certificate.
func mssqlStrict(s *session) error {
	s.target.TLS = &look.TLS{Verify: look.VerifyNever}
	if err := s.startTLS(alpnTDS); err != nil {
		return err
	}
	return mssqlAnswers(s)
}

// mssqlAnswers sends a PRELOGIN and reads the answer.
func mssqlAnswers(s *session) error {
	if err := s.send(mssqlPrelogin); err != nil {
		return err
	}
	header, err := s.read(8)
	if err != nil {
		return err
	}
	size := int(binary.BigEndian.Uint16(header[2:])) - len(header)
	if header[0] != tdsResponse || header[1]&tdsEnd == 0 || size < 1 {
		return wrong(s.head())
	}
	body, err := s.read(size)
	if err != nil {
		return err
	}
	switch {
	case body[0] == tdsError:
		return unavailable(body)
	case !hasTDSVersion(body):
		return wrong(s.head())
	}
	return nil
}

// hasTDSVersion tells whether body is that of a PRELOGIN: its first option is
// a version that lies in it.
func hasTDSVersion(body []byte) bool {
	if len(body) < 5 || body[0] != 0 {
		return false
	}
	offset, size := int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	return size == 6 && offset+size <= len(body)
}
