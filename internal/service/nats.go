package service

import (
	"bytes"
	"encoding/json"
)

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
	if bytes.HasPrefix(bytes.ToLower(said), []byte("-err 'maximum connections exceeded'")) {
		return unavailable(bytes.TrimSpace(said))
	}
	return nil
}
