package service

import (
	"crypto/rand"
	"encoding/binary"
	"slices"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// DNS (RFC 1035) is asked for the name servers of the root, without recursion:
// whoever resolves has them at hand, and whoever does not says so. With recursion
// a resolver that reaches only the zones inside would be asked for what it cannot
// have, and say nothing for as long as it tries. Only one that fails is asked
// again with recursion: it may mind that there was none.

//
// Whoever has a question of their own wants it answered as clients get it: with
// recursion desired, at once.

// dnsAsk asks over UDP.
func dnsAsk(recursive bool) func(look.Target) (query []byte, judge func(answer []byte) error) {
	return func(t look.Target) ([]byte, func([]byte) error) {
		q := newDNSQuery(t, recursive)
		return q.packed, q.judge
	}
}

// dnsTalk asks over TCP, where each message has its length before it (RFC 1035
// section 4.2.2).
func dnsTalk(recursive bool) func(*session) error {
	return func(s *session) error {
		q := newDNSQuery(s.target, recursive)
		if err := s.send(string(binary.BigEndian.AppendUint16(nil, uint16(len(q.packed)))) + string(q.packed)); err != nil { //nolint:gosec // one name
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
		return q.judge(answer)
	}
}

// dnsQuery is a query and what its answer must be.
type dnsQuery struct {
	id     uint16
	packed []byte
	// wanted is nil where any answer but SERVFAIL says that the server serves.
	wanted *look.DNS
	last   bool // there is no other way to ask
}

// newDNSQuery makes the query for t: its own, or . NS IN, with recursion desired or
// not (RFC 1035 section 4.1.1).
func newDNSQuery(t look.Target, recursive bool) dnsQuery {
	var id [2]byte
	_, _ = rand.Read(id[:]) // never fails
	q := dnsQuery{id: binary.BigEndian.Uint16(id[:]), wanted: t.DNS, last: recursive || t.DNS != nil}
	question := dnsmessage.Question{Name: dnsmessage.MustNewName("."), Type: dnsmessage.TypeNS, Class: dnsmessage.ClassINET}
	if t.DNS != nil {
		question.Name, question.Type = dnsmessage.MustNewName(t.DNS.Name), dnsmessage.Type(t.DNS.Type)
	}
	query := dnsmessage.Message{Header: dnsmessage.Header{ID: q.id, RecursionDesired: q.last}, Questions: []dnsmessage.Question{question}}
	var err error
	if q.packed, err = query.Pack(); err != nil {
		panic(err) // the options were checked
	}
	return q
}

// judge judges an answer. Any response code but SERVFAIL says that the server
// serves: not everybody, maybe. Where an answer is wanted, it must be that.
func (q dnsQuery) judge(answer []byte) error {
	var parser dnsmessage.Parser
	header, err := parser.Start(answer)
	switch {
	case err != nil || header.ID != q.id || !header.Response:
		return wrong(answer)
	case q.wanted != nil && len(q.wanted.Codes) > 0:
		return q.oneOf(look.RCode(header.RCode)) //nolint:gosec // four bits
	case header.RCode == dnsmessage.RCodeServerFailure && !q.last:
		return nextWay{unavailable([]byte("SERVFAIL"))}
	case header.RCode == dnsmessage.RCodeServerFailure:
		return unavailable([]byte("SERVFAIL"))
	case q.wanted == nil:
		return nil
	}
	return q.hasRecord(header, &parser, answer)
}

// hasRecord judges an answer that should have a record.
func (q dnsQuery) hasRecord(header dnsmessage.Header, parser *dnsmessage.Parser, answer []byte) error {
	switch {
	case header.RCode != dnsmessage.RCodeSuccess:
		return q.unexpected(look.RCode(header.RCode).String()) //nolint:gosec // four bits
	case header.Truncated: // there is more than fits
		return nil
	}
	if err := parser.SkipAllQuestions(); err != nil {
		return wrong(answer)
	}
	records, aliases := q.records(parser)
	// An alias may lead to where this server does not.
	if away := aliases > 0 && !header.RecursionAvailable && !hasSOA(parser); records == 0 && !away {
		return q.unexpected("NOERROR, but no record")
	}
	return nil
}

// hasSOA tells whether what comes after the answers begins with an SOA.
func hasSOA(parser *dnsmessage.Parser) bool {
	_ = parser.SkipAllAnswers() // the rest of them
	authority, err := parser.AuthorityHeader()
	return err == nil && authority.Type == dnsmessage.TypeSOA
}

// records counts the records of the type that is wanted, and the aliases on the way to
// them (RFC 1034 section 4.3.2). At the end of aliases may be none: then an SOA says
// that this is so (RFC 2308 section 2.2).
func (q dnsQuery) records(parser *dnsmessage.Parser) (wanted, aliases int) {
	for {
		record, err := parser.AnswerHeader()
		switch {
		case err != nil:
			return wanted, aliases
		case record.Type == dnsmessage.Type(q.wanted.Type):
			wanted++
		case record.Type == dnsmessage.TypeCNAME:
			aliases++
		}
		if parser.SkipAnswer() != nil {
			return wanted, aliases
		}
	}
}

// oneOf judges a code where some codes are wanted.
func (q dnsQuery) oneOf(code look.RCode) error {
	switch {
	case slices.Contains(q.wanted.Codes, code):
		return nil
	case dnsmessage.RCode(code) == dnsmessage.RCodeServerFailure:
		return unavailable([]byte(code.String()))
	}
	return q.unexpected(code.String())
}

func (q dnsQuery) unexpected(got string) error {
	return fault{reason: look.UnexpectedAnswer, detail: printable([]byte(got + " for " + q.wanted.Type.String() + " " + q.wanted.Name))}
}
