package endpoint

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// maxMeant is how many values a message offers in place of one.
const maxMeant = 4

// expectedHostFor ends an error about s, which is no host: it offers the host that s
// seems to mean or, if nothing can be told, says otherwise.
func expectedHostFor(s, otherwise string) string { return offer(s, meantHost, otherwise) }

// expectedSpecFor is expectedHostFor where a network may be given too.
func expectedSpecFor(s string) string {
	return offer(s, func(part string) (string, bool) {
		if network, ok := meantNetwork(part); ok {
			return network.String(), true
		}
		return meantHost(part)
	}, expectedHost)
}

// expectedPortFor is expectedHostFor for a port that is declared as want.
func expectedPortFor(s string, want Want) string {
	return offer(s, func(part string) (string, bool) {
		ports, scheme, ok := meantPorts(part)
		if want != WantOpen {
			scheme = scheme.Transport()
		}
		return Spec(ports, scheme), ok && refusal(want, ports, scheme) == ""
	}, expectedPorts(want))
}

// offer says that what meant makes of s is expected, or of each of its parts if it is a
// list in one text; otherwise if it makes nothing of one. A key is not taken apart.
func offer(s string, meant func(string) (string, bool), otherwise string) string {
	parts := strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ';' || c == '\n' })
	if _, pem := PEMLabel(s); pem || isBareKey(s) || len(parts) > maxMeant || len(parts) == 0 {
		return otherwise
	}
	for i, part := range parts {
		text, ok := meant(strings.Trim(part, " \t\r\ufeff"))
		if !ok || len(text) > MaxQuoted {
			return otherwise
		}
		parts[i] = strconv.Quote(text)
	}
	return "Expected " + strings.Join(parts, ", ")
}

// meantHost returns the host that other programs write as s: a URL, a host with a port
// or with a user.
func meantHost(s string) (string, bool) {
	_, rest, isURL := strings.Cut(s, "://")
	if !isURL {
		rest = strings.TrimPrefix(s, "//")
	}
	authority, after := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, after = rest[:i], rest[i+1:]
	}
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	if _, err := netip.ParseAddr(authority); !isURL && strings.Contains(rest, "/") && (err == nil || strings.Trim(after, "0123456789") == "" && after != "") {
		return "", false // a CIDR with a mistake
	}
	host := authority
	if inner, ok := strings.CutPrefix(authority, "["); ok {
		host, _, _ = strings.Cut(inner, "]")
	} else if strings.Count(authority, ":") == 1 {
		host, _, _ = strings.Cut(authority, ":")
	}
	if _, err := parseProbed(host); err != nil {
		return "", false
	}
	return host, true
}

// meantNetwork reads 10.0.0.0/255.255.255.0, 10.0.0.* and 10.0.0.0/08.
func meantNetwork(s string) (netip.Prefix, bool) {
	text, mask, masked := strings.Cut(s, "/")
	length, ok := maskLength(mask)
	if !masked {
		known, _, _ := strings.Cut(s, ".*")
		octets := strings.Count(known, ".") + 1
		ok = octets < 4 && s == known+strings.Repeat(".*", 4-octets)
		text, length = strings.ReplaceAll(s, "*", "0"), 8*octets
	}
	addr, err := netip.ParseAddr(text)
	if !ok || err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	prefix, err := addr.Prefix(length)
	return prefix, err == nil && checkPrefix(prefix) == nil
}

// maskLength reads how many bits a network has, as a number or as an IPv4 mask.
func maskLength(mask string) (length int, ok bool) {
	addr, err := netip.ParseAddr(mask)
	if err != nil || !addr.Is4() {
		length, err = strconv.Atoi(mask)
		return length, err == nil
	}
	octets := addr.As4()
	m := binary.BigEndian.Uint32(octets[:])
	length = bits.LeadingZeros32(^m)
	return length, m<<length == 0
}

// meantPorts returns the ports that other programs write as s: tcp/443, U:53, https, 1:9,
// "*".
func meantPorts(s string) (Range, Scheme, bool) {
	all := Range{1, 65535}
	s = strings.NewReplacer("–", "-", "—", "-", "..", "-", " - ", "-").Replace(strings.ToLower(s))
	if slices.Contains([]string{"*", "all", "any"}, s) {
		return all, TCP, true
	}
	if info, known := infos[Scheme(s)]; known && info.Port != 0 {
		return Range{info.Port, info.Port}, info.Scheme, true
	}
	words := strings.FieldsFunc(s, func(c rune) bool { return c == '/' || c == ':' || c == ' ' })
	switch len(words) {
	case 1:
		ports, ok := meantRange(words[0])
		return ports, TCP, ok
	case 2:
		return meantPair(words[0], words[1], strings.Contains(s, ":"))
	}
	return Range{}, "", false
}

// meantPair returns the ports that two words mean: a scheme and its ports in either
// order or, where a colon stood between them, the ends of a range.
func meantPair(first, second string, colon bool) (ports Range, scheme Scheme, ok bool) {
	switch {
	case schemeMeant(first) != "":
		scheme = schemeMeant(first)
		ports, ok = meantRange(second)
	case schemeMeant(second) != "":
		scheme = schemeMeant(second)
		ports, ok = meantRange(first)
	case colon:
		scheme = TCP
		ports, ok = meantRange(first + "-" + second)
	}
	return ports, scheme, ok
}

// meantRange reads a port or a range, which may reach one too far at either end.
func meantRange(s string) (ports Range, ok bool) {
	firstText, lastText, isRange := strings.Cut(s, "-")
	switch {
	case !isRange:
		lastText = firstText
	case firstText == "0":
		firstText = "1"
	}
	if isRange && lastText == "65536" {
		lastText = "65535"
	}
	first, ok := parsePort(strings.TrimLeft(firstText, "0"))
	last, ok2 := parsePort(strings.TrimLeft(lastText, "0"))
	return Range{first, last}, ok && ok2 && first <= last
}

// schemeMeant is the scheme that s names; T and U are Nmap's and masscan's.
func schemeMeant(s string) Scheme {
	switch s {
	case "t":
		return TCP
	case "u":
		return UDP
	}
	return infos[Scheme(s)].Scheme
}
