package option

import (
	"fmt"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Given has the options of single endpoints of one object. The zero Given has
// none. Once it is finished it may be asked by many goroutines.
type Given struct {
	entries []*entry
}

// entry is one key of a map with its options.
type entry struct {
	of     Map
	key    string
	host   endpoint.Host // empty: every host
	ports  endpoint.Range
	scheme endpoint.Scheme
	values map[string]Value
	target *look.Target // what the options say; nil before Finish
}

// Error is a mistake in the options at one key.
type Error struct {
	Map, Key string
	Detail   string // the mistake and the expected form, without a full stop
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s[%s]: %s", e.Map, endpoint.Quote(e.Key), e.Detail)
}

// Add reads the options at one key of m and keeps them. Options that are not known
// yet are checked when they are. values and declared are nil while they are not
// known.
func (g *Given) Add(m Map, key string, values map[string]Value, declared *endpoint.Declared) *Error {
	e, err := newEntry(m, key, values)
	if err == nil {
		err = g.collides(e)
	}
	if err == nil {
		err = e.isDeclared(declared)
	}
	if err == nil {
		_, err = m.read(e.base(look.TLS{}), values, false)
	}
	if err != nil {
		return &Error{m.Name, key, err.Error()}
	}
	g.entries = append(g.entries, e)
	return nil
}

// Finish reads the files that options name. tls are the settings that the options
// of TLS come on top of.
func (g *Given) Finish(tls look.TLS) []*Error {
	var wrong []*Error
	for _, e := range g.entries {
		target, err := e.of.read(e.base(tls), e.values, true)
		if err != nil {
			wrong = append(wrong, &Error{e.of.Name, e.key, err.Error()})
		}
		e.target = target
	}
	return wrong
}

// Ask writes the options of e into t, and changes nothing else of it.
func (g *Given) Ask(e endpoint.Endpoint, t *look.Target) {
	for _, m := range allMaps {
		if found := g.find(m, e); found != nil {
			m.put(found.target, t)
		}
	}
}

// Has tells whether there are options of m.
func (g *Given) Has(m string) bool {
	for _, e := range g.entries {
		if e.of.Name == m {
			return true
		}
	}
	return false
}

// NameTLS is the name of the map whose options come on top of other settings.
const NameTLS = "tls"

// find returns the entry of m for e: that of the endpoint, or else that of its
// port; nil if there is none.
func (g *Given) find(m Map, e endpoint.Endpoint) (found *entry) {
	for _, candidate := range g.entries {
		if candidate.of.Name == m.Name && candidate.matches(e) && (found == nil || candidate.host != "") {
			found = candidate
		}
	}
	return found
}

func (e *entry) matches(at endpoint.Endpoint) bool {
	return e.scheme == at.Scheme && e.ports.First <= at.Port && at.Port <= e.ports.Last && (e.host == "" || e.host == at.Host)
}

// base is the target that options are read over.
func (e *entry) base(tls look.TLS) look.Target {
	return look.Target{Scheme: e.scheme, TLS: &tls}
}

// newEntry reads a key of m.
func newEntry(m Map, key string, values map[string]Value) (*entry, error) {
	e := &entry{of: m, key: key, values: values}
	var err error
	if strings.Contains(key, "://") {
		var at endpoint.Endpoint
		at, err = endpoint.ParseEndpoint(key)
		e.host, e.scheme, e.ports = at.Host, at.Scheme, endpoint.Range{First: at.Port, Last: at.Port}
	} else if e.ports, e.scheme, err = endpoint.ParsePortRange(key); err != nil {
		err = fmt.Errorf("%w, or an endpoint such as %q", err, endpoint.Endpoint{Scheme: m.Schemes[0], Host: "web.example.com", Port: m.Schemes[0].Port()})
	}
	if err != nil {
		return nil, err
	}
	for _, s := range m.Schemes {
		if s == e.scheme {
			return e, nil
		}
	}
	return nil, fmt.Errorf("its scheme is %s. Expected %s", e.scheme, oneOf(m.Schemes))
}

// collides refuses a second entry for the same endpoint or port.
func (g *Given) collides(e *entry) error {
	for _, other := range g.entries {
		if other.of.Name != e.of.Name || other.scheme != e.scheme || other.host != e.host || other.ports.First > e.ports.Last || e.ports.First > other.ports.Last {
			continue
		}
		if e.host != "" {
			return fmt.Errorf("%s is also given under another key. Expected each endpoint once", endpoint.Endpoint{Scheme: e.scheme, Host: e.host, Port: e.ports.First})
		}
		return fmt.Errorf("it overlaps with %s. Expected each port once", endpoint.Quote(other.key))
	}
	return nil
}

// isDeclared refuses a key that no declared endpoint uses: a slip of the pen must
// not be taken for a check.
func (e *entry) isDeclared(declared *endpoint.Declared) error {
	if declared == nil || declared.Nothing() {
		return nil
	}
	for _, h := range declared.Hosts {
		if e.host != "" && h.Host != e.host {
			continue
		}
		for _, r := range h.Open[e.scheme] {
			if r.First <= e.ports.Last && e.ports.First <= r.Last {
				return nil
			}
		}
	}
	return fmt.Errorf("nothing of that is declared. Expected an endpoint, or ports with their scheme, that open or baseline declare")
}
