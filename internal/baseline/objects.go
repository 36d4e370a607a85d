package baseline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// objectReader takes JSON objects from a text one by one. Between them it skips
// commas, brackets and white space, so that the comma too many of some masscan
// versions does no harm.
type objectReader struct {
	reader reader
	rest   string
	line   int // the line on which rest begins
	arrays int // arrays begun and not ended
	count  int // objects taken
}

// next returns the next object and the line on which it begins, or [io.EOF]
// after the last.
func (o *objectReader) next() (object string, line int, err error) {
	for i := 0; i < len(o.rest); i++ {
		switch c := o.rest[i]; {
		case strings.IndexByte(" \t\r\n,", c) >= 0:
			continue
		case c == '[':
			o.arrays++
		case c == ']' && o.arrays > 0:
			o.arrays--
		case c == '{':
			o.advance(i)
			return o.object()
		default:
			o.advance(i)
			return "", o.line, unexpected(o.reader)
		}
	}
	o.advance(len(o.rest))
	if o.arrays > 0 {
		return "", o.line, cutOff(o.count, "records")
	}
	return "", o.line, io.EOF
}

// advance takes n bytes from the text.
func (o *objectReader) advance(n int) {
	o.line += strings.Count(o.rest[:n], "\n")
	o.rest = o.rest[n:]
}

// object takes the object with which the text begins.
func (o *objectReader) object() (string, int, error) {
	depth, inString := 0, false
	for i := 0; i < len(o.rest); i++ {
		if i > maxElement {
			return "", o.line, fmt.Errorf("a record is larger than %d MiB. Expected %s", maxElement>>20, o.reader.expected)
		}
		switch c := o.rest[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{':
			depth++
		case c == '}':
			depth--
		}
		if depth == 0 {
			object, line := o.rest[:i+1], o.line
			o.advance(i + 1)
			o.count++
			return object, line, nil
		}
	}
	o.advance(len(o.rest))
	return "", o.line, cutOff(o.count, "records")
}

// objects calls visit with each object of text, and puts the object's line
// before an error.
func objects(ctx context.Context, r reader, text string, visit func(object string) error) error {
	o := objectReader{reader: r, rest: text, line: 1}
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		object, line, err := o.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = visit(object)
		}
		if err != nil {
			return atLine(line, err)
		}
	}
}

// decode reads one object. Its errors name the field that is wrong and say what was
// expected. They quote nothing of the object, in which anything may be.
func (r reader) decode(object string, into any) error {
	err := json.Unmarshal(printable(object), into)
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &typ):
		kind, _, _ := strings.Cut(typ.Value, " ") // a number comes with its value
		return fmt.Errorf("%s is a JSON %s, which it cannot be. Expected %s", quote(typ.Field), kind, r.expected)
	case err != nil:
		return fmt.Errorf("this is not JSON: %s. Expected %s", plain(err.Error()), r.expected)
	}
	return nil
}

// printable returns object with a space for each control character. JSON forbids
// them in strings, and what a service sent may end up in one.
func printable(object string) []byte {
	text := []byte(object)
	for i, c := range text {
		if c < ' ' {
			text[i] = ' '
		}
	}
	return text
}

// scalar is the text of a JSON number or string; null is as no text.
type scalar string

// UnmarshalJSON implements [json.Unmarshaler].
func (s *scalar) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	*s = scalar(strings.Trim(string(text), `"`))
	return nil
}
