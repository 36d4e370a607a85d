package probe

import (
	"bytes"
	"encoding/json"
)

// natsTalk: NATS greets with INFO and a JSON object, also where a client then
// has to speak TLS (NATS client protocol, docs.nats.io).
func natsTalk(s *session) error {
	line, err := s.line()
	if err != nil {
		return err
	}
	options, ok := bytes.CutPrefix(line, []byte("INFO "))
	if options = bytes.TrimSpace(options); !ok || !bytes.HasPrefix(options, []byte("{")) || !json.Valid(options) {
		return wrong(s.head())
	}
	s.leave()
	return nil
}
