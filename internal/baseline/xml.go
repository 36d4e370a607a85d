package baseline

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const maxDepth = 1000 // nested elements; real files have about ten

// xmlReader walks through XML one element at a time.
type xmlReader struct {
	reader  reader
	text    *xmlText
	decoder *xml.Decoder
	hosts   int // hosts read to their end
	depth   int // elements begun and not ended
}

func newXMLReader(ctx context.Context, r reader, content string) *xmlReader {
	text := &xmlText{text: content, ended: ctx.Err}
	decoder := xml.NewDecoder(text)
	// The text is UTF-8 already: its declaration names the encoding that it had
	// before somebody converted it.
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	return &xmlReader{reader: r, text: text, decoder: decoder}
}

// line returns the line, from 1, where the last token ended.
func (x *xmlReader) line() int {
	line, _ := x.decoder.InputPos()
	return line
}

// fail puts that line before err.
func (x *xmlReader) fail(err error) error { return atLine(x.line(), err) }

// token returns the next token, or [io.EOF] after the last root element.
func (x *xmlReader) token() (xml.Token, error) {
	x.text.size = 0
	token, err := x.decoder.Token()
	var syntax *xml.SyntaxError
	if ended := x.text.ended(); err != nil && ended != nil {
		return nil, ended
	}
	switch token.(type) {
	case xml.StartElement:
		x.depth++
	case xml.EndElement:
		x.depth--
	}
	switch {
	case x.depth > maxDepth:
		return nil, x.fail(fmt.Errorf("there are more than %d elements in each other. Expected %s", maxDepth, x.reader.expected))
	case err == nil || errors.Is(err, io.EOF):
		return token, err
	case errors.As(err, &syntax) && syntax.Msg == "unexpected EOF":
		return nil, atLine(syntax.Line, cutOff(x.hosts, "hosts"))
	case errors.As(err, &syntax):
		return nil, atLine(syntax.Line, fmt.Errorf("this is not well-formed XML: %s. Expected %s", plain(syntax.Msg), x.reader.expected))
	}
	return nil, x.fail(fmt.Errorf("%s. Expected %s", plain(strings.TrimPrefix(err.Error(), "xml: ")), x.reader.expected))
}

// roots calls visit for each root element, which must have one of names: a file to
// which several scans were appended has several. visit must read to the element's
// end.
func (x *xmlReader) roots(visit func() error, names ...string) error {
	for {
		token, err := x.token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.CharData:
			if text := strings.Trim(string(t), " \t\r\n\ufeff"); text != "" {
				return x.fail(unexpected(x.reader))
			}
		case xml.StartElement:
			if !slices.Contains(names, t.Name.Local) {
				return x.fail(fmt.Errorf("<%s> is not expected here. Expected %s", plain(t.Name.Local), x.reader.expected))
			}
			if err := visit(); err != nil {
				return err
			}
		}
	}
}

// each calls visit for each child of the element that was begun last, and reads
// to its end. visit must read to the end of the child: with each, skip or content.
func (x *xmlReader) each(visit func(xml.StartElement) error) error {
	for {
		token, err := x.token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if err := visit(t); err != nil {
				return err
			}
		}
	}
}

// skip reads to the end of the element that was begun last.
func (x *xmlReader) skip() error {
	for depth := 1; depth > 0; {
		token, err := x.token()
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

// content reads to the end of the element that was begun last and returns its
// text without that of its children.
func (x *xmlReader) content() (string, error) {
	return x.contentAnd(func(xml.StartElement) error { return x.skip() })
}

// contentAnd is content, and calls visit for each child, as each does.
func (x *xmlReader) contentAnd(visit func(xml.StartElement) error) (string, error) {
	var b strings.Builder
	for {
		token, err := x.token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			if err := visit(t); err != nil {
				return "", err
			}
		case xml.EndElement:
			return strings.TrimSpace(b.String()), nil
		}
	}
}

// attribute returns the value of an attribute, empty if there is none.
func attribute(element xml.StartElement, name string) string {
	for _, a := range element.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
