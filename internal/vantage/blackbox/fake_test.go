package blackbox

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// secret is in every credential of these tests, and in no text for people.
const secret = "s3cr3t"

// lookTimeout is how long the looks of these tests may take at the exporter.
const lookTimeout = 10 * time.Second

// fake is an exporter that shows the modules of the recorded ones, and answers
// probes as the test wants.
type fake struct {
	*httptest.Server
	tries    atomic.Int32 // of probes
	accepted atomic.Int32 // connections
}

// newFake starts an exporter. probe answers the nth try of a probe, from 1.
func newFake(t *testing.T, probe func(w http.ResponseWriter, r *http.Request, nth int)) *fake {
	t.Helper()
	f := &fake{}
	mux := http.NewServeMux()
	mux.HandleFunc("/config", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, recorded(t, "0.28.0", "config"))
	})
	mux.HandleFunc("/probe", func(w http.ResponseWriter, r *http.Request) {
		probe(w, r, int(f.tries.Add(1)))
	})
	f.Server = httptest.NewUnstartedServer(mux)
	f.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			f.accepted.Add(1)
		}
	}
	f.Start()
	t.Cleanup(f.Close)
	return f
}

// open opens the exporter for the rest of the test.
func open(t *testing.T, c Config) *view {
	t.Helper()
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	v, err := e.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

// tcpTarget is what most looks of these tests are at.
var tcpTarget = look.Target{Scheme: endpoint.TCP, Addr: netip.MustParseAddrPort("192.0.2.7:5432")}

// answerOf is an answer to a probe, with the err of its log if there is one.
func answerOf(success bool, err string) string {
	var log strings.Builder
	if err != "" {
		fmt.Fprintf(&log, "time=2026-11-26T22:55:39.679Z level=ERROR source=tcp.go:92 msg=%q err=%q\n", "Error dialing TCP", err)
	}
	value := 0
	if success {
		value = 1
	}
	return fmt.Sprintf("Logs for the probe:\n%s\n\n\nMetrics that would have been returned:\nprobe_duration_seconds 0.25\nprobe_success %d\n\n\n\nModule configuration:\nprober: tcp\n", log.String(), value)
}

// seen is the state and the reason of r.
func seen(r look.Result) string { return fmt.Sprintf("%s %s", r.State, r.Reason) }
