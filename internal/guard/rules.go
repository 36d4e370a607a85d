package guard

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// rule is one word of a list: a network, or a name.
type rule struct {
	prefix netip.Prefix  // invalid in a rule about names
	name   endpoint.Host // empty in a rule about addresses
	below  bool          // names below name too
}

// String writes the rule as a user does.
func (r rule) String() string {
	switch {
	case r.ofAddresses():
		return shown(r.prefix)
	case r.below:
		return "." + string(r.name)
	}
	return string(r.name)
}

// shown writes a network of one address as that address.
func shown(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

func (r rule) ofAddresses() bool { return r.prefix.IsValid() }

// contains tells whether the rule is about addr, which has no zone.
func (r rule) contains(addr netip.Addr) bool { return r.ofAddresses() && r.prefix.Contains(addr) }

// matches tells whether the rule is about the name h.
func (r rule) matches(h endpoint.Host) bool {
	if r.ofAddresses() {
		return false
	}
	return h == r.name || r.below && strings.HasSuffix(string(h), "."+string(r.name))
}

// FromEnvironment reads the rules. lookup is os.LookupEnv. There is an error for each
// variable that is malformed: it names the variable and quotes the word that is
// wrong. A variable that is set and empty is malformed too, since it may have been
// meant to have rules.
func FromEnvironment(lookup func(string) (string, bool)) (Policy, []error) {
	var p Policy
	var errs []error
	for _, list := range []struct {
		name  string
		rules *[]rule
	}{{Allow, &p.allow}, {Deny, &p.deny}} {
		text, set := lookup(list.name)
		if !set {
			continue
		}
		rules, err := parse(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("the environment variable %s %w. %s", list.name, err, expectedRules))
		}
		*list.rules = rules
	}
	return p, errs
}

const expectedRules = `Expected networks, addresses, names and suffixes of names with commas or spaces between them, such as "10.0.0.0/8, 2001:db8::1, .corp.example.com"`

// maxRules bounds a list: each address is held to each of its rules.
const maxRules = 1000

// parse reads a list. The error begins with a verb.
func parse(text string) ([]rule, error) {
	words := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(", \t\r\n", c) })
	switch {
	case len(words) == 0:
		return nil, errors.New("is set and has no rule: unset it, or give it some")
	case len(words) > maxRules:
		return nil, fmt.Errorf("has %d rules, and at most %d are read", len(words), maxRules)
	}
	rules := make([]rule, len(words))
	for i, word := range words {
		r, err := parseRule(word)
		if err != nil {
			return nil, fmt.Errorf("has %s: %w", endpoint.Quote(word), err)
		}
		rules[i] = r
	}
	return rules, nil
}

func parseRule(word string) (rule, error) {
	if strings.Contains(word, "/") {
		return parseNetwork(word)
	}
	suffix, below := strings.CutPrefix(word, ".")
	h, err := endpoint.ParseHost(suffix)
	if err != nil {
		return rule{}, err
	}
	addr, isAddr := h.Addr()
	switch {
	case isAddr && below:
		return rule{}, errors.New("it is an address with a dot before it")
	case isAddr && addr.Zone() != "":
		return rule{}, errors.New("it has a zone, and a rule is about an address on every interface")
	case isAddr:
		return rule{prefix: netip.PrefixFrom(addr, addr.BitLen())}, nil
	}
	return rule{name: h, below: below}, nil
}

func parseNetwork(word string) (rule, error) {
	prefix, err := netip.ParsePrefix(word)
	switch {
	case err != nil:
		return rule{}, errors.New("it is not a CIDR")
	case prefix.Addr().Is4In6():
		return rule{}, errors.New("it is an IPv4-mapped network, which is written in its IPv4 form")
	case prefix != prefix.Masked():
		return rule{}, fmt.Errorf("it has host bits set, and its network is %s", prefix.Masked())
	}
	return rule{prefix: prefix}, nil
}
