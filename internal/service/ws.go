package service

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the protocol wants it
	"encoding/base64"
	"io"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// WebSocket begins with a request to HTTP/1.1 to go over to it (RFC 6455 section 4). The
// connection is then closed as the protocol has it (section 7).

// alpnWS keeps TLS from agreeing on HTTP/2, where WebSocket begins in another way (RFC
// 8441).
var alpnWS = []string{protocolHTTP1}

// wsGUID is what a server adds to the key of the request (section 1.3).
const wsGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// wsClose is a frame that closes with the code 1000 (sections 5.2, 5.5.1 and 7.4.1), under
// a mask that nobody can foresee (section 5.3).
func wsClose() string {
	const final, masked, size = "\x88", 0x80, 2
	var mask [4]byte
	_, _ = rand.Read(mask[:]) // it never fails
	const code = 1000
	return final + string([]byte{masked | size, mask[0], mask[1], mask[2], mask[3], code>>8 ^ mask[0], code&0xff ^ mask[1]})
}

// wsTalk makes the opening handshake and closes.
func wsTalk(s *session) error {
	request, err := httpRequest(s.target)
	if err != nil {
		return fault{reason: look.WrongProtocol, detail: printable([]byte(err.Error()))}
	}
	var nonce [16]byte
	_, _ = rand.Read(nonce[:])
	key := base64.StdEncoding.EncodeToString(nonce[:])
	request.Close = false // it goes on after the answer
	for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key} {
		request.Header.Set(name, value)
	}
	response, err := s.roundTrip(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	err = s.wsFault(response, key)
	if err != nil && response.StatusCode == http.StatusBadRequest {
		err = nextWay{err} // as in httpTalk
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		s.leave()
		return err
	}
	if err := s.send(wsClose()); err != nil {
		return err
	}
	s.hurry()
	_, _ = io.Copy(io.Discard, s.in) // the server closes first (section 7.1.1)
	return err
}

// wsFault judges an answer, nil if it passes.
func (s *session) wsFault(response *http.Response, key string) error {
	said := response.Proto + " " + response.Status
	if options := s.target.HTTP; options != nil && len(options.Status) > 0 {
		if err := s.statusFault(response.StatusCode, said); err != nil {
			return err
		}
	} else if !wsSpeaks(response) {
		s.hurry()
		if err := s.refusedInHTTP(response); err != nil {
			return err
		}
		return fault{reason: look.StatusReason(response.StatusCode), detail: printable([]byte(said))}
	}
	if response.StatusCode == http.StatusSwitchingProtocols && !wsAccepts(response.Header, key) {
		return wrong(s.head())
	}
	return s.asExpected(response)
}

// wsSpeaks tells whether an answer is that of a WebSocket server: it agrees, or wants a
// login or another origin (section 10.2), or does not like the request and says which
// version it speaks (section 4.4).
func wsSpeaks(response *http.Response) bool {
	switch response.StatusCode {
	case http.StatusSwitchingProtocols, http.StatusUnauthorized, http.StatusForbidden:
		return true
	case http.StatusBadRequest, http.StatusUpgradeRequired:
		return response.Header.Get("Sec-WebSocket-Version") != ""
	}
	return false
}

// wsAccepts tells whether a server goes over to WebSocket for the request with key
// (section 4.1).
func wsAccepts(header http.Header, key string) bool {
	sum := sha1.Sum([]byte(key + wsGUID)) //nolint:gosec // as above
	return strings.EqualFold(header.Get("Upgrade"), "websocket") &&
		httpguts.HeaderValuesContainsToken(header.Values("Connection"), "Upgrade") &&
		header.Get("Sec-WebSocket-Accept") == base64.StdEncoding.EncodeToString(sum[:])
}
