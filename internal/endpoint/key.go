package endpoint

import (
	"fmt"
	"strings"
)

// Local is how this machine is called among the places to look from.
const Local = "local"

// maxPlace is how many characters the name of a place has at most.
const maxPlace = 100

// IsPlace tells whether name can be that of a place to look from: letters,
// digits, '-', '_' and '.', 100 of them at most. Then it ends a [Key] in one way.
func IsPlace(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (c < '0' || '9' < c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return name != "" && len(name) <= maxPlace
}

// Key is what results and failures are listed by: an endpoint, and the place
// that looked at it. It is comparable.
type Key struct {
	Endpoint Endpoint
	From     string // name of the place; empty for this machine
}

// NewKey returns the key of e from the place called name, which may be [Local].
func NewKey(e Endpoint, name string) Key {
	if name == Local {
		name = ""
	}
	return Key{e, name}
}

const keyFrom = " from "

// String returns the URL form of the endpoint, and the place if that is not
// this machine: tcp://10.0.3.7:5432, tcp://10.0.3.7:5432 from vpc-a.
func (k Key) String() string {
	if k.From == "" {
		return k.Endpoint.String()
	}
	return k.Endpoint.String() + keyFrom + k.From
}

// Compare orders keys for people: by endpoint, then this machine before the
// other places by name.
func (k Key) Compare(other Key) int {
	if c := k.Endpoint.Compare(other.Endpoint); c != 0 {
		return c
	}
	return strings.Compare(k.From, other.From)
}

// ParseKey reads what String returns, and " from local" as this machine. The
// error quotes the input and says what was expected.
func ParseKey(s string) (Key, error) {
	url, name, placed := strings.Cut(s, keyFrom)
	if placed && !IsPlace(name) {
		return Key{}, fmt.Errorf("%s does not end with the name of a place: %s is none. Expected letters, digits, \"-\", \"_\" and \".\", such as in \"tcp://10.0.3.7:5432 from vpc-a\"", Quote(s), Quote(name))
	}
	e, err := ParseEndpoint(url)
	if err != nil {
		return Key{}, err
	}
	return NewKey(e, name), nil
}
