// Package guard decides what may be connected to. The rules are those of whoever
// operates the machine, in PORTCHECK_ALLOW and PORTCHECK_DENY, and no configuration
// outweighs them. Two things are refused without any rule: names that lead to a
// link-local address, and names that lead to an address where a cloud keeps the
// metadata of its machines.
//
// A [Policy] is asked three times about one host, as more becomes known of it:
//
//	Policy.Host       the host as declared, before it is resolved
//	Policy.Canonical  the name that an alias (CNAME) leads to
//	Policy.Address    the address that is connected to
//
// [Policy.Elsewhere] takes the place of the last two where another machine resolves
// the name and tells no address, and [Policy.Dial] asks all of them on the way to a
// connection. Whatever is refused is a [Refusal].
package guard

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// Names of the environment variables that have the rules.
const (
	Allow = "PORTCHECK_ALLOW"
	Deny  = "PORTCHECK_DENY"
)

// Policy has the rules. The zero Policy has none: it refuses names that lead to
// link-local and metadata addresses, and nothing else. It is safe for concurrent
// use.
type Policy struct{ allow, deny []rule }

// Refusal is the error for what may not be connected to.
type Refusal struct {
	Host endpoint.Host // as declared; of a network it is its first address
	text string
}

// Error says what is refused, by which rule, and where the rule comes from, in a
// sentence without its full stop.
func (r Refusal) Error() string { return r.text }

// Permanent is true: trying again does not help.
func (Refusal) Permanent() bool { return true }

func refuse(h endpoint.Host, format string, arguments ...any) error {
	return Refusal{h, fmt.Sprintf(format, arguments...)}
}

// Host decides on a host as far as it is known before it is resolved: on an address
// in full, on a name by the rules about names.
func (p Policy) Host(h endpoint.Host) error {
	if addr, ok := h.Addr(); ok {
		return p.Address(h, addr)
	}
	if err := p.denied(h, string(h), h); err != nil {
		return err
	}
	if len(p.allow) > 0 && !p.allows(h) && !slices.ContainsFunc(p.allow, rule.ofAddresses) {
		return refuse(h, "%s is not in the environment variable %s (it has %s)", h, Allow, list(p.allow))
	}
	return nil
}

// Canonical decides on the name that the name h is an alias of.
func (p Policy) Canonical(h, canonical endpoint.Host) error {
	return p.denied(h, fmt.Sprintf("%s is an alias of %s, which", h, canonical), canonical)
}

// denied refuses h if a rule denies name, which is h or one that h leads to. what
// is the subject of the sentence.
func (p Policy) denied(h endpoint.Host, what string, name endpoint.Host) error {
	for _, r := range p.deny {
		if r.matches(name) {
			return refuse(h, "%s is denied by %q in the environment variable %s", what, r, Deny)
		}
	}
	return nil
}

// allows tells whether a rule allows the name h, whatever its addresses are.
func (p Policy) allows(h endpoint.Host) bool {
	return slices.ContainsFunc(p.allow, func(r rule) bool { return r.matches(h) })
}

// Address decides on addr, to which h has resolved, or which h is.
func (p Policy) Address(h endpoint.Host, addr netip.Addr) error {
	_, literal := h.Addr()
	what := string(h)
	if !literal {
		if err := p.Host(h); err != nil {
			return err
		}
		what = fmt.Sprintf("%s resolves to %s, which", h, addr)
	}
	forms := formsOf(addr)
	for _, form := range forms {
		if why := reserved(form); why != "" && !literal {
			return refuse(h, "%s is %s. Such an address is probed only if it is declared itself, in place of a name", what, why)
		}
		for _, r := range p.deny {
			if r.contains(form) {
				return refuse(h, "%s is denied by %q in the environment variable %s", what, r, Deny)
			}
		}
	}
	// Only the address itself counts: what it stands for is reached through another.
	if len(p.allow) == 0 || p.allows(h) || slices.ContainsFunc(p.allow, func(r rule) bool { return r.contains(forms[0]) }) {
		return nil
	}
	return refuse(h, "%s is not in the environment variable %s (it has %s)", what, Allow, list(p.allow))
}

// Network decides on all addresses of a network, which is not empty.
func (p Policy) Network(n netip.Prefix) error {
	first := endpoint.Host(n.Addr().String())
	ipv4, _ := carried(n) // the zero Prefix overlaps none
	overlaps := func(p netip.Prefix) bool { return p.Overlaps(n) || p.Overlaps(ipv4) }
	for _, r := range reservedTable {
		if overlaps(r.prefix) {
			return refuse(first, "%s has addresses of %s: %s. Such an address is probed only if it is declared itself, not in a network", n, shown(r.prefix), r.what)
		}
	}
	for _, r := range p.deny {
		if r.ofAddresses() && overlaps(r.prefix) {
			return refuse(first, "%s has addresses that are denied by %q in the environment variable %s", n, r, Deny)
		}
	}
	if gap, ok := p.gap(n); len(p.allow) > 0 && ok {
		return refuse(first, "%s has addresses that are not in the environment variable %s (it has %s), such as %s", n, Allow, list(p.allow), gap.Addr())
	}
	return nil
}

// gap returns a part of n that no rule allows; ok is false if there is none. It
// halves n only where a rule allows a part of it.
func (p Policy) gap(n netip.Prefix) (gap netip.Prefix, ok bool) {
	partly := false
	for _, r := range p.allow {
		switch {
		case !r.ofAddresses() || !r.prefix.Overlaps(n):
		case r.prefix.Bits() <= n.Bits():
			return netip.Prefix{}, false
		default:
			partly = true
		}
	}
	if !partly {
		return n, true
	}
	for _, half := range halves(n) {
		if gap, ok := p.gap(half); ok {
			return gap, true
		}
	}
	return netip.Prefix{}, false
}

// halves cuts a network of at least two addresses in two.
func halves(n netip.Prefix) [2]netip.Prefix {
	upper := n.Addr().AsSlice()
	upper[n.Bits()/8] |= 0x80 >> (n.Bits() % 8)
	addr, _ := netip.AddrFromSlice(upper) // it is as long as it was
	return [2]netip.Prefix{netip.PrefixFrom(n.Addr(), n.Bits()+1), netip.PrefixFrom(addr, n.Bits()+1)}
}

// Elsewhere decides on a host that another machine resolves, which does not tell its
// address. So a name passes only if no address can decide: PORTCHECK_DENY has none,
// and PORTCHECK_ALLOW, if it is set, has the name.
func (p Policy) Elsewhere(h endpoint.Host) error {
	if err := p.Host(h); err != nil {
		return err
	}
	if _, ok := h.Addr(); ok {
		return nil
	}
	const unseen = "%s is resolved by another machine, which does not tell its address, and "
	if metadataNames.has(h) {
		return refuse(h, unseen+"by its name it is where a cloud keeps the metadata and credentials of its machines", h)
	}
	if i := slices.IndexFunc(p.deny, rule.ofAddresses); i >= 0 {
		return refuse(h, unseen+"the environment variable %s has addresses (%s)", h, Deny, p.deny[i])
	}
	if len(p.allow) > 0 && !p.allows(h) {
		return refuse(h, unseen+"the environment variable %s does not have the name (it has %s)", h, Allow, list(p.allow))
	}
	return nil
}

// list writes rules for a message: the first few.
func list(rules []rule) string {
	const most = 5
	var words []string
	for _, r := range rules[:min(len(rules), most)] {
		words = append(words, r.String())
	}
	text := strings.Join(words, ", ")
	if more := len(rules) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
