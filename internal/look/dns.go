package look

import (
	"maps"
	"slices"
	"strconv"
)

// DNS says what to ask a name server, and what it must answer.
type DNS struct {
	Name  string // absolute, with the dot at its end
	Type  RecordType
	Codes []RCode // what passes; empty: NOERROR with at least one record
}

// RecordType is a type of record (IANA, "Resource Record (RR) TYPEs").
type RecordType uint16

// recordTypes are those that can be asked for.
var recordTypes = map[RecordType]string{
	1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 35: "NAPTR",
	43: "DS", 44: "SSHFP", 48: "DNSKEY", 52: "TLSA", 64: "SVCB", 65: "HTTPS", 257: "CAA",
}

// RCode is the code of an answer (RFC 1035 section 4.1.1, RFC 2136 section 2.2).
type RCode uint8

// rcodes are those that servers answer queries with.
var rcodes = map[RCode]string{
	0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED",
	6: "YXDOMAIN", 7: "YXRRSET", 8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE",
}

func (t RecordType) String() string { return wordOf(recordTypes, t) }
func (c RCode) String() string      { return wordOf(rcodes, c) }

// RecordTypes returns the types that can be asked for.
func RecordTypes() []RecordType { return slices.Sorted(maps.Keys(recordTypes)) }

// RCodes returns the codes that have a name.
func RCodes() []RCode { return slices.Sorted(maps.Keys(rcodes)) }

func wordOf[K ~uint8 | ~uint16](words map[K]string, k K) string {
	if word := words[k]; word != "" {
		return word
	}
	return strconv.Itoa(int(k))
}
