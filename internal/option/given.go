package option

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"

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
	key
	of     Map
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
		_, err = m.read(e.base(look.TLS{}), values, nil)
	}
	if err != nil {
		return &Error{m.Name, key, err.Error()}
	}
	g.entries = append(g.entries, e)
	return nil
}

// Finish reads the files that options name, until ctx ends. tls are the settings that
// the options of TLS come on top of.
func (g *Given) Finish(ctx context.Context, tls look.TLS) []*Error {
	files := func(name string) (*x509.CertPool, error) { return AuthoritiesIn(ctx, name) }
	var wrong []*Error
	for _, e := range g.entries {
		target, err := e.of.read(e.base(tls), e.values, files)
		if err != nil {
			wrong = append(wrong, &Error{e.of.Name, e.text, err.Error()})
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

// base is the target that options are read over.
func (e *entry) base(tls look.TLS) look.Target {
	return look.Target{Scheme: e.scheme, TLS: &tls}
}

// newEntry reads a key of m.
func newEntry(m Map, text string, values map[string]Value) (*entry, error) {
	k, err := parseKey(text, endpoint.Endpoint{Scheme: m.Schemes[0], Host: "web.example.com", Port: m.Schemes[0].Port()})
	if err != nil {
		return nil, err
	}
	if !slices.Contains(m.Schemes, k.scheme) {
		return nil, fmt.Errorf("its scheme is %s. Expected %s", k.scheme, oneOf(m.Schemes))
	}
	return &entry{key: k, of: m, values: values}, nil
}

// collides refuses a second entry for the same endpoint or port.
func (g *Given) collides(e *entry) error {
	for _, other := range g.entries {
		if other.of.Name != e.of.Name {
			continue
		}
		if err := e.collides(other.key); err != nil {
			return err
		}
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
		if e.isIn(h.Host, h.Open) {
			return nil
		}
	}
	return fmt.Errorf("nothing of that is declared. Expected an endpoint, or ports with their scheme, that open or baseline declare")
}
