package endpoint

import (
	"fmt"
	"net/netip"
	"strings"
)

// noHosts are the addresses that no host has, the narrower ranges first. A DNS
// filter answers with the unspecified ones for names that it blocks.
var noHosts = []struct {
	prefix netip.Prefix
	what   string
}{
	{netip.MustParsePrefix("0.0.0.0/32"), unspecified},                                   // RFC 1122 section 3.2.1.3
	{netip.MustParsePrefix("0.0.0.0/8"), "an address of this network, which nobody has"}, // RFC 1122 section 3.2.1.3
	{netip.MustParsePrefix("224.0.0.0/4"), "a multicast address"},                        // RFC 5771
	{netip.MustParsePrefix("255.255.255.255/32"), "the broadcast address"},               // RFC 919
	{netip.MustParsePrefix("240.0.0.0/4"), "a reserved address, which nobody has"},       // RFC 1112 section 4
	{netip.MustParsePrefix("::/128"), unspecified},                                       // RFC 4291 section 2.5.2
	{netip.MustParsePrefix("ff00::/8"), "a multicast address"},                           // RFC 4291 section 2.7
}

const unspecified = "the unspecified address, which a system takes for itself"

// NoHost says what addr is if no host can have it; it is empty if one can. An
// IPv4-mapped address is what it maps.
func NoHost(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	for _, r := range noHosts {
		if r.prefix.Contains(addr) {
			return r.what
		}
	}
	return ""
}

// checkPrefix returns an error if a network contains addresses that no host has, or lies
// among them.
func checkPrefix(prefix netip.Prefix) error {
	for _, r := range noHosts {
		if r.prefix.Overlaps(prefix) {
			if prefix.Bits() < r.prefix.Bits() {
				return fmt.Errorf("%s is in it: %s", r.prefix.Addr(), r.what)
			}
			return fmt.Errorf("each of its addresses is %s", r.what)
		}
	}
	if prefix.Addr().Is6() && prefix.Overlaps(linkLocal) {
		return fmt.Errorf("link-local addresses need the interface: name each, such as \"fe80::1%%eth0\"")
	}
	return nil
}

var linkLocal = netip.MustParsePrefix("fe80::/10") // RFC 4291 section 2.5.6

// maxZone is how long the name of an interface is at most (Linux: IFNAMSIZ in
// linux/if.h, less the zero at its end).
const maxZone = 15

// CheckHost tells why h is not to be looked at, though it is written as a host
// is: its address is no host's, or is not whole. The error does not quote it.
func CheckHost(h Host) error {
	addr, ok := h.Addr()
	if !ok {
		return nil
	}
	if what := NoHost(addr); what != "" {
		return fmt.Errorf("it is %s", what)
	}
	zone := addr.Zone()
	switch {
	case zone == "" && addr.Is6() && addr.IsLinkLocalUnicast():
		return fmt.Errorf("a link-local address needs its zone, the interface that leads to it, such as \"%s%%eth0\"", addr)
	case len(zone) > maxZone:
		return fmt.Errorf("the zone after the %% has at most %d characters, this one %d", maxZone, len(zone))
	}
	return nil
}

// parseProbed reads a host name or an address that is to be looked at.
func parseProbed(s string) (Host, error) {
	h, err := ParseHost(s)
	if err == nil {
		err = CheckHost(h)
	}
	if err != nil {
		return "", err
	}
	return h, nil
}

// checkNotRange finds what other tools take for several addresses, or for one that
// is written by another base, and a resolver may take for a name.
func checkNotRange(name string) error {
	first, last, ranged := strings.Cut(name, "-")
	_, err := netip.ParseAddr(strings.TrimSpace(first))
	digits := ". 0123456789"
	if strings.Contains(first, ":") {
		digits += ":abcdefABCDEF"
	}
	numbers := strings.Trim(last, digits) == "" // providers name hosts "192.0.2.1-static.example.net"
	switch {
	case ranged && (err == nil && numbers || strings.Contains(name, ".") && strings.Trim(name, "0123456789.-") == ""):
		return fmt.Errorf("it is a range of addresses. Write a CIDR, such as \"10.0.0.0/28\", or each address")
	case hexadecimal(name[strings.LastIndexByte(name, '.')+1:]):
		return fmt.Errorf("it ends in a hexadecimal number, which some programs take for an address and others for a name")
	}
	return nil
}

// hexadecimal tells whether a label is a number as C writes it, which inet_aton
// takes for one.
func hexadecimal(label string) bool {
	digits, ok := strings.CutPrefix(strings.ToLower(label), "0x")
	return ok && strings.Trim(digits, "0123456789abcdef") == ""
}
