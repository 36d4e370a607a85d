package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// asked is what the options ask for: protocols, and a source of packets.
type asked struct {
	tcp, udp bool
	// prefixes and names describe one source: an address that is in one of the
	// named groups is let in by a rule for either.
	prefixes []netip.Prefix
	names    []string
	odd      []oddOption
}

// oddOption is an option that is a source only if a rule names it.
type oddOption struct {
	index int
	text  string
}

// OptionError is the error for an option.
type OptionError struct {
	Index int // of the option
	Text  string
}

func (e *OptionError) Error() string { return e.Text }

// kind says which sources a cloud has besides addresses.
type kind struct {
	is       func(option string) bool // none has such sources if nil
	expected string
}

// askedOf reads options: "tcp" and "udp", and sources. Without a protocol both
// are asked for.
func (k kind) askedOf(options []string) (asked, error) {
	var a asked
	for i, option := range options {
		switch word := strings.ToLower(option); {
		case word == "tcp":
			a.tcp = true
			continue
		case word == "udp":
			a.udp = true
			continue
		case k.is == nil:
			return a, k.wrong(i, option)
		}
		if looksLikeAddress(option) {
			p, problem := prefixOf(option)
			if problem != "" {
				return a, &OptionError{i, endpoint.Quote(option) + problem}
			}
			a.prefixes = append(a.prefixes, p)
			continue
		}
		if !k.is(option) {
			a.odd = append(a.odd, oddOption{i, option})
		}
		a.names = append(a.names, nameOf(option))
	}
	if !a.tcp && !a.udp {
		a.tcp, a.udp = true, true
	}
	return a, nil
}

func (k kind) wrong(i int, option string) error {
	return &OptionError{i, fmt.Sprintf("%s is not an option. Expected %s", endpoint.Quote(option), k.expected)}
}

// source tells whether a source is asked for.
func (a asked) source() bool { return len(a.prefixes)+len(a.names) > 0 }

// named tells whether one of the names that are asked for is in s.
func (a asked) named(s sources) bool {
	return slices.ContainsFunc(s.names, func(name string) bool { return slices.Contains(a.names, name) })
}

// check is an error if an option is neither such a source as the cloud has nor
// named by a rule.
func (k kind) check(a asked, rules []rule) error {
	for _, o := range a.odd {
		if !slices.ContainsFunc(rules, func(r rule) bool { return slices.Contains(r.sources.names, nameOf(o.text)) }) {
			return k.wrong(o.index, o.text)
		}
	}
	return nil
}

// nameOf is how names are compared: clouds do not tell their case apart.
func nameOf(text string) string { return strings.ToLower(text) }

// looksLikeAddress tells whether text is an address or a CIDR, or is meant to be one.
func looksLikeAddress(text string) bool {
	return strings.Contains(text, ":") || text != "" && strings.Trim(text, "0123456789./") == ""
}

// prefixOf reads an address or a CIDR. The problem continues a sentence that
// begins with the text.
func prefixOf(text string) (p netip.Prefix, problem string) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), ""
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil || p.Addr().Is4In6():
		return p, ` is not an address. Expected an address or a CIDR, such as "10.0.1.5", "10.0.0.0/16" or "2001:db8::/32"`
	case p != p.Masked():
		return p, fmt.Sprintf(" has bits set after its prefix. Expected %q", p.Masked())
	}
	return p, ""
}
