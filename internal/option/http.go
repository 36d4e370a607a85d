package option

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// httpMap says what HTTP services are asked and must answer. A path may have a
// token in its query, and a body or a header may be known by a secret.
var httpMap = Map{
	Name:    "http",
	About:   "The request for services declared as `http`, `https`, `ws` or `wss`, and the answer that passes. Redirects are not followed",
	Schemes: []endpoint.Scheme{endpoint.HTTPS, endpoint.HTTP, endpoint.WSS, endpoint.WS},
	Options: []Option{
		{
			Name: "path", Secret: true,
			About:    "with a query, if any; default `/`",
			Expected: `a path with a query, if any, such as "/healthz"`,
			set:      setPath,
		}, {
			Name:     "method",
			About:    "`GET`, `HEAD` or `OPTIONS`; default `GET`",
			Expected: oneOf(look.HTTPMethods()),
			set: func(d *draft, text string) error {
				d.http().Method = text
				return expect(slices.Contains(look.HTTPMethods(), text))
			},
		}, {
			Name:     "status",
			About:    "codes that pass, such as `\"200-299,401\"`; default everything below 500",
			Expected: `status codes from 100 to 599, such as "200", "200-299" or "200-299,401"`,
			set: func(d *draft, text string) (err error) {
				d.http().Status, err = parseStatus(text)
				return err
			},
		}, {
			Name:     "host",
			About:    "the `Host` header",
			Expected: `what a Host header has, such as "www.example.com" or "www.example.com:8080"`,
			set: func(d *draft, text string) error {
				d.http().Host = text
				u, err := url.Parse("http://" + text)
				return expect(err == nil && u.Host == text)
			},
		}, {
			Name: "request_headers", Secret: true,
			About:    "headers of the request, one a line, such as `\"Authorization: Bearer TOKEN\\nAccept: application/json\"`",
			Expected: `one header a line, such as "Accept: application/json"`,
			set:      setRequestHeaders,
		}, {
			Name: "response_header", Secret: true,
			About:    "a header that the answer must have, such as `\"Strict-Transport-Security\"`, with a text that its value must contain, if any, such as `\"Content-Type: application/json\"`",
			Expected: `the name of a header, such as "Strict-Transport-Security", or a header with a part of its value, such as "Content-Type: application/json"`,
			set: func(d *draft, text string) error {
				h, err := parseHeader(text)
				d.http().Header = &h
				return err
			},
		}, {
			Name: "contains", Secret: true,
			About:    "a text that the body must contain within its first 64 KiB",
			Expected: "a text",
			set: func(d *draft, text string) error {
				d.http().Contains = text
				return nil
			},
		}, {
			Name: "matches", Secret: true,
			About:    "a regular expression in [RE2](https://github.com/google/re2/wiki/Syntax) that the body must match somewhere within its first 64 KiB",
			Expected: `a regular expression in the syntax of RE2, such as "\"status\": *\"up\""`,
			set:      setMatches,
		},
	},
	together: func(d *draft) error {
		if h := d.HTTP; h != nil && h.Method == http.MethodHead && (d.given["contains"] || d.given["matches"]) {
			return fmt.Errorf("method is HEAD, whose answers have no body. Expected another method beside contains and matches")
		}
		if webSocket := d.Scheme == endpoint.WS || d.Scheme == endpoint.WSS; webSocket {
			for _, name := range []string{"method", "contains", "matches"} {
				if d.given[name] {
					return fmt.Errorf("%s is not for %s, which begins with GET and has no body. Expected the other options", name, d.Scheme)
				}
			}
		}
		d.http() // or an empty map would ask for nothing
		return nil
	},
	put: func(of, into *look.Target) { into.HTTP = of.HTTP },
}

// http returns the options of HTTP, made if there are none.
func (d *draft) http() *look.HTTP {
	if d.HTTP == nil {
		d.HTTP = &look.HTTP{}
	}
	return d.HTTP
}

func setPath(d *draft, text string) error {
	d.http().Path = text
	switch u, err := url.ParseRequestURI(text); {
	case !strings.HasPrefix(text, "/"):
		return fmt.Errorf("does not begin with \"/\"")
	case strings.Contains(text, "#"):
		return fmt.Errorf("has a \"#\", and a fragment is never sent")
	case strings.Contains(text, " ") || !printable(text):
		return fmt.Errorf("has a blank or a control character; a blank is written as %%20")
	case err != nil:
		return fmt.Errorf("has an escape that is none: \"%%\" and two hexadecimal digits are one")
	default:
		return expect(u.Fragment == "")
	}
}

// parseStatus reads status codes and ranges of them with commas between them.
func parseStatus(text string) ([]look.StatusRange, error) {
	var ranges []look.StatusRange
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		from, err := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err != nil || err2 != nil || from < 100 || to > 599 || from > to {
			return nil, errExpected
		}
		ranges = append(ranges, look.StatusRange{First: from, Last: to})
	}
	return ranges, nil
}

// ownHeaders are headers that cannot be asked for: another option or the request
// itself sets them, or they are of one connection, which HTTP/2 forbids (RFC 9113
// section 8.2.2).
var ownHeaders = map[string]string{
	"Host":                "the option host sets it",
	"Connection":          "it is of the connection",
	"Proxy-Connection":    "it is of the connection",
	"Keep-Alive":          "it is of the connection",
	"Upgrade":             "it is of the connection",
	"Te":                  "it is of the connection",
	"Trailer":             "it is of a body, and the request has none",
	"Transfer-Encoding":   "it is of a body, and the request has none",
	"Content-Length":      "it is of a body, and the request has none",
	"Expect":              "it is of a body, and the request has none",
	"Accept-Encoding":     "the body is read as it is sent",
	"Proxy-Authorization": "it is for a proxy",
}

func setRequestHeaders(d *draft, text string) error {
	var headers []look.HTTPHeader
	for line := range strings.Lines(strings.TrimSpace(text)) {
		number := len(headers) + 1
		h, err := parseHeader(strings.TrimRight(line, "\r\n"))
		if err == nil && !strings.Contains(line, ":") {
			err = fmt.Errorf("has no colon")
		}
		if err != nil {
			return fmt.Errorf("line %d %w", number, err)
		}
		if why := ownHeaders[http.CanonicalHeaderKey(h.Name)]; why != "" {
			return fmt.Errorf("line %d is %s, which cannot be set: %s", number, h.Name, why)
		}
		headers = append(headers, h)
	}
	d.http().Headers = headers
	return expect(len(headers) > 0)
}

// parseHeader reads a header; the value may be missing (RFC 9110 section 5.1). The
// error shows neither: a name may be a secret whose name was forgotten.
func parseHeader(line string) (look.HTTPHeader, error) {
	name, value, _ := strings.Cut(line, ":")
	value = strings.Trim(value, " \t")
	switch {
	case !httpguts.ValidHeaderFieldName(name):
		return look.HTTPHeader{}, fmt.Errorf("does not begin with the name of a header")
	case !httpguts.ValidHeaderFieldValue(value):
		return look.HTTPHeader{}, fmt.Errorf("has a control character in the value of the header")
	}
	return look.HTTPHeader{Name: name, Value: value}, nil
}

func setMatches(d *draft, text string) error {
	pattern, err := regexp.Compile(text)
	if wrong, ok := err.(*syntax.Error); ok { //nolint:errorlint // Compile returns it as it is
		return fmt.Errorf("is no regular expression: %s", wrong.Code)
	}
	d.http().Matches = pattern
	return expect(err == nil)
}
