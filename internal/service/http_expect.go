package service

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// expects tells whether the options want more of an answer than a status.
func (s *session) expects() bool {
	wanted := s.target.HTTP
	return wanted != nil && (wanted.Header != nil || wanted.ExpectsBody())
}

// asExpected judges what the options want of an answer beyond its status. What is
// wanted, and the body, may have secrets: neither is shown.
func (s *session) asExpected(response *http.Response) error {
	if !s.expects() {
		return nil
	}
	wanted := s.target.HTTP
	status := response.Proto + " " + response.Status
	if h := wanted.Header; h != nil {
		values := response.Header.Values(h.Name)
		switch {
		case len(values) == 0:
			return unexpected("%s, and no header %s", status, h.Name)
		case !slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, h.Value) }):
			return unexpected("%s: %s", h.Name, values[0])
		}
	}
	if !wanted.ExpectsBody() {
		return nil
	}
	_ = s.conn.SetReadDeadline(s.deadline) // the body matters, and gets its time
	body, err := io.ReadAll(response.Body)
	s.hurry()
	missing := missingIn(body, wanted)
	switch {
	case missing == "":
		return nil
	case err == nil, errors.Is(err, errTooLong):
		return unexpected("%s, and a body of %d bytes that is not as %s has it", status, len(body), missing)
	case IsTimeout(err):
		return fault{reason: look.Incomplete, detail: printable(fmt.Appendf(nil, "%s, and a body that did not end in time", status))}
	case isEnd(err):
		return fault{reason: look.ClosedEarly, detail: printable(fmt.Appendf(nil, "%s, and a body that was cut off", status))}
	}
	return fault{reason: look.WrongProtocol, detail: printable([]byte(err.Error()))}
}

func unexpected(format string, of ...any) error {
	return fault{reason: look.UnexpectedAnswer, detail: printable(fmt.Appendf(nil, format, of...))}
}

// missingIn names the option that body is not as it wants, empty if there is none.
func missingIn(body []byte, wanted *look.HTTP) string {
	switch {
	case !bytes.Contains(body, []byte(wanted.Contains)):
		return "contains"
	case wanted.Matches != nil && !wanted.Matches.Match(body):
		return "matches"
	}
	return ""
}

// body is the body of an answer in HTTP/1.1, as its header says (RFC 9112 section
// 6.3).
func (s *session) body(status int, header http.Header) io.Reader {
	encodings := header.Values("Transfer-Encoding")
	length, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64)
	switch {
	case status == http.StatusNoContent, status == http.StatusNotModified:
		return http.NoBody
	case len(encodings) > 0 && strings.HasSuffix(strings.ToLower(strings.TrimSpace(encodings[len(encodings)-1])), "chunked"):
		return httputil.NewChunkedReader(s.in)
	case len(encodings) == 0 && err == nil && length >= 0:
		return &whole{s.in, length}
	}
	return s.in
}

// whole reads a body of known length. That it ends before is an error.
type whole struct {
	io.Reader
	left int64
}

func (w *whole) Read(p []byte) (int, error) {
	if w.left == 0 {
		return 0, io.EOF
	}
	n, err := w.Reader.Read(p[:min(int64(len(p)), w.left)])
	w.left -= int64(n)
	if err == io.EOF && w.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// kept reads a body of HTTP/2 while its connection is there.
func kept(body io.Reader) io.Reader {
	text, err := io.ReadAll(body)
	if err == nil {
		return bytes.NewReader(text)
	}
	return io.MultiReader(bytes.NewReader(text), failing{err})
}

// failing is a reader with nothing but an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
