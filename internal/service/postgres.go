package service

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// PostgreSQL is asked whether it speaks TLS, which every server since 7.1
// answers with one byte, and poolers in front of it too
// (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL).
// A server of version 17 that also takes TLS at once answers it no less. More
// is not to be had without naming a user, which is an attempt to log in. Where a user
// is named, the connection is begun as pg_isready does, and left when the server asks
// for a password.

// sslRequest is the SSLRequest
// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
const sslRequest = "\x00\x00\x00\x08\x04\xd2\x16\x2f"

// postgresTalk sends an SSLRequest, shakes hands where TLS is offered, and begins a
// connection where a user is named.
func postgresTalk(s *session) error {
	if err := s.send(sslRequest); err != nil {
		return err
	}
	answer, err := s.read(1)
	if err != nil {
		return err
	}
	switch {
	case answer[0] == 'E':
		return postgresError(s)
	case answer[0] != 'S' && answer[0] != 'N', s.in.Buffered() > 0:
		return wrong(s.head())
	case answer[0] == 'S':
		if err := s.startTLS(nil); err != nil {
			return err
		}
	}
	if s.target.Postgres != nil {
		return postgresBegin(s)
	}
	// It is our turn: a server that says more is another.
	if len(s.leave()) > 0 {
		return wrong(s.head())
	}
	return nil
}

// postgresError judges what follows the 'E' of an ErrorResponse: a server that
// is too old for TLS says so, others say that they cannot serve.
func postgresError(s *session) error {
	size, err := s.in.Peek(4)
	if err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(size)
	if n > maxAnswer {
		return postgresOldError(s)
	}
	body, err := s.read(max(4, int(n)))
	if err != nil {
		return err
	}
	return postgresRefusal(s, body[4:])
}

// postgresRefusal judges the fields of an ErrorResponse.
func postgresRefusal(s *session, body []byte) error {
	fields := postgresFields(body)
	code := fields['C']
	if len(code) != 5 {
		return wrong(s.head())
	}
	for class, matters := range postgresRefusals {
		if strings.HasPrefix(code, class) && matters(s, fields['M']) {
			return unavailable([]byte(code + ": " + nameless(s.target.Postgres, fields['M'])))
		}
	}
	return nil
}

// postgresRefusals are the classes of errors that tell of a server which does not
// serve, and when they do
// (https://www.postgresql.org/docs/current/errcodes-appendix.html). With any other
// the server only minds the user or the request: 28000 and 28P01 (who may log in),
// 42501 (privileges), 0A000 (features). Of these, pg_isready takes 57P03 alone for a
// refusal (internal_ping in libpq's fe-connect.c), and any other for a server that is
// up; but then no client has got in.
var postgresRefusals = map[string]func(s *session, said string) bool{
	"08": ofThePooler,   // connection exceptions: poolers without their back end
	"3D": namesDatabase, // the database does not exist
	"53": always,        // insufficient resources, 53300 among them: too many connections
	"55": always,        // 55000: the database takes no connections
	"57": always,        // operator intervention: starting up, shutting down, recovering (57P03)
	"58": always,        // system errors
	"XX": ofThePooler,   // internal errors
}

// nameless is what a server says, in whatever language, without the names that it was
// given: they may be secrets.
func nameless(as *look.Postgres, said string) string {
	if as == nil {
		return said
	}
	for _, name := range []string{as.User, as.Database} {
		if name != "" {
			quoted := regexp.MustCompile(`[\p{Pi}\p{Pf}\x{201e}"'][\s\p{Zs}]*` + regexp.QuoteMeta(name) + `[\s\p{Zs}]*[\p{Pi}\p{Pf}"']|(: )` + regexp.QuoteMeta(name) + `$`)
			said = quoted.ReplaceAllString(said, "$1...")
		}
	}
	return said
}

func always(*session, string) bool { return true }

// namesDatabase tells whether the user has said which database must be there.
func namesDatabase(s *session, _ string) bool {
	return s.target.Postgres != nil && s.target.Postgres.Database != ""
}

// poolersMind are the words of poolers about the user alone, or about the server that the
// user's name or TLS should lead to. They have one code for everything that they say:
// PgBouncer 08P01 (src/client.c, src/objects.c), Supavisor XX000 (tenant_not_found_error.ex),
// CockroachDB's proxy 08004 (pkg/ccl/sqlproxyccl/error.go).
var poolersMind = []string{
	"no such user", "login rejected", "authentication failed", "SSL required", "no authentication method",
	"Tenant or user not found", "(ENOTFOUND) tenant/user ",
	"codeParamsRoutingFailed", "codeAuthFailed", "server requires encryption",
	"Endpoint ID is not specified", // Neon's proxy
}

// ofThePooler tells whether a pooler minds more than the user.
func ofThePooler(s *session, said string) bool {
	minds := func(words string) bool { return strings.Contains(said, words) }
	return !slices.ContainsFunc(poolersMind, minds) && (!minds("no such database") || namesDatabase(s, said))
}

// postgresFields are the fields of an ErrorResponse by their type.
func postgresFields(body []byte) map[byte]string {
	fields := make(map[byte]string)
	for len(body) > 1 {
		value, rest, ended := bytes.Cut(body[1:], []byte{0})
		if !ended {
			break
		}
		fields[body[0]] = string(value)
		body = rest
	}
	return fields
}

// postgresOldError judges the form of an ErrorResponse in protocol 2: a line
// and a zero. Servers still send it where they cannot start a process
// (report_fork_failure_to_client in PostgreSQL's postmaster.c).
func postgresOldError(s *session) error {
	line, err := s.line()
	if err != nil {
		return err
	}
	end, err := s.read(1)
	if err != nil {
		return err
	}
	if end[0] != 0 {
		return wrong(s.head())
	}
	return unavailable(line)
}
