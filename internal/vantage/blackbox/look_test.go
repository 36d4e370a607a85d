package blackbox

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestFaults: whatever the exporter's HTTP server does is no fault of the port, and
// is tried again where that may help.
func TestFaults(t *testing.T) {
	t.Parallel()
	status := func(code int) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Location", "/login?token="+secret)
			http.Error(w, "what it says", code)
		}
	}
	reset := func(w http.ResponseWriter) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
	}
	write := func(text string) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, _ int) { fmt.Fprint(w, text) }
	}
	tests := []struct {
		name   string
		probe  func(w http.ResponseWriter, r *http.Request, nth int)
		want   string
		detail string
		tries  int32
	}{
		{"502", status(502), "unknown vantage-failed", "the exporter answered 502 Bad Gateway", 3},
		{"503", status(503), "unknown vantage-failed", "the exporter answered 503 Service Unavailable", 3},
		{"429", status(429), "unknown vantage-failed", "the exporter answered 429 Too Many Requests", 3},
		{"401", status(401), "unknown vantage-failed", "the exporter answered 401 Unauthorized", 1},
		{"403", status(403), "unknown vantage-failed", "the exporter answered 403 Forbidden", 1},
		{"404", status(404), "unknown vantage-failed", "the exporter answered 404 Not Found", 1},
		{"400", status(400), "unknown vantage-failed", `the exporter: what it says\n`, 1},
		{"redirect", status(302), "unknown vantage-failed", "the exporter answered 302 Found", 1},
		{"no content", status(204), "unknown vantage-failed", "the exporter answered 204 No Content", 1},
		{"a page", write("<html>Log in</html>"), "unknown vantage-failed", "not an answer of blackbox_exporter", 1},
		{"nothing", write(""), "unknown vantage-failed", "not an answer of blackbox_exporter", 1},
		{"huge", write(strings.Repeat("a", maxAnswer+1)), "unknown vantage-failed", "the exporter: the answer is longer than 1 MiB", 1},
		{"resets", func(w http.ResponseWriter, _ *http.Request, _ int) { reset(w) }, "unknown vantage-failed", "*", 3},
		{"cut short", func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, answerOf(true, ""))
		}, "unknown vantage-failed", "the exporter: unexpected EOF", 3},
		{"502 twice", func(w http.ResponseWriter, r *http.Request, nth int) {
			if nth < 3 {
				status(502)(w, r, nth)
				return
			}
			fmt.Fprint(w, answerOf(true, ""))
		}, "open syn-ack", "", 3},
		{"a reset", func(w http.ResponseWriter, _ *http.Request, nth int) {
			if nth == 1 {
				reset(w)
				return
			}
			fmt.Fprint(w, answerOf(false, "dial tcp4 192.0.2.7:5432: connect: connection refused"))
		}, "closed conn-refused", "", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, tt.probe)
			v := open(t, Config{URL: f.URL, BearerToken: secret})
			r := v.Look(t.Context(), tcpTarget, lookTimeout)
			// Which error a reset is depends on who sees it first, and whether the
			// request was on a connection that had been used.
			if got := seen(r); got != tt.want || tt.detail != "*" && r.Detail != tt.detail {
				t.Errorf("%s, %q, want %s, %q", got, r.Detail, tt.want, tt.detail)
			}
			if got := f.tries.Load(); tt.detail != "*" && tt.name != "a reset" && got != tt.tries || got < tt.tries {
				t.Errorf("%d tries, want %d", got, tt.tries)
			}
			if strings.Contains(r.Detail, secret) {
				t.Errorf("the credential is in %q", r.Detail)
			}
			if r.Remote != tcpTarget.Addr || r.Start.IsZero() || r.RTT <= 0 || r.Local.IsValid() {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestHangs: an exporter that does not answer ends the look, and what the look
// began ends with the view.
func TestHangs(t *testing.T) {
	f := newFake(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
	v := open(t, Config{URL: f.URL})
	r := v.Look(t.Context(), tcpTarget, time.Millisecond)
	if got := seen(r); got != "unknown vantage-failed" || r.Detail != "the exporter did not answer in time" {
		t.Errorf("%s, %q", got, r.Detail)
	}
}

// TestKilled: an exporter that is gone is tried again, and is not the port's fault.
func TestKilled(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request, _ int) { fmt.Fprint(w, answerOf(true, "")) })
	v := open(t, Config{URL: f.URL})
	if r := v.Look(t.Context(), tcpTarget, lookTimeout); r.State != look.Open {
		t.Fatalf("%+v", r)
	}
	f.Close()
	r := v.Look(t.Context(), tcpTarget, lookTimeout)
	if got := seen(r); got != "unknown vantage-failed" || !strings.Contains(r.Detail, "refused") {
		t.Errorf("%s, %q", got, r.Detail)
	}
}

// TestCancel: a look that is ended from outside is Cancelled, whether it waits for
// an answer, for the next try or for nothing yet.
func TestCancel(t *testing.T) {
	asked := make(chan struct{}, 10)
	tests := []struct {
		name  string
		probe func(w http.ResponseWriter, r *http.Request, nth int)
	}{
		{"while the exporter probes", func(_ http.ResponseWriter, r *http.Request, _ int) {
			asked <- struct{}{}
			<-r.Context().Done()
		}},
		{"between two tries", func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Retry-After", "60")
			http.Error(w, "", http.StatusServiceUnavailable)
			asked <- struct{}{}
		}},
	}
	for _, tt := range tests {
		f := newFake(t, tt.probe)
		v := open(t, Config{URL: f.URL})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-asked
			cancel()
		}()
		if r := v.Look(ctx, tcpTarget, time.Hour); seen(r) != "unknown cancelled" {
			t.Errorf("%s: %+v", tt.name, r)
		}
		if r := v.Look(ctx, tcpTarget, time.Hour); seen(r) != "unknown cancelled" || f.tries.Load() != 1 {
			t.Errorf("%s, once more: %+v after %d tries", tt.name, r, f.tries.Load())
		}
	}
}

// TestReuse: 32 looks at once take 32 connections, and a thousand looks hardly more:
// the transport gives one up when it is slow to see that the request was written.
func TestReuse(t *testing.T) {
	const atOnce, each = 32, 32
	all := make(chan struct{})
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request, nth int) {
		if nth == atOnce {
			close(all)
		}
		<-all
		fmt.Fprint(w, answerOf(true, ""))
	})
	v := open(t, Config{URL: f.URL})
	states := make(chan look.State, atOnce*each)
	for range atOnce {
		go func() {
			for range each {
				states <- v.Look(t.Context(), tcpTarget, time.Minute).State
			}
		}()
	}
	for range atOnce * each {
		if state := <-states; state != look.Open {
			t.Fatal(state)
		}
	}
	if got := f.accepted.Load(); got > 2*atOnce {
		t.Errorf("%d connections for %d looks at once", got, atOnce)
	}
}

// TestFull: an exporter that probes two at a time lets the others wait, and each
// look gets its answer all the same.
func TestFull(t *testing.T) {
	room := make(chan struct{}, 2)
	f := newFake(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		room <- struct{}{}
		defer func() { <-room }()
		if strings.HasSuffix(r.URL.Query().Get("target"), ":81") {
			fmt.Fprint(w, answerOf(false, "dial tcp4 192.0.2.7:81: connect: connection refused"))
			return
		}
		fmt.Fprint(w, answerOf(true, ""))
	})
	v := open(t, Config{URL: f.URL})
	results := make(chan look.Result)
	for i := range 64 {
		at := tcpTarget
		at.Addr = netip.AddrPortFrom(at.Addr.Addr(), uint16(80+i%2))
		go func() { results <- v.Look(t.Context(), at, time.Minute) }()
	}
	for range 64 {
		r, want := <-results, look.Open
		if r.Remote.Port() == 81 {
			want = look.Closed
		}
		if r.State != want || r.RTT != 250*time.Millisecond {
			t.Errorf("%+v", r)
		}
	}
}

// TestCloseEndsDials: a connection that is still being opened when its look is over
// ends with the view.
func TestCloseEndsDials(t *testing.T) {
	f := newFake(t, nil)
	dialling, ended := make(chan struct{}), make(chan struct{})
	var hang atomic.Bool
	e, err := New(Config{URL: f.URL, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if !hang.Load() {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		close(dialling)
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := e.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	hang.Store(true)
	v.line.CloseIdle()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-dialling
		cancel()
	}()
	if r := v.Look(ctx, tcpTarget, time.Minute); r.Reason != look.Cancelled {
		t.Errorf("%+v", r)
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	<-ended
}

// TestSettle: where the log does not tell why a service failed, the module for tcp
// tells whether its port is open.
func TestSettle(t *testing.T) {
	const silent = "context deadline exceeded"
	took := func(text, seconds string) string {
		return strings.Replace(text, "probe_duration_seconds 0.25", "probe_duration_seconds "+seconds, 1)
	}
	tests := []struct {
		name         string
		service, tcp string // answers
		want         string
	}{
		{"mute", took(httpAnswer(false, 0, "Error for HTTP request", silent, ""), "2"), answerOf(true, ""), "unresponsive no-greeting"},
		{"dropped", took(httpAnswer(false, 0, "Error for HTTP request", silent, ""), "2"), answerOf(false, "dial tcp4 192.0.2.7:443: i/o timeout"), "filtered no-response"},
		{"no log, and open", answerOf(false, ""), answerOf(true, ""), "unresponsive wrong-protocol"},
		{"no log, and not open", answerOf(false, ""), answerOf(false, ""), "closed|filtered not-told"},
		{"no log, and dropped", took(answerOf(false, ""), "2"), took(answerOf(false, ""), "2"), "filtered no-response"},
		{"no log, and no answer", answerOf(false, ""), "<html>", "closed|filtered not-told"},
		{"told", httpAnswer(false, 0, "Error for HTTP request", "EOF", ""), "is not asked", "unresponsive closed-early"},
	}
	for _, tt := range tests {
		f := newFake(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.URL.Query().Get("module") == "http_2xx" {
				fmt.Fprint(w, tt.service)
				return
			}
			fmt.Fprint(w, tt.tcp)
		})
		v := open(t, Config{URL: f.URL})
		r := v.Look(t.Context(), look.Target{Scheme: endpoint.HTTPS, Addr: netip.MustParseAddrPort("192.0.2.7:443"), Host: "web"}, 2*time.Second)
		if seen(r) != tt.want {
			t.Errorf("%s: %+v, want %s", tt.name, r, tt.want)
		}
		if r.State == look.ClosedFiltered && !strings.Contains(r.Detail, "--log.prober=info") {
			t.Errorf("%s: nothing says what to do: %+v", tt.name, r)
		}
	}
}
