package probe

import (
	"crypto/rand"
	"encoding/binary"

	"golang.org/x/net/dns/dnsmessage"
)

// DNS (RFC 1035) is asked for the name servers of the root, without recursion:
// whoever resolves has them at hand, and whoever does not says so. With recursion
// a resolver that reaches only the zones inside would be asked for what it cannot
// have, and say nothing for as long as it tries.

// dnsAsk asks over UDP.
func dnsAsk() (query []byte, judge func(answer []byte) error) {
	id := dnsID()
	return dnsQuery(id), func(answer []byte) error { return dnsJudge(id, answer) }
}

// dnsTalk asks over TCP, where each message has its length before it (RFC 1035
// section 4.2.2).
func dnsTalk(s *session) error {
	id := dnsID()
	query := dnsQuery(id)
	if err := s.send(string(binary.BigEndian.AppendUint16(nil, uint16(len(query)))) + string(query)); err != nil { //nolint:gosec // 17 bytes
		return err
	}
	length, err := s.read(2)
	if err != nil {
		return err
	}
	answer, err := s.read(int(binary.BigEndian.Uint16(length)))
	if err != nil {
		return err
	}
	return dnsJudge(id, answer)
}

func dnsID() uint16 {
	var id [2]byte
	_, _ = rand.Read(id[:]) // never fails
	return binary.BigEndian.Uint16(id[:])
}

// dnsQuery asks . NS IN, with no recursion desired (RFC 1035 section 4.1.1).
func dnsQuery(id uint16) []byte {
	query := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName("."), Type: dnsmessage.TypeNS, Class: dnsmessage.ClassINET}},
	}
	packed, err := query.Pack()
	if err != nil {
		panic(err) // it is always the same
	}
	return packed
}

// dnsJudge judges an answer. Any response code but SERVFAIL says that the server
// serves: not everybody, maybe.
func dnsJudge(id uint16, answer []byte) error {
	var parser dnsmessage.Parser
	header, err := parser.Start(answer)
	switch {
	case err != nil || header.ID != id || !header.Response:
		return wrong(answer)
	case header.RCode == dnsmessage.RCodeServerFailure:
		return unavailable([]byte("SERVFAIL"))
	}
	return nil
}
