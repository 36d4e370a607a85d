package service

import (
	"bytes"
	"cmp"
	"encoding/json"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// NATS greets with INFO and a JSON object (NATS client protocol, docs.nats.io), after
// which a client may have to speak TLS. One with handshake_first in its configuration
// wants TLS before it, and is silent until then. A server that is full greets all the
// same, then says so and closes the connection.

// natsUnavailable are the errors of a server that cannot serve (NATS client protocol,
// docs.nats.io, +OK/ERR; the server's server/errors.go), in lower case. With any
// other, such as an authorization violation, it minds the client.
var natsUnavailable = []string{"maximum connections exceeded", "server is shutting down", "server shutdown"}

// natsInfo has what is read of an INFO.
type natsInfo struct {
	TLSRequired  bool `json:"tls_required"`
	TLSAvailable bool `json:"tls_available"`
}

// natsTalk looks at no certificate.
func natsTalk(tlsFirst bool) func(*session) error {
	return func(s *session) error {
		s.target.TLS = &look.TLS{Verify: look.VerifyNever}
		if _, err := natsGreets(s, tlsFirst); err != nil {
			return err
		}
		return natsLeave(s)
	}
}

// natsTLS goes as far as the handshake: what comes after it takes a login.
func natsTLS(tlsFirst bool) func(*session) error {
	return func(s *session) error {
		info, err := natsGreets(s, tlsFirst)
		switch {
		case err != nil:
			return err
		case s.encrypted():
			return natsLeave(s)
		case !info.TLSRequired && !info.TLSAvailable:
			if err := natsLeave(s); err != nil {
				return err
			}
			return fault{reason: look.NoSTARTTLS, detail: printable(s.head())}
		}
		if said, _ := s.in.Peek(s.in.Buffered()); len(said) > 0 {
			// Bytes that came in clear must not pass for an answer over TLS.
			return cmp.Or(natsSaid(said), wrong(s.head()))
		}
		if err := s.startTLS(nil); err != nil {
			return err
		}
		return natsLeave(s)
	}
}

// natsGreets reads an INFO. If tlsFirst is true and none comes, TLS goes first; a
// server that only greets late is asked anew, and waited for.
func natsGreets(s *session, tlsFirst bool) (info natsInfo, err error) {
	if tlsFirst {
		if err = s.await(min(lingering, time.Until(s.deadline)/2)); IsTimeout(err) {
			err = s.startTLS(nil)
		}
	}
	switch {
	case err != nil && bytes.HasPrefix(s.head(), []byte(natsGreeting)):
		return info, nextWay{err}
	case err != nil:
		return info, err
	}
	line, err := s.line()
	if err != nil {
		return info, err
	}
	options, ok := bytes.CutPrefix(line, []byte(natsGreeting))
	if !ok || !bytes.HasPrefix(bytes.TrimSpace(options), []byte("{")) || json.Unmarshal(options, &info) != nil {
		return info, wrong(s.head())
	}
	return info, nil
}

// natsGreeting begins the greeting.
const natsGreeting = "INFO "

// natsLeave hears the last words of a server.
func natsLeave(s *session) error { return natsSaid(s.leave()) }

// natsSaid judges what a server said after it greeted.
func natsSaid(said []byte) error {
	for _, words := range natsUnavailable {
		if bytes.HasPrefix(bytes.ToLower(said), []byte("-err '"+words)) {
			return unavailable(bytes.TrimSpace(said))
		}
	}
	return nil
}
