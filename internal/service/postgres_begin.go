package service

import (
	"encoding/binary"
	"slices"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Messages of the backend
// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
const (
	postgresAuthentication  = 'R'
	postgresErrorResponse   = 'E'
	postgresNotice          = 'N'
	postgresParameterStatus = 'S'
	postgresBackendKeyData  = 'K'
	postgresNegotiate       = 'v' // NegotiateProtocolVersion
	postgresReady           = 'Z' // ReadyForQuery
)

// postgresTerminate ends a connection that has begun. Before, a client just goes.
const postgresTerminate = "X\x00\x00\x00\x04"

// authenticationOk needs no password.
const authenticationOk = 0

// postgresBegin sends a StartupMessage and judges what comes of it
// (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP).
// A server that wants a password would take connections. One that lets everybody in
// is waited for until it is ready.
func postgresBegin(s *session) error {
	if err := s.send(postgresStartup(*s.target.Postgres)); err != nil {
		return err
	}
	for begun := false; ; {
		kind, body, err := postgresMessage(s)
		switch {
		case err != nil:
			return err
		case kind == postgresErrorResponse:
			return postgresRefusal(s, body)
		case kind == postgresAuthentication && !begun && len(body) >= 4:
			if begun = binary.BigEndian.Uint32(body) == authenticationOk; !begun {
				s.leave()
				return nil
			}
		case kind == postgresReady && begun:
			err := s.send(postgresTerminate)
			s.leave()
			return err
		case !slices.Contains(postgresBetween[begun], kind):
			return wrong(s.head())
		}
	}
}

// postgresBetween are the messages that may come before a server lets us in, and after
// that.
var postgresBetween = map[bool][]byte{
	false: {postgresNotice, postgresNegotiate},
	true:  {postgresNotice, postgresParameterStatus, postgresBackendKeyData},
}

// postgresStartup is a StartupMessage of protocol 3.0.
func postgresStartup(as look.Postgres) string {
	body := "\x00\x03\x00\x00user\x00" + as.User + "\x00"
	if as.Database != "" {
		body += "database\x00" + as.Database + "\x00"
	}
	body += "application_name\x00" + userAgent + "\x00\x00"
	return string(binary.BigEndian.AppendUint32(nil, uint32(4+len(body)))) + body //nolint:gosec // two names
}

// postgresMessage reads one message: its type and what follows its length.
func postgresMessage(s *session) (kind byte, body []byte, err error) {
	head, err := s.read(5)
	if err != nil {
		return 0, nil, err
	}
	if !slices.Contains([]byte("RENSKvZ"), head[0]) { // or anything could have a length
		return 0, nil, wrong(s.head())
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n < 4 || n > maxAnswer {
		return 0, nil, wrong(s.head())
	}
	body, err = s.read(int(n) - 4)
	return head[0], body, err
}
