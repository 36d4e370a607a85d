package blackbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	// capacity is how many looks are taken at once. Each takes a connection here,
	// and two or three descriptors at the exporter, which may have 1,024.
	capacity = 256
	// maxAnswer is how many octets of an answer are read. One of a failed probe
	// has two thousand, and a configuration some ten thousand.
	maxAnswer = 1 << 20

	retries   = 2                      // further tries of one request
	leastWait = 200 * time.Millisecond // before the first of them, then twice that
	mostWait  = 2 * time.Second        // whatever the exporter asks for

	// slack is how much longer than the probe one try may take, for the way to
	// the exporter and back; moment is it for all tries of a look.
	slack  = time.Second
	moment = 2 * time.Second
	// openTry is how long one try to read the modules may take.
	openTry = 5 * time.Second
	// dialTry is how long connecting may take when nobody waits for it any more.
	dialTry = 10 * time.Second
)

var errTooLong = errors.New("the answer is longer than 1 MiB")

// line is the connections to one exporter.
type line struct {
	exporter *Exporter
	http     *http.Transport
	life     context.Context // ends with close
	end      context.CancelFunc
	dials    sync.WaitGroup // those that are under way

	mu   sync.Mutex
	open map[*wire]struct{}
}

// wire is one connection, which its line knows until it is closed.
type wire struct {
	net.Conn
	line *line
}

func (w *wire) Close() error {
	w.line.mu.Lock()
	delete(w.line.open, w)
	w.line.mu.Unlock()
	return w.Conn.Close()
}

func newLine(e *Exporter) *line {
	l := &line{exporter: e, open: map[*wire]struct{}{}}
	l.life, l.end = context.WithCancel(context.Background())
	l.http = &http.Transport{
		DialContext:         l.dial,
		TLSClientConfig:     e.tls.Clone(),
		TLSHandshakeTimeout: dialTry,
		// As many connections wait for the next look as are in flight, so that
		// none is opened twice.
		MaxIdleConnsPerHost: capacity,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
		Protocols:           &http.Protocols{},
	}
	// Over HTTP/2 all looks would share one connection, and its death.
	l.http.Protocols.SetHTTP1(true)
	if e.dial == nil {
		l.http.Proxy = http.ProxyFromEnvironment
	}
	return l
}

// dial connects to the exporter. The transport goes on with that when the look
// that wanted it is over; the end of the line ends it.
func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	l.dials.Add(1)
	defer l.dials.Done()
	ctx, cancel := context.WithTimeout(ctx, dialTry)
	defer cancel()
	defer context.AfterFunc(l.life, cancel)() //nolint:contextcheck // the end of the line ends it too
	dial := l.exporter.dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w := &wire{Conn: conn, line: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[w] = struct{}{}
	return w, nil
}

// close ends all connections, also those that are not yet complete.
func (l *line) close() {
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

// reply is an answer of the exporter's HTTP server.
type reply struct {
	code     int
	status   string // "502 Bad Gateway"
	location string // where a redirect leads
	body     []byte // at most maxAnswer
}

// get asks for u until there is an answer that is neither a 5xx nor a 429, or ctx
// leaves less than least for another try. each is how long one try may take.
// Redirects are not followed: credentials would go along.
func (l *line) get(ctx context.Context, u *url.URL, header http.Header, each, least time.Duration) (reply, error) {
	request, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return reply{}, err
	}
	request.Header = header
	request.Host = l.exporter.host
	// A client for each request has each request's times, and does not close the
	// idle connections of the others when it fails.
	client := retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     try{l.http, each},
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
		return reply{}, bare(err)
	}
	body, err := io.ReadAll(response.Body)
	return reply{code: response.StatusCode, status: response.Status, location: response.Header.Get("Location"), body: body}, err
}

// again tells whether a request is tried again: only while there is time for
// another whole try, since a probe that is cut short would be taken for silence.
func again(ctx context.Context, r *http.Response, err error, least time.Duration) (bool, error) {
	deadline, bounded := ctx.Deadline()
	if errors.Is(err, errTooLong) || ctx.Err() == nil && bounded && time.Until(deadline) < least {
		return false, nil
	}
	return retryablehttp.DefaultRetryPolicy(ctx, r, err)
}

// backoff is the library's, but no longer than it may be where the exporter asks
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
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxAnswer:
		return nil, errTooLong
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}
