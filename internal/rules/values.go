package rules

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// Unknown is a value that is not known yet.
type Unknown struct{}

// ErrUnknown is the error for rules that cannot be read before more is known.
var ErrUnknown = errors.New("not known yet")

const maxPort = 65535

// reader reads values. It keeps the first that is wrong, and whether one was
// unknown.
type reader struct {
	wrong   error
	unknown bool
}

// err is nil if all that was read was known and right.
func (r *reader) err() error {
	if r.wrong == nil && r.unknown {
		return ErrUnknown
	}
	return r.wrong
}

func (r *reader) fail(format string, arguments ...any) {
	if r.wrong == nil {
		r.wrong = fmt.Errorf(format, arguments...)
	}
}

// object is a rule as it was given.
type object struct {
	*reader
	name   string // in messages, such as ingress[2]
	values map[string]any
}

// argument says what the argument of a function can be.
type argument struct {
	name     string   // of the attribute
	resource string   // that has it
	protocol []string // each rule has one of these attributes
	read     []string // all attributes that are read
	// A rule with one of the attributes in foreign is foreignRule.
	foreign     []string
	foreignRule string
	expected    string
}

// objects returns the rules in v: a list of objects, one object, or several under
// names, such as a resource with for_each.
func (a argument) objects(r *reader, v any) []object {
	switch v := v.(type) {
	case Unknown:
		r.unknown = true
	case []any:
		var all []object
		for i, element := range v {
			all = a.add(r, all, fmt.Sprintf("%s[%d]", a.name, i), element)
		}
		return all
	case map[string]any:
		_, whole := v[a.name]
		if a.isRule(v) || whole {
			return a.add(r, nil, a.name, v)
		}
		var all []object
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = a.add(r, all, fmt.Sprintf("%s[%s]", a.name, endpoint.Quote(key)), v[key])
		}
		return all
	default:
		r.fail("this is %s. Expected %s", described(v), a.expected)
	}
	return nil
}

// add appends the rule v.
func (a argument) add(r *reader, all []object, name string, v any) []object {
	if _, ok := v.(Unknown); ok {
		r.unknown = true
		return all
	}
	values, ok := v.(map[string]any)
	switch {
	case !ok:
		r.fail("%s is %s. Expected %s", name, described(v), a.expected)
	case values[a.name] != nil:
		r.fail("%s is a whole %s. Expected its attribute, as in %s.web.%s", name, a.resource, a.resource, a.name)
	case !a.isRule(values):
		r.fail("%s is an object without %q. Expected %s", name, a.protocol[0], a.expected)
	default:
		o := object{r, name, values}
		a.checkNames(o)
		return append(all, o)
	}
	return all
}

func (a argument) isRule(values map[string]any) bool {
	return slices.ContainsFunc(a.protocol, func(name string) bool { _, ok := values[name]; return ok })
}

// text reads a string; it is empty if there is none.
func (o object) text(name string) string {
	if o.values[name] == nil {
		return ""
	}
	return o.textIn(name, o.values[name])
}

// textIn reads v, which is called name, as a string. A number is one too.
func (o object) textIn(name string, v any) string {
	switch v := v.(type) {
	case Unknown:
		o.unknown = true
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		o.fail("%s.%s is %s. Expected a string", o.name, name, described(v))
	}
	return ""
}

// texts reads the strings of a list; there are none if it is null.
func (o object) texts(name string) []string {
	switch v := o.values[name].(type) {
	case nil:
	case Unknown:
		o.unknown = true
	case []any:
		var all []string
		for i, element := range v {
			all = append(all, o.textIn(fmt.Sprintf("%s[%d]", name, i), element))
		}
		return all
	default:
		o.fail("%s.%s is %s. Expected a list of strings", o.name, name, described(v))
	}
	return nil
}

// flag reads a bool; null is false.
func (o object) flag(name string) bool {
	switch v := o.values[name].(type) {
	case nil:
	case Unknown:
		o.unknown = true
	case bool:
		return v
	default:
		o.fail("%s.%s is %s. Expected a bool", o.name, name, described(v))
	}
	return false
}

// number reads a whole number; ok is false if there is none that is known.
func (o object) number(name string) (n int, ok bool) {
	v := o.values[name]
	switch v := v.(type) {
	case Unknown:
		o.unknown = true
		return 0, false
	case float64:
		if n = int(v); float64(n) == v {
			return n, true
		}
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			return n, true
		}
	}
	o.fail("%s.%s is %s. Expected a whole number", o.name, name, described(v))
	return 0, false
}

// otherProtocols are those that clouds have names for and this provider cannot look
// at. Others are numbers there, as in the IANA's list of protocol numbers.
var otherProtocols = []string{"icmp", "icmpv6", "ipip", "gre", "esp", "ah", "sctp"}

// protocols reads a protocol: a name in any case, a number, or all of them.
func (o object) protocols(name string) (tcp, udp bool) {
	text := o.text(name)
	switch word := strings.ToLower(text); word {
	case "tcp", "6":
		return true, false
	case "udp", "17":
		return false, true
	case "-1", "all", "*":
		return true, true
	default:
		_, err := strconv.ParseUint(word, 10, 8)
		if _, unknown := o.values[name].(Unknown); err != nil && !unknown && !slices.Contains(otherProtocols, word) {
			o.fail(`%s.%s is %s. Expected a protocol, such as "tcp", "udp", "icmp", "6" or "-1"`, o.name, name, given(o.values[name]))
		}
		return false, false
	}
}

// ports reads ranges of ports: "22", "8000-8010" or "*". Port 0, which nothing
// listens on, is left out.
func (o object) ports(name string, texts ...string) endpoint.Ports {
	var all []endpoint.Range
	for _, text := range texts {
		if text == "" { // not known yet
			continue
		}
		firstText, lastText, isRange := strings.Cut(text, "-")
		if !isRange {
			lastText = firstText
		}
		if text == "*" {
			firstText, lastText = "0", strconv.Itoa(maxPort)
		}
		first, err := strconv.ParseUint(firstText, 10, 16)
		last, err2 := strconv.ParseUint(lastText, 10, 16)
		if err != nil || err2 != nil || first > last {
			o.fail(`%s.%s has %s. Expected a port or a range, such as "443" or "8000-8010"`, o.name, name, endpoint.Quote(text))
			continue
		}
		all = append(all, portRange(int(first), int(last))...)
	}
	return endpoint.NewPorts(all...)
}

// portRange are the ports first to last, both from 0 to maxPort, without 0.
func portRange(first, last int) []endpoint.Range {
	if last == 0 {
		return nil
	}
	return []endpoint.Range{{First: uint16(max(1, first)), Last: uint16(last)}} //nolint:gosec // within 16 bits
}

// add takes in the sources in texts. If all must be CIDRs, others are an error.
func (s *sources) add(o object, name string, mustBe bool, texts ...string) {
	for _, text := range texts {
		switch {
		case text == "":
		case !mustBe && (text == "*" || strings.EqualFold(text, "any")):
			s.prefixes = append(s.prefixes, everything...)
		case !mustBe && !looksLikeAddress(text):
			s.names = append(s.names, nameOf(text))
		default:
			p, err := netip.ParsePrefix(text)
			if addr, addrErr := netip.ParseAddr(text); addrErr == nil && !mustBe {
				p, err = addr.Unmap().Prefix(addr.Unmap().BitLen())
			}
			if err != nil {
				o.fail("%s.%s has %s. Expected a CIDR", o.name, name, endpoint.Quote(text))
				continue
			}
			s.prefixes = append(s.prefixes, p.Masked())
		}
	}
}

// given quotes a string, and says of other values what they are.
func given(v any) string {
	if text, ok := v.(string); ok {
		return endpoint.Quote(text)
	}
	return described(v)
}

// described says of what kind a value is.
func described(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a bool"
	case float64:
		return "the number " + strconv.FormatFloat(v, 'g', -1, 64)
	case []any:
		return "a list"
	default:
		return "an object"
	}
}
