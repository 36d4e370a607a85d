package service

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// MySQL and MariaDB greet first; nothing is sent
// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html,
// https://mariadb.com/kb/en/connection/).
//
// To leave then counts as a connect error of this machine's address, and is
// logged by MariaDB as "closed normally without authentication", as is a plain
// TCP connection. There is no way out that does not, but for an attempt to log
// in (tried with MariaDB 10.11: no, whole, truncated and out-of-order packets,
// COM_QUIT, an SSLRequest, a reset). After max_connect_errors (100 by default)
// of them in a row without a login from the address the server turns the
// address away with error 1129, which passes; not so for 127.0.0.1, and nowhere
// with skip_name_resolve.

// Versions of the protocol.
const (
	mysqlProtocol9  = 9 // before MySQL 3.22
	mysqlProtocol10 = 10
)

// mysqlErr begins an ERR packet.
const mysqlErr = 0xff

// mysqlTurnsAway are the errors that only turn this machine away
// (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html):
// ER_BAD_HOST_ERROR, ER_ACCESS_DENIED_ERROR, ER_HOST_IS_BLOCKED,
// ER_HOST_NOT_PRIVILEGED. All others, such as ER_CON_COUNT_ERROR and
// ER_SERVER_SHUTDOWN, come instead of a greeting because the server cannot
// serve.
var mysqlTurnsAway = []uint16{1042, 1045, 1129, 1130}

// mysqlTalk reads the greeting.
func mysqlTalk(s *session) error {
	header, err := s.read(4)
	if err != nil {
		return err
	}
	// A length of three bytes, and a sequence number, which is 0 in the first
	// packet. Text, read as a length, is in the millions.
	greeting, err := s.read(int(header[0]) | int(header[1])<<8 | int(header[2])<<16)
	if err != nil {
		return err
	}
	switch {
	case header[3] != 0 || len(greeting) < 3:
		return wrong(s.head())
	case greeting[0] == mysqlErr:
		if !slices.Contains(mysqlTurnsAway, binary.LittleEndian.Uint16(greeting[1:])) {
			return unavailable(greeting[3:])
		}
		return nil
	case greeting[0] == mysqlProtocol9 || greeting[0] == mysqlProtocol10:
		version, rest, ended := bytes.Cut(greeting[1:], []byte{0})
		if ended && len(version) > 0 && len(rest) >= mysqlRest {
			return nil
		}
	}
	return wrong(s.head())
}

// mysqlRest is how long a greeting is at least after the version: the number of
// the connection, eight bytes to scramble a password with, and a zero.
const mysqlRest = 4 + 8 + 1
