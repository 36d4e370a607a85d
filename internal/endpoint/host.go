package endpoint

import (
	"fmt"
	"iter"
	"math/big"
	"net/netip"
	"strings"
)

// Host is one host in canonical form: a name in lower case without a trailing
// dot, or an address as [netip.Addr.String] writes it (an IPv4-mapped IPv6
// address as IPv4).
type Host string

// Addr returns the address, if h is one rather than a name.
func (h Host) Addr() (netip.Addr, bool) {
	// Names never contain a colon and never end in a digit-only label, so a
	// look at two characters spares most names a failing parse.
	if h == "" || !strings.Contains(string(h), ":") && (h[len(h)-1] < '0' || h[len(h)-1] > '9') {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(string(h))
	return addr, err == nil
}

const expectedHost = `Expected a host name such as "db.example.com", an address or a CIDR`

// nameCharacters are those of a label of a name, before it is canonical.
const nameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// ParseHost reads a host name or an address. The error names the mistake without
// quoting the input.
func ParseHost(s string) (Host, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		if addr.Zone() != "" && strings.Trim(addr.Zone(), nameCharacters+".") != "" {
			return "", fmt.Errorf("the zone after the %% is not an interface's name")
		}
		return Host(addr.Unmap().String()), nil
	}
	name := strings.TrimSuffix(s, ".")
	if err := checkName(name); err != nil {
		return "", err
	}
	// Only now is it known to be ASCII: other letters may become ASCII ones in
	// lower case, such as the Kelvin sign.
	return Host(strings.ToLower(name)), nil
}

// checkName holds a name to RFC 1123 section 2.1 (letters, digits, hyphens,
// labels of 1 to 63, 253 in all), with the underscore that DNS itself allows
// (RFC 2181 section 11).
func checkName(name string) error {
	if err := checkNotRange(name); err != nil {
		return err
	}
	switch {
	case name == "":
		return fmt.Errorf("it is empty")
	case strings.Contains(name, "://"):
		return fmt.Errorf("a host is written without a scheme")
	case strings.HasPrefix(name, "["):
		return fmt.Errorf("an IPv6 address is written without brackets here")
	case strings.Count(name, ":") > 1:
		return fmt.Errorf("it has colons as an IPv6 address does, but is not one")
	case strings.Contains(name, ":"):
		return fmt.Errorf("a host is written without a port")
	case len(name) > 253:
		return fmt.Errorf("a name has at most 253 characters, this one %d", len(name))
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if err := checkLabel(label); err != nil {
			return err
		}
	}
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return fmt.Errorf("it ends in a number as an address does, but is not an IPv4 address")
	}
	return nil
}

func checkLabel(label string) error {
	if label == "" {
		return fmt.Errorf("a part between two dots is empty")
	}
	if len(label) > 63 {
		return fmt.Errorf("a part between two dots has at most 63 characters, this one %d", len(label))
	}
	if label[0] == '-' || label[len(label)-1] == '-' {
		return fmt.Errorf("a part between two dots neither begins nor ends with a hyphen")
	}
	for _, r := range label {
		if r > 127 {
			return fmt.Errorf("%q is not an ASCII character; give the name's ASCII form (xn--…)", r)
		}
		if !strings.ContainsRune(nameCharacters, r) {
			return fmt.Errorf("%q does not belong in a host name", r)
		}
	}
	return nil
}

// isAbsolute tells whether the name that s ends in is absolute: a resolver looks for
// a name with a dot at its end as it is, and in no domain of its search list (RFC
// 1034 section 3.1).
func isAbsolute(s string) bool { return strings.HasSuffix(s, ".") }

// hostSpec is one element of hosts: a single host, or a network.
type hostSpec struct {
	host   Host
	prefix netip.Prefix // valid if the element is a CIDR
}

// parseHostSpec reads a name, an address or a CIDR. The error quotes the
// input and says what was expected.
func parseHostSpec(s string) (hostSpec, error) {
	if !strings.Contains(s, "/") || strings.Contains(s, "://") {
		host, err := parseProbed(s)
		if err != nil {
			return hostSpec{}, fmt.Errorf("%s is not a host: %w. %s", Quote(s), err, expectedSpecFor(s))
		}
		return hostSpec{host: host}, nil
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return hostSpec{}, fmt.Errorf("%s is not a CIDR. %s", Quote(s), expectedSpecFor(s))
	}
	if prefix.Addr().Is4In6() {
		return hostSpec{}, fmt.Errorf("%q is an IPv4-mapped network. Expected it in its IPv4 form", s)
	}
	if masked := prefix.Masked(); masked != prefix {
		return hostSpec{}, fmt.Errorf("%q has host bits set. Expected the network %q or the address %q", s, masked, prefix.Addr())
	}
	if err := checkPrefix(prefix); err != nil {
		return hostSpec{}, fmt.Errorf("%q is not a network of hosts: %w. %s", s, err, expectedHost)
	}
	return hostSpec{prefix: prefix}, nil
}

// count is the number of hosts that s stands for.
func (s hostSpec) count() *big.Int {
	if !s.prefix.IsValid() {
		return big.NewInt(1)
	}
	bits := uint(s.prefix.Addr().BitLen() - s.prefix.Bits())
	n := new(big.Int).Lsh(big.NewInt(1), bits)
	return n.Sub(n, big.NewInt(int64(s.skipFirst()+s.skipLast())))
}

// skipFirst is 1 where the lowest address of a network names no host: the
// network itself in IPv4 (RFC 1122 section 3.2.1.3), the subnet-router
// anycast address in IPv6 (RFC 4291 section 2.6.1). Networks of two
// addresses or one have none (RFC 3021, RFC 6164).
func (s hostSpec) skipFirst() int {
	if s.prefix.Addr().BitLen()-s.prefix.Bits() < 2 {
		return 0
	}
	return 1
}

// skipLast is 1 where the highest address is IPv4's broadcast address.
func (s hostSpec) skipLast() int {
	if s.prefix.Addr().Is6() {
		return 0
	}
	return s.skipFirst()
}

// all yields the hosts that s stands for, in order.
func (s hostSpec) all() iter.Seq[Host] {
	return func(yield func(Host) bool) {
		if !s.prefix.IsValid() {
			yield(s.host)
			return
		}
		addr := s.prefix.Addr()
		if s.skipFirst() == 1 {
			addr = addr.Next()
		}
		for s.prefix.Contains(addr) {
			next := addr.Next()
			if s.skipLast() == 1 && !s.prefix.Contains(next) {
				return
			}
			if !yield(Host(addr.String())) {
				return
			}
			addr = next
		}
	}
}

// InURL writes h as a URL has it: an IPv6 address stands in brackets (RFC 3986
// section 3.2.2).
func (h Host) InURL() string {
	if strings.Contains(string(h), ":") {
		return "[" + string(h) + "]"
	}
	return string(h)
}
