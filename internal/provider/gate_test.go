package provider

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
)

func TestGate(t *testing.T) {
	disabled := defaultSettings
	disabled.enabled = false
	now := time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC)
	paused, over := defaultSettings, defaultSettings
	paused.pausedUntil, over.pausedUntil = now.Add(time.Second), now
	for name, test := range map[string]struct {
		settings      settings
		configured    []string
		unknown       []string
		shut, refuses bool
		why           string
	}{
		"open": {
			settings: defaultSettings,
		},
		"switched off": {
			settings: disabled, configured: []string{attrEnabled}, shut: true,
			why: "The provider's attribute enabled is false.",
		},
		"switched off in the environment": {
			settings: disabled, shut: true,
			why: "The environment variable PORTCHECK_ENABLED is false.",
		},
		"paused": {
			settings: paused, configured: []string{attrPausedUntil}, shut: true,
			why: "paused_until of the provider is 2026-12-01T06:00:01Z.",
		},
		"paused in the environment": {
			settings: paused, shut: true,
			why: "The environment variable PORTCHECK_PAUSED_UNTIL is 2026-12-01T06:00:01Z.",
		},
		"paused until now": {
			settings: over,
		},
		"not known yet": {
			settings: defaultSettings, unknown: []string{"control", "max_rate"}, shut: true, refuses: true,
			why: "The provider's configuration is not known yet: control, max_rate.",
		},
		"not known yet, and perhaps switched off": {
			settings: disabled, unknown: []string{"enabled"}, shut: true, refuses: true,
			why: "The provider's configuration is not known yet: enabled.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := gateOf(test.settings, test.unknown, test.configured, now)
			if g.shut() != test.shut || g.why != test.why {
				t.Errorf("shut %t, because %q", g.shut(), g.why)
			}
			if warned := len(g.warnings()) > 0; warned != test.shut {
				t.Errorf("warned: %t", warned)
			}
			if refused := g.refusal("It must not pass unprobed.").HasError(); refused != test.refuses {
				t.Errorf("refused: %t", refused)
			}
		})
	}
}

// TestShutGate: neither of the two ways to probe goes past a shut gate, not even
// to look at what is declared.
func TestShutGate(t *testing.T) {
	d := &providerData{gate: gate{why: "closed"}, stopped: t.Context()}
	if r, diags := d.run(t.Context(), &tfsdk.Config{}, time.Time{}); r != nil || len(diags) > 0 {
		t.Errorf("run: %v, %v", r, diags)
	}
	if r, diags := d.record(t.Context(), &tfsdk.Config{}); r != nil || len(diags) > 0 {
		t.Errorf("record: %v, %v", r, diags)
	}
}

// TestMoment: a time is read as RFC 3339 has it, and nothing else is.
func TestMoment(t *testing.T) {
	for text, want := range map[string]string{
		"2026-12-01T06:00:00Z":        "2026-12-01T06:00:00Z",
		"2026-12-01t06:00:00z":        "2026-12-01T06:00:00Z",
		"2026-12-01T06:00:00.5+14:00": "2026-11-30T16:00:00.5Z",
		"2028-02-29T00:00:00-00:30":   "2028-02-29T00:30:00Z",
		"2026-12-01T06:00:00,5Z":      "",
		"2026-12-01T6:00:00Z":         "",
		"2026-12-01T06:00:00+24:00":   "",
		"2027-02-29T00:00:00Z":        "",
		"2026-12-01 06:00:00Z":        "",
		"2026-12-01T06:00:00":         "",
		"2026-12-01T06:00:00Z\n":      "",
		"\"2026-12-01T06:00:00Z\"":    "",
		"2026-12-01T06:00:00 CET":     "",
		"10000-12-01T06:00:00Z":       "",
		"2026-12-01T06:00:60Z":        "",
		"2026-12-01T06:00:00Z[UTC]":   "",
		"2026-12-01T06:00:00−01:00":   "", // a minus that is no hyphen
	} {
		at, err := moment(text)
		got := ""
		if err == nil {
			got = at.Format(time.RFC3339Nano)
		}
		if got != want || (err != nil) != at.IsZero() {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
}
