package service

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// userAgent is what access logs show.
const userAgent = "portcheck"

// alpnHTTP are the versions of HTTP that are spoken over TLS (RFC 9113 section
// 3.2, RFC 7301 section 6).
var alpnHTTP = []string{protocolHTTP2, protocolHTTP1}

const (
	protocolHTTP1 = "http/1.1"
	protocolHTTP2 = "h2"
)

// httpTalk makes one request over HTTP/1.1 (RFC 9112), or over HTTP/2 (RFC
// 9113) where TLS agreed on that. Redirects are not followed.
func httpTalk(s *session) error {
	request, err := httpRequest(s.target)
	if err != nil {
		return fault{reason: look.WrongProtocol, detail: printable([]byte(err.Error()))}
	}
	response, err := s.roundTrip(request)
	switch {
	case err != nil && s.isHTTP2():
		return s.http2Fault(err)
	case err != nil:
		return err
	}
	s.hurry() // the body may never end
	defer func() {
		_, _ = io.Copy(io.Discard, s.in) // as leave does
		_ = response.Body.Close()
	}()
	if err := s.refusedInHTTP(response); err != nil && !errors.Is(err, errTurnedAway) { // then the status decides
		return err
	}
	if err = s.statusFault(response.StatusCode, response.Proto+" "+response.Status); err == nil {
		err = s.asExpected(response)
	}
	if s.target.Scheme == endpoint.HTTP && response.StatusCode == http.StatusBadRequest && (err != nil || !s.expects()) {
		return nextWay{err} // many servers give it to plain HTTP on a port for HTTPS, each in words of its own
	}
	return err
}

// statusFault returns the fault that a status shows, nil if it passes.
func (s *session) statusFault(status int, said string) error {
	if accepted(s.target.HTTP, status) {
		return nil
	}
	return fault{reason: look.StatusReason(status), detail: printable([]byte(said))}
}

// roundTrip sends request over s.
func (s *session) roundTrip(request *http.Request) (*http.Response, error) {
	if s.isHTTP2() {
		return s.roundTrip2(request)
	}
	if err := request.Write(s.conn); err != nil && !isEnd(err) { // as send has it
		return nil, err
	}
	for {
		response, err := s.response()
		if err != nil || response.StatusCode >= 200 || response.StatusCode == http.StatusSwitchingProtocols {
			return response, err
		}
	}
}

// http1 begins the status line.
const http1 = "HTTP/1."

// response reads an answer in HTTP/1.1 up to its body (RFC 9112 section 2.1),
// which is left to read. Most fields do not matter, and so they are read with less
// care than net/http does.
func (s *session) response() (*http.Response, error) {
	line, err := s.line()
	switch begin := line[:min(len(line), len(http1))]; {
	case string(begin) != http1[:len(begin)]: // however it ended
		return nil, wrong(s.head())
	case err != nil:
		return nil, err
	}
	proto, status, _ := strings.Cut(string(line), " ")
	_, _, isHTTP := http.ParseHTTPVersion(proto)
	digits, _, _ := strings.Cut(status, " ")
	code, err := strconv.Atoi(digits)
	if !isHTTP || err != nil || len(digits) != 3 || code < 100 {
		return nil, wrong(s.head())
	}
	header := http.Header{}
	for len(line) > 0 {
		if line, err = s.line(); errors.Is(err, errTooLong) {
			return nil, fault{reason: look.HeaderTooLarge, detail: printable(s.head())}
		}
		if err != nil {
			return nil, err
		}
		if name, value, ok := strings.Cut(string(line), ":"); ok {
			header.Add(name, strings.TrimSpace(value))
		}
	}
	return &http.Response{Proto: proto, Status: status, StatusCode: code, Header: header, Body: io.NopCloser(s.body(code, header))}, nil
}

// roundTrip2 sends request over HTTP/2. The answer has a body to read only if that
// is wanted.
func (s *session) roundTrip2(request *http.Request) (*http.Response, error) {
	transport := &http.Transport{
		DialTLSContext:         func(context.Context, string, string) (net.Conn, error) { return s.secure.conn, nil },
		Protocols:              &http.Protocols{},
		MaxResponseHeaderBytes: maxAnswer,
		DisableCompression:     true,
	}
	transport.Protocols.SetHTTP2(true)
	client, err := transport.NewClientConn(request.Context(), "https", request.URL.Host)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Close() }()
	response, err := client.RoundTrip(request)
	switch {
	case err != nil:
	case s.target.HTTP != nil && s.target.HTTP.ExpectsBody():
		response.Body = io.NopCloser(kept(response.Body))
	case s.mayRefuse(response.StatusCode):
		s.hurry() // the body may never end
		response.Body = io.NopCloser(kept(response.Body))
	}
	return response, err
}

// isHTTP2 tells whether TLS agreed on HTTP/2.
func (s *session) isHTTP2() bool {
	return s.encrypted() && s.secure.conn.ConnectionState().NegotiatedProtocol == protocolHTTP2
}

// http2Fault says what an error of a request over HTTP/2 means: it tells a server
// that gave up from one that does not speak HTTP/2. The errors of net/http have no
// types to go by, and for a closed connection it returns one of several, depending
// on which goroutine sees it first.
func (s *session) http2Fault(err error) error {
	f := fault{reason: look.WrongProtocol, detail: printable([]byte(err.Error()))}
	said := strings.Contains(err.Error(), "received from peer") || strings.Contains(err.Error(), "GOAWAY")
	switch {
	case errors.Is(err, errTooLong): // what is no frame has ended it before
		return fault{reason: look.HeaderTooLarge, detail: errTooLong.Error()}
	case s.mindsCertificate(err):
		return err
	case !time.Now().Before(s.deadline):
		return fault{reason: look.Incomplete, detail: "HTTP/2, but no answer to the request"}
	case said && strings.Contains(err.Error(), http11Required):
		f.reason = look.ClosedEarly
		return nextWay{f}
	case said:
		f.reason = look.ClosedEarly
	case isEnd(err): // if writing found that out, why is still to be read
		return cmp.Or(s.ended(verdictTime), err)
	default: // what comes after that is an answer to our own end
		return cmp.Or(s.ended(0), error(f))
	}
	return f
}

// http11Required is the error code of a server that wants HTTP/1.1 for what it
// was asked (RFC 9113 section 7), in the words of net/http.
const http11Required = "HTTP_1_1_REQUIRED"

// httpRequest makes the request that t asks for.
func httpRequest(t look.Target) (*http.Request, error) {
	options := t.HTTP
	if options == nil {
		options = &look.HTTP{}
	}
	method, path := options.Method, options.Path
	if method == "" {
		method = look.HTTPMethods()[0]
	}
	if path == "" {
		path = "/"
	}
	u, err := url.ParseRequestURI(path)
	if err != nil {
		return nil, err
	}
	u.Scheme, u.Host = string(t.Scheme), authority(t)
	request, err := http.NewRequest(method, u.String(), nil) //nolint:noctx // the deadline is the connection's
	if err != nil {
		return nil, err
	}
	if options.Host != "" {
		request.Host = options.Host
	}
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Accept", "*/*")
	given := http.Header{}
	for _, h := range options.Headers {
		given.Add(h.Name, h.Value)
	}
	maps.Copy(request.Header, given)
	request.Close = true
	return request, nil
}

// inURLs are schemes of URLs, which leave out their usual port (RFC 9110 section 4.2, RFC
// 6455 section 3).
var inURLs = []endpoint.Scheme{endpoint.HTTP, endpoint.HTTPS, endpoint.WS, endpoint.WSS}

// authority is what the host of t is asked for as (RFC 9110 section 7.2): over
// TLS by the name that the handshake asks for, or servers with many names would
// have to answer for another one (421, RFC 9110 section 15.5.20).
func authority(t look.Target) string {
	port := t.Addr.Port()
	if t.TLS != nil && t.TLS.ServerName != "" && t.Scheme.HasCertificate() {
		t.Host = endpoint.Host(t.TLS.ServerName)
	}
	if slices.Contains(inURLs, t.Scheme) && port == t.Scheme.Port() {
		return t.Host.InURL()
	}
	return net.JoinHostPort(string(t.Host), strconv.Itoa(int(port)))
}

// accepted tells whether a status passes.
func accepted(options *look.HTTP, status int) bool {
	if options == nil || len(options.Status) == 0 {
		return status < 500
	}
	return slices.ContainsFunc(options.Status, func(r look.StatusRange) bool { return r.First <= status && status <= r.Last })
}
