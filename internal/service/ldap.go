package service

import (
	"bytes"
	"fmt"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// LDAP (RFC 4511) is asked for the root DSE, the entry that describes a server
// (RFC 4512 section 5.1), which takes no bind; none of its attributes are
// asked for. Whatever a server answers, it speaks, unless it says that it cannot
// serve.

// ldapSearch is a search (RFC 4511 section 4.5.1) for the entry without a name
// itself, of any class, for no attribute; ldapUnbind ends the connection
// (section 4.3).
const (
	ldapSearch = "\x30\x2a\x02\x01" + ldapID + "\x63\x25" +
		"\x04\x00" + // base: the root
		"\x0a\x01\x00" + "\x0a\x01\x00" + // scope: base; aliases: as they are
		"\x02\x01\x00" + "\x02\x01\x00" + "\x01\x01\x00" + // limits of size and time: none; types only: no
		"\x87\x0bobjectClass" + // filter: it is there
		"\x30\x05\x04\x03" + "1.1" // attributes: none
	ldapUnbind = "\x30\x05\x02\x01\x02\x42\x00"
	ldapID     = "\x01" // of the message
)

// What answers a search (sections 4.5.2 and 4.12), and the notice that the
// server disconnects (section 4.4.1).
const (
	ldapEntry        = 0x64
	ldapReference    = 0x73
	ldapDone         = 0x65
	ldapIntermediate = 0x79
	ldapExtended     = 0x78
)

// ldapUnavailable are the codes of a server that cannot serve (RFC 4511 appendix
// A.2). With any other, such as unwillingToPerform or insufficientAccessRights, it
// minds the client.
var ldapUnavailable = map[byte]string{51: "busy", 52: "unavailable", 80: "other"}

// ldapStartTLS is an extended request with the name 1.3.6.1.4.1.1466.20037 (sections
// 4.12 and 4.14.1).
const ldapStartTLS = "\x30\x1d\x02\x01" + ldapID + "\x77\x18\x80\x161.3.6.1.4.1.1466.20037"

// ldapSecure goes over to TLS. Any result but success says that the server does not.
func ldapSecure(s *session) error {
	if err := s.send(ldapStartTLS); err != nil {
		return err
	}
	operation, content, err := ldapAnswer(s)
	if err != nil {
		return err
	}
	if operation != ldapExtended {
		return wrong(s.head())
	}
	if err := ldapResult(s, content); err != nil {
		return err
	}
	if _, code, _, _ := berElement(content); code[0] != 0 {
		_ = s.send(ldapUnbind)
		_, _, rest, _ := berElement(content) // the code
		_, _, rest, _ = berElement(rest)     // a name
		_, said, _, _ := berElement(rest)
		return fault{reason: look.NoSTARTTLS, detail: printable(fmt.Appendf(nil, "result %d: %s", code[0], said))}
	}
	return s.secureNow()
}

// ldapTalk searches for the root DSE and unbinds.
func ldapTalk(s *session) error {
	if s.wantsTLS() {
		if err := ldapSecure(s); err != nil {
			return err
		}
	}
	if err := s.send(ldapSearch); err != nil {
		return err
	}
	for {
		operation, content, err := ldapAnswer(s)
		if err != nil {
			return err
		}
		switch operation {
		case ldapEntry, ldapReference, ldapIntermediate: // the result comes after them
		case ldapDone, ldapExtended:
			if err := ldapResult(s, content); err != nil {
				return err
			}
			return s.send(ldapUnbind)
		default:
			return wrong(s.head())
		}
	}
}

// ldapAnswer reads a message that answers the search, or a notice, and returns its
// operation and content.
func ldapAnswer(s *session) (operation byte, content []byte, err error) {
	message, err := ldapMessage(s)
	if err != nil {
		return 0, nil, err
	}
	tag, id, rest, _ := berElement(message)
	operation, content, _, ok := berElement(rest)
	if !ok || tag != 0x02 || string(id) != ldapID && operation != ldapExtended { // INTEGER
		return 0, nil, wrong(s.head())
	}
	return operation, content, nil
}

// ldapResult judges an LDAPResult (section 4.1.9): a code, a name and what the
// server says.
func ldapResult(s *session, result []byte) error {
	tag, code, rest, ok := berElement(result)
	if !ok || tag != 0x0a || len(code) != 1 {
		return wrong(s.head())
	}
	name, isUnavailable := ldapUnavailable[code[0]]
	if !isUnavailable {
		return nil
	}
	_, _, rest, _ = berElement(rest)
	_, said, _, _ := berElement(rest)
	return unavailable(bytes.TrimSuffix(fmt.Appendf(nil, "%s: %s", name, said), []byte(": ")))
}

// ldapMessage reads one message and returns its content.
func ldapMessage(s *session) ([]byte, error) {
	head, err := s.read(2)
	if err != nil {
		return nil, err
	}
	if head[0] != 0x30 { // SEQUENCE
		return nil, wrong(s.head())
	}
	if head[1] <= 0x7f {
		return s.read(int(head[1]))
	}
	length, err := s.read(int(head[1] & 0x7f))
	if err != nil {
		return nil, err
	}
	n, ok := berLength(length)
	if !ok {
		return nil, wrong(s.head())
	}
	return s.read(n)
}

// berElement cuts the first element off b, which is of X.690 section 8.1 as
// LDAP restricts it (RFC 4511 section 5.1): tags of one byte, definite lengths,
// which may be longer than they need to be.
func berElement(b []byte) (tag byte, content, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, nil, false
	}
	n, at := int(b[1]), 2
	if n > 0x7f {
		at += n & 0x7f
		if at > len(b) {
			return 0, nil, nil, false
		}
		if n, ok = berLength(b[2:at]); !ok {
			return 0, nil, nil, false
		}
	}
	if n > len(b)-at {
		return 0, nil, nil, false
	}
	return b[0], b[at : at+n], b[at+n:], true
}

// berLength is a length of several bytes, no more than maxAnswer.
func berLength(b []byte) (n int, ok bool) {
	for _, digit := range b {
		n = n<<8 | int(digit)
		if n > maxAnswer {
			return 0, false
		}
	}
	return n, len(b) > 0
}
