package baseline

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxAttributes is how many attributes one element may have; real files have
// about 20. Each costs many times its text in memory.
const maxAttributes = 1000

// xmlText gives an XML text byte by byte, with U+FFFD in place of each character
// that XML 1.0 forbids (section 2.2), raw or as a reference: scanners write what
// services sent, such as &#x1;, and a forbidden character in text that nobody
// reads must not spoil a file.
type xmlText struct {
	text       string // not yet read
	pending    string // read before text
	inTag      bool
	quote      byte // in a tag: the quotation mark that ends the value, or 0
	attributes int  // in a tag: values so far

	size  int          // bytes read since the beginning of the element, text or comment
	ended func() error // not nil when the call was interrupted
}

// bytesAtOnce are read between two questions whether the call was interrupted.
const bytesAtOnce = 1 << 16

// Read reads one byte. [encoding/xml] asks for an [io.Reader], and uses ReadByte.
func (x *xmlText) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := x.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	return 1, nil
}

// ReadByte implements [io.ByteReader].
func (x *xmlText) ReadByte() (byte, error) {
	if x.size++; x.size > maxElement {
		return 0, fmt.Errorf("an element, a text or a comment is larger than %d MiB", maxElement>>20)
	}
	if len(x.text)%bytesAtOnce == 0 {
		if err := x.ended(); err != nil {
			return 0, err
		}
	}
	if x.pending == "" {
		if x.text == "" {
			return 0, io.EOF
		}
		c := x.text[0]
		if c >= ' ' && c < utf8.RuneSelf && c != '&' || c == '\n' || c == '\t' || c == '\r' {
			x.text = x.text[1:]
			return c, x.count(c)
		}
		x.character()
	}
	c := x.pending[0]
	x.pending = x.pending[1:]
	return c, nil
}

// character moves the character with which text begins to pending.
func (x *xmlText) character() {
	size, allowed := 1, true
	switch c := x.text[0]; {
	case c >= utf8.RuneSelf:
		var r rune
		r, size = utf8.DecodeRuneInString(x.text)
		allowed = size > 1 && inXML(r)
	case strings.HasPrefix(x.text, "&#"):
		if length, r := reference(x.text); length > 0 && !inXML(r) {
			size, allowed = length, false
		}
	case c < ' ':
		allowed = false
	}
	x.pending = x.text[:size]
	if !allowed {
		x.pending = string(utf8.RuneError)
	}
	x.text = x.text[size:]
}

const maxReference = 32 // bytes; one such as &#x10FFFF; has 10

// reference reads a numeric reference, such as &#x1;, at the beginning of text. It
// returns its length in bytes, 0 if there is none, and the character that it means.
func reference(text string) (length int, r rune) {
	end := strings.IndexByte(text[:min(len(text), maxReference)], ';')
	if end < 0 {
		return 0, 0
	}
	digits, base := text[len("&#"):end], 10
	if hex, is := strings.CutPrefix(digits, "x"); is {
		digits, base = hex, 16
	}
	switch n, err := strconv.ParseUint(digits, base, 31); {
	case errors.Is(err, strconv.ErrRange):
		return end + 1, -1
	case err == nil:
		return end + 1, rune(n)
	}
	return 0, 0
}

// inXML reports whether XML 1.0 allows r (section 2.2, Char).
func inXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// count counts the attributes of a tag by their quotation marks. Outside tags, and
// in comments that look like tags, each "<" begins anew.
func (x *xmlText) count(c byte) error {
	switch {
	case c == '<':
		x.inTag, x.quote, x.attributes = true, 0, 0
	case !x.inTag:
	case x.quote != 0:
		if c == x.quote {
			x.quote = 0
		}
	case c == '>':
		x.inTag = false
	case c == '"' || c == '\'':
		x.quote = c
		if x.attributes++; x.attributes > maxAttributes {
			return fmt.Errorf("an element has more than %d attributes", maxAttributes)
		}
	}
	return nil
}
