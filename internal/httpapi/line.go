package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

const (
	// Tries is how often one request is made at most.
	Tries = 1 + retries

	retries   = 2                      // further tries of one request
	leastWait = 200 * time.Millisecond // before the first of them, then twice that
	mostWait  = 2 * time.Second        // whatever the server asks for

	// dialTry is how long connecting may take when nobody waits for it any more.
	dialTry = 10 * time.Second
)

// tooLongError is an answer that is longer than it may be.
type tooLongError int64

func (e tooLongError) Error() string {
	return fmt.Sprintf("the answer is longer than %d MiB", int64(e)>>20)
}

// Line is the connections to one server. It is safe for concurrent use.
type Line struct {
	server *Server
	http   *http.Transport
	life   context.Context // ends with Close
	end    context.CancelFunc
	dials  sync.WaitGroup // those that are under way

	mu   sync.Mutex
	open map[*wire]struct{}
}

// wire is one connection, which its line knows until it is closed.
type wire struct {
	net.Conn
	line *Line
}

func (w *wire) Close() error {
	w.line.mu.Lock()
	delete(w.line.open, w)
	w.line.mu.Unlock()
	return w.Conn.Close()
}

// Open makes a line to the server. Nothing is sent before the first request. Whoever
// opens it closes it.
func (s *Server) Open() *Line {
	l := &Line{server: s, open: map[*wire]struct{}{}}
	l.life, l.end = context.WithCancel(context.Background())
	l.http = &http.Transport{
		DialContext:         l.dial,
		TLSClientConfig:     s.tls.Clone(),
		TLSHandshakeTimeout: dialTry,
		MaxIdleConnsPerHost: s.config.Idle,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
		Protocols:           &http.Protocols{},
	}
	// Over HTTP/2 all requests would share one connection, and its death.
	l.http.Protocols.SetHTTP1(true)
	if s.proxied {
		l.http.Proxy = http.ProxyFromEnvironment
	}
	return l
}

// dial connects to the server. The transport goes on with that when the request
// that wanted it is over; the end of the line ends it.
func (l *Line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	l.dials.Add(1)
	defer l.dials.Done()
	ctx, cancel := context.WithTimeout(ctx, dialTry)
	defer cancel()
	defer context.AfterFunc(l.life, cancel)() //nolint:contextcheck // the end of the line ends it too
	conn, err := l.server.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w := &wire{Conn: conn, line: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[w] = struct{}{}
	return w, nil
}

// CloseIdle closes the connections that wait for a request.
func (l *Line) CloseIdle() { l.http.CloseIdleConnections() }

// Close ends all connections, also those that are not yet complete.
func (l *Line) Close() {
	l.end()
	l.dials.Wait()
	l.http.CloseIdleConnections()
	l.mu.Lock()
	left := l.open
	l.open = map[*wire]struct{}{}
	l.mu.Unlock()
	for w := range left {
		_ = w.Conn.Close() // it is over either way
	}
}

// Reply is an answer of the server.
type Reply struct {
	Code     int
	Status   string // "502 Bad Gateway"
	Location string // where a redirect leads
	Body     []byte // at most MaxAnswer
}

// Get asks for u, with header, until there is an answer that is neither a 5xx nor a
// 429, or ctx leaves less than least for another try. each is how long one try may
// take. The error is without the URL, which whoever reads it knows.
func (l *Line) Get(ctx context.Context, u *url.URL, header http.Header, each, least time.Duration) (Reply, error) {
	request, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Reply{}, err
	}
	request.Header = header
	request.Host = l.server.host
	// A client for each request has each request's times, and does not close the
	// idle connections of the others when it fails.
	client := retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     try{l.http, each, l.server.config.MaxAnswer},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     retries,
		RetryWaitMin: leastWait,
		RetryWaitMax: mostWait,
		Backoff:      backoff,
		CheckRetry:   func(ctx context.Context, r *http.Response, err error) (bool, error) { return again(ctx, r, err, least) },
		ErrorHandler: retryablehttp.PassthroughErrorHandler, // or the last answer is lost
	}
	response, err := client.Do(request)
	if response != nil {
		defer func() { _ = response.Body.Close() }() // it is in memory
	}
	if err != nil {
		return Reply{}, bare(err)
	}
	body, err := io.ReadAll(response.Body)
	return Reply{Code: response.StatusCode, Status: response.Status, Location: response.Header.Get("Location"), Body: body}, err
}

// again tells whether a request is tried again: only while there is time for
// another whole try, since a probe that is cut short would be taken for silence.
func again(ctx context.Context, r *http.Response, err error, least time.Duration) (bool, error) {
	if _, refused := errors.AsType[guard.Refusal](err); refused {
		return false, nil
	}
	deadline, bounded := ctx.Deadline()
	if _, tooLong := errors.AsType[tooLongError](err); tooLong || ctx.Err() == nil && bounded && time.Until(deadline) < least {
		return false, nil
	}
	return retryablehttp.DefaultRetryPolicy(ctx, r, err)
}

// backoff is the library's, but no longer than it may be where the server asks
// for more (RFC 9110 section 10.2.3).
func backoff(least, most time.Duration, attempt int, r *http.Response) time.Duration {
	return min(retryablehttp.DefaultBackoff(least, most, attempt, r), most)
}

// bare is err without the URL, which whoever reads the error knows.
func bare(err error) error {
	if asked, ok := errors.AsType[*url.Error](err); ok {
		return asked.Err
	}
	return err
}

// try is the transport with a deadline for each try, in which the answer has to be
// read too.
type try struct {
	http *http.Transport
	each time.Duration
	most int64 // octets of an answer
}

// RoundTrip implements http.RoundTripper.
func (t try) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(request.Context(), t.each)
	defer cancel()
	response, err := t.http.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // what was to be read has been
	body, err := io.ReadAll(io.LimitReader(response.Body, t.most+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(body)) > t.most:
		return nil, tooLongError(t.most)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}
