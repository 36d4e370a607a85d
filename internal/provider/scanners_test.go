package provider

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestClosed: a place is opened by the first run that looks from it, and nothing is
// left of it when the server is closed. After that it is a place that failed.
func TestClosed(t *testing.T) {
	before := goleak.IgnoreCurrent()
	var asked atomic.Int64
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path == "/config" {
			_, _ = io.WriteString(w, "modules:\n  tcp_connect:\n    prober: tcp\n")
			return
		}
		http.ServeFile(w, r, "../vantage/blackbox/testdata/0.28.0/open.txt")
	}))
	d := &providerData{stopped: t.Context(), settings: defaultSettings}
	d.settings.rechecks = 0
	var opened openPlaces
	all, diags := placesOf(t.Context(), configOf(t, exporterAt("eu-west", map[string]any{argURL: exporter.URL, argModules: map[string]any{"tcp": "tcp_connect"}})), vantageMakers, guard.Policy{})
	if len(diags) > 0 {
		t.Fatal(told(diags))
	}
	d.places, d.scanners = all, d.settings.scanners(all, guard.Policy{})
	opened.add(d.scanners)
	check := func() outcome {
		r, diags := d.run(t.Context(), arguments{"hosts": []string{"192.0.2.1"}, "open": []string{"80"}, attrFrom: []string{"eu-west"}}, time.Time{})
		if diags.HasError() {
			t.Fatal(told(diags))
		}
		return r.outcome()
	}
	const key = "tcp://192.0.2.1:80 from eu-west"
	if asked.Load() != 0 {
		t.Error("something was sent before the first run")
	}
	if o := check(); o.results[key] != look.Open {
		t.Errorf("%+v", o)
	}
	if err := opened.close(); err != nil {
		t.Error(err)
	}
	if o := check(); o.failures[key].Reason != look.VantageFailed {
		t.Errorf("%+v", o)
	}
	exporter.Close()
	goleak.VerifyNone(t, before)
}
