package option

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

var dnsMap = Map{
	Name:    "dns",
	About:   "The query for services declared as `dns` or `dns-tcp`, with recursion desired, and the answer that passes",
	Schemes: []endpoint.Scheme{endpoint.DNS, endpoint.DNSTCP},
	Options: []Option{
		{
			Name:     "name",
			About:    "the name to ask for; default the root",
			Expected: `a name in ASCII, such as "www.example.com" or "_sip._tcp.example.com"`,
			set: func(d *draft, text string) error {
				d.dns().Name = strings.TrimSuffix(text, ".") + "."
				return expect(isDomain(text))
			},
		}, {
			Name:     "type",
			About:    "the type of record to ask for, such as `A`, `AAAA`, `MX` or `SOA`; default `A`, and `NS` for the root",
			Expected: oneOf(words(look.RecordTypes())),
			set: func(d *draft, text string) error {
				i := slices.Index(words(look.RecordTypes()), text)
				if i < 0 {
					return errExpected
				}
				d.dns().Type = look.RecordTypes()[i]
				return nil
			},
		}, {
			Name:     "rcode",
			About:    "response codes that pass, such as `\"NXDOMAIN\"` or `\"NOERROR,NXDOMAIN\"`; default `NOERROR` with at least one record of the answer",
			Expected: fmt.Sprintf(`response codes, such as "NOERROR" or "NOERROR,NXDOMAIN": %s`, strings.Join(words(look.RCodes()), ", ")),
			set: func(d *draft, text string) error {
				for part := range strings.SplitSeq(text, ",") {
					i := slices.Index(words(look.RCodes()), strings.TrimSpace(part))
					if i < 0 {
						return errExpected
					}
					d.dns().Codes = append(d.dns().Codes, look.RCodes()[i])
				}
				return nil
			},
		},
	},
	together: func(d *draft) error {
		question := d.dns()
		question.Name = cmp.Or(question.Name, ".")
		if question.Type == 0 {
			question.Type = typeA
			if question.Name == "." {
				question.Type = typeNS
			}
		}
		return nil
	},
	put: func(of, into *look.Target) { into.DNS = of.DNS },
}

// The default types (RFC 1035 section 3.2.2).
const (
	typeA  look.RecordType = 1
	typeNS look.RecordType = 2
)

func (d *draft) dns() *look.DNS {
	if d.DNS == nil {
		d.DNS = &look.DNS{}
	}
	return d.DNS
}

// words are the names of all.
func words[S fmt.Stringer](all []S) []string {
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = s.String()
	}
	return texts
}

// isDomain tells whether text is the root or a name of labels of 1 to 63 printable
// characters without escapes, 253 in all (RFC 1035 section 2.3.4). Labels may have
// what host names have not, such as "_" (RFC 2181 section 11).
func isDomain(text string) bool {
	if text == "." {
		return true
	}
	text = strings.TrimSuffix(text, ".")
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, func(c rune) bool { return c <= ' ' || c > '~' || c == '\\' }) {
			return false
		}
	}
	return len(text) <= 253
}
