package service

import "encoding/binary"

// Microsoft SQL Server is asked for its version with a PRELOGIN message, which
// comes before any login ([MS-TDS] section 2.2.6.5,
// https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-tds/). A
// server that insists on TDS 8.0 wants TLS before it and closes. Debian has no
// server to try it with.

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

// mssqlTalk sends a PRELOGIN and reads the answer.
func mssqlTalk(s *session) error {
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
