package service

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
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
// address away with error 1129, which passes with a warning; not so for 127.0.0.1,
// and nowhere with skip_name_resolve.

// Versions of the protocol.
const (
	mysqlProtocol9  = 9 // before MySQL 3.22
	mysqlProtocol10 = 10
)

// mysqlErr begins an ERR packet.
const mysqlErr = 0xff

// mysqlTurnsAway are the errors that only turn this machine away
// (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html):
// ER_BAD_HOST_ERROR, ER_ACCESS_DENIED_ERROR, ER_HOST_NOT_PRIVILEGED, and
// ER_HOST_IS_BLOCKED. All others, such as ER_CON_COUNT_ERROR and
// ER_SERVER_SHUTDOWN, come instead of a greeting because the server cannot
// serve.
var mysqlTurnsAway = []uint16{1042, 1045, 1130}

// mysqlBlocked is ER_HOST_IS_BLOCKED, which looks may have brought about.
const mysqlBlocked = 1129

// mysqlTalk reads the greeting. It looks at no certificate.
func mysqlTalk(s *session) error {
	_, err := mysqlGreeting(s)
	return err
}

// mysqlTLS goes as far as the handshake
// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_ssl_request.html):
// what comes after it takes a login.
func mysqlTLS(s *session) error {
	capabilities, err := mysqlGreeting(s)
	switch {
	case err != nil:
		return err
	case capabilities&mysqlSSL == 0:
		return fault{reason: look.NoSTARTTLS, detail: printable(s.head())}
	case s.in.Buffered() > 0:
		// Bytes that came in clear must not pass for an answer over TLS.
		return wrong(s.head())
	}
	if err := s.send(mysqlSSLRequest); err != nil {
		return err
	}
	return s.startTLS(nil)
}

// mysqlSSL is the flag of a server, or client, that speaks TLS
// (page_protocol_basic_flags.html there: CLIENT_SSL).
const mysqlSSL = 0x0800

// mysqlSSLRequest is the packet after a greeting: length and number; the flags
// CLIENT_PROTOCOL_41, CLIENT_SSL and CLIENT_SECURE_CONNECTION, the longest packet, a
// character set, and nothing more.
const mysqlSSLRequest = "\x20\x00\x00\x01" + "\x00\x8a\x00\x00" + "\x00\x00\x00\x01" + "\x21" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// mysqlGreeting reads a greeting and returns the lower flags of the server's
// capabilities, none if it has none.
func mysqlGreeting(s *session) (capabilities uint16, err error) {
	header, err := s.read(4)
	if err != nil {
		return 0, err
	}
	// A length of three bytes, and a sequence number, which is 0 in the first
	// packet. Text, read as a length, is in the millions.
	greeting, err := s.read(int(header[0]) | int(header[1])<<8 | int(header[2])<<16)
	if err != nil {
		return 0, err
	}
	switch {
	case header[3] != 0 || len(greeting) < 3:
		return 0, wrong(s.head())
	case greeting[0] == mysqlErr:
		return 0, mysqlRefusal(binary.LittleEndian.Uint16(greeting[1:]), greeting[3:])
	case greeting[0] == mysqlProtocol9 || greeting[0] == mysqlProtocol10:
		version, rest, ended := bytes.Cut(greeting[1:], []byte{0})
		if ended && len(version) > 0 && len(rest) >= mysqlRest {
			if len(rest) >= mysqlRest+2 {
				capabilities = binary.LittleEndian.Uint16(rest[mysqlRest:])
			}
			return capabilities, nil
		}
	}
	return 0, wrong(s.head())
}

// mysqlRefusal judges an error in place of a greeting.
func mysqlRefusal(code uint16, text []byte) error {
	switch {
	case code == mysqlBlocked:
		return fault{reason: look.HostBlocked, detail: printable(text)}
	case slices.Contains(mysqlTurnsAway, code):
		return errTurnedAway
	}
	return unavailable(text)
}

// mysqlRest is how long a greeting is at least after the version: the number of
// the connection, eight bytes to scramble a password with, and a zero.
const mysqlRest = 4 + 8 + 1
