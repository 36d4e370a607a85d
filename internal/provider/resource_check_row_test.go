package provider

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// script is a place whose one port is open or closed as a text says, a letter for
// each look: "o" or "c". The last letter lasts.
type script struct {
	text  string
	looks int
}

func (s *script) Name() string                            { return endpoint.Local }
func (s *script) Sees(endpoint.Scheme) bool               { return true }
func (s *script) Open(context.Context) (scan.View, error) { return s, nil }
func (s *script) Capacity() int                           { return 0 }
func (s *script) Close() error                            { return nil }
func (s *script) Lookup(context.Context, endpoint.Host) ([]netip.Addr, look.Reason) {
	return nil, look.NoSuchHost
}

func (s *script) Look(_ context.Context, t look.Target, _ time.Duration) look.Result {
	r := look.Result{State: look.Open, Reason: look.SynAck, Remote: t.Addr, Start: time.Now()}
	if s.text[min(s.looks, len(s.text)-1)] == 'c' {
		r.State, r.Reason = look.Closed, look.ConnRefused
	}
	s.looks++
	return r
}

// TestRunInRow: with one re-check a second after each look that fails, and a second
// between the runs.
func TestRunInRow(t *testing.T) {
	for _, tt := range []struct {
		text    string
		wanted  int64
		timeout time.Duration
		looks   int
		took    time.Duration
		reached int
		failed  bool
	}{
		{"o", 1, time.Minute, 1, 0, 1, false},
		{"o", 3, time.Minute, 3, 2 * time.Second, 3, false},
		{"o", 3, time.Nanosecond, 3, 2 * time.Second, 3, false}, // the timeout never cuts it short
		{"co", 1, time.Minute, 2, time.Second, 1, false},
		{"co", 3, time.Minute, 4, 3 * time.Second, 3, false},
		{"ooco", 3, time.Minute, 6, 5 * time.Second, 3, false},
		{"oocoocoo", 3, time.Minute, 9, 8 * time.Second, 3, false},
		{"oco", 3, time.Second, 3, 2 * time.Second, 1, false}, // no time for more
		{"oc", 3, 10 * time.Second, 0, 0, 0, true},
	} {
		t.Run(tt.text, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				place := &script{text: tt.text}
				d := &providerData{stopped: t.Context(), settings: defaultSettings, scanners: map[string]*scan.Scanner{
					endpoint.Local: scan.New(scan.Config{Vantage: place, Limits: defaultSettings.limits}),
				}}
				defer func() { _ = d.scanners[endpoint.Local].Close() }()
				began := time.Now()
				r, diags := d.runInRow(t.Context(), arguments{
					"hosts": []string{"192.0.2.1"}, "open": []string{"80"}, attrSuccesses: tt.wanted,
				}, began.Add(tt.timeout))
				if diags.HasError() {
					t.Fatal(diags)
				}
				took := time.Since(began)
				if failed := len(r.verdict.Failures()) > 0; failed != tt.failed || r.reached != tt.reached {
					t.Errorf("reached %d, failed %v; want %d, %v", r.reached, failed, tt.reached, tt.failed)
				}
				if !tt.failed && (place.looks != tt.looks || took != tt.took) {
					t.Errorf("%d looks in %s, want %d in %s", place.looks, took, tt.looks, tt.took)
				}
				text := r.unsteady("timeouts.create")
				if unsteady := tt.reached > 0 && int64(tt.reached) < tt.wanted; (text != nil) != unsteady {
					t.Errorf("unsteady: %v", text)
				} else if unsteady && !strings.HasPrefix(text.Summary, "Port check failed: tcp://192.0.2.1:80 is flapping: closed, then open") {
					t.Error(text.Summary)
				}
				if want := strings.Contains(tt.text, "co"); (len(r.flapping) > 0) != want {
					t.Errorf("flapping: %v", r.flapping)
				}
			})
		})
	}
}

// TestRunInRowInterrupted: the pause between two runs ends with the call.
func TestRunInRowInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped, stop := context.WithCancel(t.Context())
		d := &providerData{stopped: stopped, settings: defaultSettings, scanners: map[string]*scan.Scanner{
			endpoint.Local: scan.New(scan.Config{Vantage: &script{text: "o"}, Limits: defaultSettings.limits}),
		}}
		defer func() { _ = d.scanners[endpoint.Local].Close() }()
		d.settings.recheckInterval = time.Hour
		time.AfterFunc(time.Minute, stop)
		began := time.Now()
		_, diags := d.runInRow(t.Context(), arguments{"hosts": []string{"192.0.2.1"}, "open": []string{"80"}, attrSuccesses: int64(2)}, began)
		if !diags.HasError() || diags.Errors()[0].Summary() != "Port check interrupted" || time.Since(began) != time.Minute {
			t.Errorf("%v after %s", diags, time.Since(began))
		}
	})
}
