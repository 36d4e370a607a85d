package service

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// XMPP is asked to open a stream as a client does (RFC 6120 section 4), which comes
// before any login. With TLS from the beginning: XEP-0368.

// alpnXMPP is what a client offers where TLS comes first (XEP-0368 section 2).
var alpnXMPP = []string{"xmpp-client"}

// Namespaces (RFC 6120 sections 4.8, 4.9.2 and 5.4.2.1).
const (
	xmppStreams = "http://etherx.jabber.org/streams"
	xmppTLS     = "urn:ietf:params:xml:ns:xmpp-tls"
)

// xmppUnavailable are the errors of a server that cannot serve (RFC 6120 section 4.9.3).
// With any other, such as a domain that it does not know, it minds the client.
var xmppUnavailable = map[string]bool{
	"internal-server-error": true, "remote-connection-failed": true, "resource-constraint": true, "system-shutdown": true,
}

// xmppAnswer is what a server says once a stream is open: what it offers, or an error.
type xmppAnswer struct {
	StartTLS   *struct{} `xml:"urn:ietf:params:xml:ns:xmpp-tls starttls"`
	Conditions []struct {
		XMLName xml.Name
		Text    string `xml:",chardata"`
	} `xml:",any"`
}

// xmppTalk opens a stream and closes it again.
func xmppTalk(s *session) error {
	in, err := xmppOpen(s)
	if err == nil && s.wantsTLS() && !s.encrypted() {
		if err = xmppStartTLS(s, in); err == nil {
			_, err = xmppOpen(s)
		}
	}
	if f, ok := errors.AsType[fault](err); err != nil && !errors.Is(err, errTurnedAway) && (!ok || f.reason == look.WrongProtocol) {
		return err
	}
	_ = s.send("</stream:stream>") // section 4.4
	s.leave()
	return err
}

// xmppOpen opens a stream and reads up to what the server offers. The domain is the
// name that TLS verifies, which need not be the host's (section 13.7.2).
func xmppOpen(s *session) (*xml.Decoder, error) {
	domain := s.target.Host.InURL()
	if options := s.target.TLS; options != nil && options.ServerName != "" {
		domain = endpoint.Host(options.ServerName).InURL()
	}
	err := s.send("<?xml version='1.0'?><stream:stream to='" + domain + "' version='1.0' xml:lang='en' xmlns='jabber:client' xmlns:stream='" + xmppStreams + "'>")
	if err != nil {
		return nil, err
	}
	if first, err := s.in.Peek(1); err != nil {
		return nil, err
	} else if first[0] != '<' { // the text might never end
		return nil, wrong(s.head())
	}
	in := xml.NewDecoder(s.in)
	header, err := s.element(in)
	switch {
	case err != nil:
		return nil, err
	case header.Name != xml.Name{Space: xmppStreams, Local: "stream"} || attribute(header, "id") == "": // an echo has none
		return nil, wrong(s.head())
	case attribute(header, "version") == "" && !s.wantsTLS(): // from before RFC 3920, and offers nothing (section 4.7.5)
		return in, nil
	}
	return in, xmppOffers(s, in)
}

// xmppOffers reads what the server offers.
func xmppOffers(s *session, in *xml.Decoder) error {
	begin, err := s.element(in)
	if err != nil {
		return err
	}
	var answer xmppAnswer
	if err := in.DecodeElement(&answer, &begin); err != nil {
		return s.xmlFault(err)
	}
	switch begin.Name {
	case xml.Name{Space: xmppStreams, Local: "features"}:
		if s.wantsTLS() && !s.encrypted() && answer.StartTLS == nil {
			return fault{reason: look.NoSTARTTLS, detail: printable(s.head())}
		}
		return nil
	case xml.Name{Space: xmppStreams, Local: "error"}:
		return s.xmppRefused(answer)
	}
	return wrong(s.head())
}

// xmppRefused judges an error.
func (s *session) xmppRefused(answer xmppAnswer) error {
	var said []string
	failed := false
	for _, condition := range answer.Conditions {
		failed = failed || xmppUnavailable[condition.XMLName.Local]
		if condition.XMLName.Local != "text" {
			said = append(said, condition.XMLName.Local)
		}
		if text := strings.TrimSpace(condition.Text); text != "" {
			said = append(said, text)
		}
	}
	text := []byte(strings.Join(said, ": "))
	switch {
	case len(said) == 0:
		return wrong(s.head())
	case failed:
		return unavailable(text)
	case s.wantsTLS() && !s.encrypted(): // no certificate was seen
		return fault{reason: look.NoSTARTTLS, detail: printable(text)}
	}
	return errTurnedAway
}

// xmppStartTLS goes over to TLS (section 5.4.2).
func xmppStartTLS(s *session, in *xml.Decoder) error {
	if err := s.send("<starttls xmlns='" + xmppTLS + "'/>"); err != nil {
		return err
	}
	answer, err := s.element(in)
	if err == nil {
		err = s.xmlFault(in.Skip())
	}
	switch {
	case err != nil:
		return err
	case answer.Name == xml.Name{Space: xmppTLS, Local: "proceed"}:
		return s.secureNow()
	case answer.Name == xml.Name{Space: xmppTLS, Local: "failure"}:
		return fault{reason: look.NoSTARTTLS, detail: "failure"}
	}
	return wrong(s.head())
}

// element reads up to the next element that begins. A stream may have nothing but
// blanks before it (section 11.7), and no document type (section 11.1).
func (s *session) element(in *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := in.Token()
		if err != nil {
			return xml.StartElement{}, s.xmlFault(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			return token, nil
		case xml.EndElement: // of the stream
			return xml.StartElement{}, io.EOF
		case xml.CharData:
			if strings.TrimSpace(string(token)) != "" {
				return xml.StartElement{}, wrong(s.head())
			}
		case xml.Directive:
			return xml.StartElement{}, wrong(s.head())
		}
	}
}

// xmlFault tells errors of the connection from those of XML.
func (s *session) xmlFault(err error) error {
	syntax, ok := errors.AsType[*xml.SyntaxError](err)
	switch {
	case err == nil, IsTimeout(err), isEnd(err), errors.Is(err, errTooLong):
		return err
	case ok && syntax.Msg == "unexpected EOF": // encoding/xml has no other sign of it
		return io.ErrUnexpectedEOF
	}
	return wrong(s.head())
}

// attribute is the value of an attribute without a namespace.
func attribute(element xml.StartElement, name string) string {
	for _, a := range element.Attr {
		if a.Name == (xml.Name{Local: name}) {
			return a.Value
		}
	}
	return ""
}
