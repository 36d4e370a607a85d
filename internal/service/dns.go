package service

import (
	"crypto/rand"
	"encoding/binary"

	"golang.org/x/net/dns/dnsmessage"
)

// DNS (RFC 1035) is asked for the name servers of the root, without recursion:
// whoever resolves has them at hand, and whoever does not says so. With recursion
// a resolver that reaches only the zones inside would be asked for what it cannot
// have, and say nothing for as long as it tries. Only one that fails is asked
// again with recursion: it may mind that there was none.

// dnsAsk asks over UDP.
func dnsAsk(recursive bool) func() (query []byte, judge func(answer []byte) error) {
	return func() ([]byte, func([]byte) error) {
		id := dnsID()
		return dnsQuery(id, recursive), func(answer []byte) error { return dnsJudge(id, recursive, answer) }
	}
}

// dnsTalk asks over TCP, where each message has its length before it (RFC 1035
// section 4.2.2).
func dnsTalk(recursive bool) func(*session) error {
	return func(s *session) error { return dnsOverTCP(s, recursive) }
}

func dnsOverTCP(s *session, recursive bool) error {
	id := dnsID()
	query := dnsQuery(id, recursive)
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
	return dnsJudge(id, recursive, answer)
}

func dnsID() uint16 {
	var id [2]byte
	_, _ = rand.Read(id[:]) // never fails
	return binary.BigEndian.Uint16(id[:])
}

// dnsQuery asks . NS IN, with recursion desired or not (RFC 1035 section 4.1.1).
func dnsQuery(id uint16, recursive bool) []byte {
	query := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: recursive},
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
func dnsJudge(id uint16, recursive bool, answer []byte) error {
	var parser dnsmessage.Parser
	header, err := parser.Start(answer)
	switch {
	case err != nil || header.ID != id || !header.Response:
		return wrong(answer)
	case header.RCode == dnsmessage.RCodeServerFailure && !recursive:
		return errNextWay
	case header.RCode == dnsmessage.RCodeServerFailure:
		return unavailable([]byte("SERVFAIL"))
	}
	return nil
}
