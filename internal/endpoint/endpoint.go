// Package endpoint knows what can be probed: hosts, ports, schemes, endpoints
// and their keys, and what a user declares about them. It is pure: it sends
// nothing and resolves nothing.
//
// A Declaration or a Sweep is what the user wrote, and its Resolve returns
// Declared, each endpoint once, or the Problems. A Problem names the attribute,
// and the element or key in it, by the words of the configuration (AttrHosts and
// the like): the provider makes a path of them.
package endpoint

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Want is what the user declares of an endpoint.
type Want string

// What can be declared.
const (
	// WantOpen is an endpoint that must be open.
	WantOpen Want = "open"
	// WantUnfiltered is a TCP endpoint that packets must get through to, whether or
	// not anything listens.
	WantUnfiltered Want = "unfiltered"
	// WantFiltered is a TCP endpoint whose packets must be dropped or rejected on the
	// way.
	WantFiltered Want = "filtered"
	// WantClosed is an endpoint that must not be open.
	WantClosed Want = "closed"
)

// Wants returns all that can be declared. Where several are declared of one
// endpoint, the first of them holds.
func Wants() []Want { return []Want{WantOpen, WantUnfiltered, WantFiltered, WantClosed} }

// SilencePasses tells whether an endpoint that does not answer may be as declared.
func (w Want) SilencePasses() bool { return w == WantFiltered || w == WantClosed }

// AboutFilter tells whether w is about what lets packets through, and not about what
// listens.
func (w Want) AboutFilter() bool { return w == WantFiltered || w == WantUnfiltered }

// Endpoint is one port of one host under one scheme. It is comparable; two
// endpoints are the same thing if and only if they are equal.
type Endpoint struct {
	Scheme Scheme
	Host   Host
	Port   uint16
}

// String returns the URL form that is the endpoint's key everywhere:
// tcp://web.example.com:443, tcp://[2001:db8::1]:22.
func (e Endpoint) String() string {
	b := make([]byte, 0, len(e.Scheme)+len("://[]:65535")+len(e.Host))
	b = append(b, e.Scheme...)
	b = append(b, "://"...)
	if strings.Contains(string(e.Host), ":") {
		b = append(b, '[')
		b = append(b, e.Host...)
		b = append(b, ']')
	} else {
		b = append(b, e.Host...)
	}
	b = append(b, ':')
	return string(strconv.AppendUint(b, uint64(e.Port), 10))
}

// Compare orders endpoints for people: by host, scheme and number of the port.
func (e Endpoint) Compare(other Endpoint) int {
	return cmp.Or(
		CompareHosts(e.Host, other.Host),
		cmp.Compare(e.Scheme, other.Scheme),
		cmp.Compare(e.Port, other.Port),
	)
}

// ParseEndpoint reads the URL form that String returns. The error quotes the
// input and says what was expected.
func ParseEndpoint(s string) (Endpoint, error) {
	fail := func(why string) (Endpoint, error) {
		return Endpoint{}, fmt.Errorf("%s is not an endpoint: %s. Expected SCHEME://HOST:PORT, such as \"tcp://web.example.com:443\"", Quote(s), why)
	}
	name, rest, ok := strings.Cut(s, "://")
	if !ok {
		return fail("it has no scheme")
	}
	scheme, err := parseScheme("", name, "://")
	if err != nil {
		return fail(err.Error())
	}
	colon := strings.LastIndexByte(rest, ':')
	if colon < 0 || strings.HasSuffix(rest, "]") {
		return fail("it has no port")
	}
	hostText, portText := rest[:colon], rest[colon+1:]
	inner, bracketed := strings.CutPrefix(hostText, "[")
	if bracketed {
		inner, bracketed = strings.CutSuffix(inner, "]")
		if !bracketed {
			return fail("a bracket is not closed")
		}
	}
	host, err := ParseHost(inner)
	if err != nil {
		return fail(err.Error())
	}
	if bracketed != strings.Contains(inner, ":") {
		return fail("brackets belong around IPv6 addresses, and only there")
	}
	port, ok := parsePort(portText)
	if !ok {
		return fail(Quote(portText) + " is not a port from 1 to 65535")
	}
	return Endpoint{Scheme: scheme, Host: host, Port: port}, nil
}

// Control is an endpoint that is known to be up.
type Control struct {
	Endpoint
	// Query is its host as the resolver is asked for it, as [Declared.Query] has it.
	// Empty: the host.
	Query Host
}

// ParseControl reads a Control as ParseEndpoint reads an Endpoint.
func ParseControl(s string) (Control, error) {
	e, err := ParseEndpoint(s)
	if err != nil {
		return Control{}, err
	}
	if err := CheckHost(e.Host); err != nil {
		return Control{}, fmt.Errorf("%s cannot be looked at: %w", Quote(s), err)
	}
	c := Control{Endpoint: e, Query: e.Host}
	if host := s[:strings.LastIndexByte(s, ':')]; isAbsolute(host) {
		c.Query += "."
	}
	return c, nil
}

// CompareHosts orders hosts for people: addresses by number before names by
// letter, IPv4 before IPv6.
func CompareHosts(a, b Host) int {
	x, _ := a.Addr()
	y, _ := b.Addr()
	return compareHosts(a, b, x, y)
}

// compareHosts compares a and b, whose addresses are x and y: the zero Addr
// for names.
func compareHosts(a, b Host, x, y netip.Addr) int {
	switch {
	case x.IsValid() && y.IsValid():
		return x.Compare(y)
	case x.IsValid():
		return -1
	case y.IsValid():
		return 1
	}
	return cmp.Compare(a, b)
}

// AddrPort is the socket address of e at one of its host's addresses.
func (e Endpoint) AddrPort(addr netip.Addr) netip.AddrPort {
	return netip.AddrPortFrom(addr, e.Port)
}
