// Package option reads the options of single endpoints as users write them: what a
// service is to be asked, how, and what it must answer.
//
// [Maps] is the one list of them. Each [Map] is an attribute such as http, whose
// keys are endpoints ("https://web.example.com:443") or ports of every host
// ("443/https"), and whose values are maps of text. Schema, validation and
// documentation follow from the list:
//
//	Given.Add     reads one key and its options, and keeps them
//	Given.Finish  reads the files that options name, over the settings of all
//	Given.Ask     writes the options of an endpoint into a [look.Target]
//
// An error names the mistake and the expected form. It quotes the beginning of a
// value, unless the option may be a secret: then it quotes nothing of the value.
package option

import (
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Map is an attribute with options of endpoints.
type Map struct {
	Name    string // of the attribute
	About   string // what the options are for: the beginning of a sentence
	Schemes []endpoint.Scheme
	Options []Option
	// together holds the options at one key to each other; nil if any go
	// together.
	together func(d *draft) error
	// put writes what the options say into a target.
	put func(of *look.Target, into *look.Target)
}

// Option is one of the options of a Map.
type Option struct {
	Name     string
	About    string // what it does, for documentation
	Expected string // what a value must be, for messages
	// Secret tells that a value may be a secret, or have one in it. It is never
	// quoted.
	Secret bool
	// file tells that the value is the name of a file, which is read as late as
	// possible: until then its name is all that is checked.
	file bool
	// set takes in a value that is not empty. The error says what is wrong with
	// it, unless the value is merely not as Expected: then it is errExpected.
	set func(d *draft, text string) error
}

// Value is what a user gave for an option.
type Value struct {
	Text    string
	Unknown bool // Text is not known yet
	Null    bool // as if the option were left out
}

// draft is what the options at one key say so far.
type draft struct {
	look.Target
	given   map[string]bool // the names of the options that there are, known or not
	unknown bool            // the value of one of them is not known
	certPEM string
	keyPEM  string
	// authoritiesIn reads a file; nil while files are not read.
	authoritiesIn reader
}

// reader reads a file of authorities.
type reader func(file string) (*x509.CertPool, error)

// errExpected says that a value is not as its option expects.
var errExpected = errors.New("not as expected")

// expect is errExpected unless ok.
func expect(ok bool) error {
	if !ok {
		return errExpected
	}
	return nil
}

// Maps returns the attributes with options of endpoints, in the order of the
// documentation.
func Maps() []Map { return slices.Clone(allMaps) }

var allMaps = []Map{httpMap, tlsMap, postgresMap, dnsMap, grpcMap}

// Names returns the names of the options.
func (m Map) Names() []string {
	names := make([]string, len(m.Options))
	for i, o := range m.Options {
		names[i] = o.Name
	}
	return names
}

// Description documents the attribute in Markdown.
func (m Map) Description() string {
	var options []string
	for _, o := range m.Options {
		options = append(options, fmt.Sprintf("`%s` (%s)", o.Name, o.About))
	}
	example := endpoint.Endpoint{Scheme: m.Schemes[0], Host: "web.example.com", Port: m.Schemes[0].Port()}
	return fmt.Sprintf("%s. A key is an endpoint, such as `\"%s\"`, or ports with their scheme on every host, such as `\"%d/%s\"`; an endpoint wins over ports. A value is a map with any of: %s.",
		m.About, example, example.Port, example.Scheme, strings.Join(options, ", "))
}

// read reads the options at one key over base; values is nil while they are not
// known. Files are read by files, if it is not nil.
func (m Map) read(base look.Target, values map[string]Value, files reader) (*look.Target, error) {
	d := &draft{Target: base, given: map[string]bool{}, authoritiesIn: files}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		i := slices.IndexFunc(m.Options, func(o Option) bool { return o.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("%s is not an option of %s. Expected %s", endpoint.Quote(name), m.Name, oneOf(m.Names()))
		}
		if values[name].Null {
			continue
		}
		d.given[name] = true
		if values[name].Unknown {
			d.unknown = true
			continue
		}
		if err := m.Options[i].take(d, values[name].Text); err != nil {
			return nil, err
		}
	}
	if m.together != nil && values != nil {
		if err := m.together(d); err != nil {
			return nil, err
		}
	}
	return &d.Target, nil
}

// take takes in a value.
func (o Option) take(d *draft, text string) error {
	if text == "" {
		return fmt.Errorf("%s is empty. Expected %s", o.Name, o.Expected)
	}
	if o.file && d.authoritiesIn == nil {
		return nil
	}
	err := o.set(d, text)
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, errExpected):
		return fmt.Errorf("%s %w. Expected %s", o.Name, err, o.Expected)
	case o.Secret:
		return fmt.Errorf("%s is not %s (its value is not shown)", o.Name, o.Expected)
	}
	return fmt.Errorf("%s is %s. Expected %s", o.Name, endpoint.Quote(text), o.Expected)
}

// oneOf lists the words of which one is expected.
func oneOf[S ~string](words []S) string {
	if len(words) == 1 {
		return string(words[0])
	}
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return "one of " + strings.Join(texts, ", ")
}

// boolean reads true and false.
func boolean(text string) (value bool, err error) {
	return text == "true", expect(text == "true" || text == "false")
}

// number reads a whole number in decimal from lowest to highest.
func number(text string, lowest, highest int) (int, error) {
	n, err := strconv.Atoi(text)
	return n, expect(err == nil && lowest <= n && n <= highest)
}

// printable tells whether text has no control characters.
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f })
}
