package service

// SOCKS version 5 (RFC 1928 section 3): the client says which methods of authentication
// it has, and the server chooses one of them, or none. It is left before the first step
// of a method, so that no credentials are needed.

const (
	socks5Version = 0x05
	socks5None    = 0xff // no acceptable methods: it minds the client
)

// socks5Methods are those of RFC 1928: without authentication, GSSAPI (RFC 1961), and
// user name and password (RFC 1929). With all of them no server has to log that it
// wants another one. Their number is no method among them, so that an echo is no choice.
const socks5Methods = "\x00\x01\x02"

// socks5Talk: whoever chooses a method serves. The protocol has no way to say here that
// the server cannot.
func socks5Talk(s *session) error {
	if err := s.send("\x05\x03" + socks5Methods); err != nil {
		return err
	}
	choice, err := s.read(2)
	switch {
	case err != nil:
		return err
	case choice[0] != socks5Version, int(choice[1]) >= len(socks5Methods) && choice[1] != socks5None:
		return wrong(s.head())
	}
	s.leave()
	return nil
}
