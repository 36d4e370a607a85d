package service

import (
	"bytes"
	"encoding/json"
)

// natsUnavailable are the errors of a server that cannot serve (NATS client protocol,
// docs.nats.io, +OK/ERR; the server's server/errors.go), in lower case. With any
// other, such as an authorization violation, it minds the client.
var natsUnavailable = []string{"maximum connections exceeded", "server is shutting down", "server shutdown"}

// natsTalk: NATS greets with INFO and a JSON object, also where a client then
// has to speak TLS (NATS client protocol, docs.nats.io). One that is full greets
// all the same, then says so and closes the connection.
func natsTalk(s *session) error {
	line, err := s.line()
	if err != nil {
		return err
	}
	options, ok := bytes.CutPrefix(line, []byte("INFO "))
	if options = bytes.TrimSpace(options); !ok || !bytes.HasPrefix(options, []byte("{")) || !json.Valid(options) {
		return wrong(s.head())
	}
	said := s.leave()
	for _, words := range natsUnavailable {
		if bytes.HasPrefix(bytes.ToLower(said), []byte("-err '"+words)) {
			return unavailable(bytes.TrimSpace(said))
		}
	}
	return nil
}
