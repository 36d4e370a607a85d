package provider

import (
	"context"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// seen is what was seen of a port that a sweep declares closed.
func seen(key string, state look.State, reason look.Reason, cause verdict.Cause) verdict.Finding {
	e, err := endpoint.ParseEndpoint(key)
	if err != nil {
		panic(err)
	}
	f := verdict.Recorded(endpoint.Key{Endpoint: e}, verdict.Record{Declared: endpoint.WantClosed, State: state, Reason: reason, Cause: cause})
	if f.AsDeclared() {
		f.Was = look.Open // flapping, or a verdict would not speak of it
	}
	return f
}

func TestRecording(t *testing.T) {
	declared, problems := endpoint.Sweep{
		Hosts: listOfTexts("all", "nothing", "some", "down", "unresolved", "stopped.", "silenced", "Refused-Later.", "one-address", "no-address-but-one"),
		Ports: listOfTexts("1-100", "53/udp"),
	}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	answers := map[endpoint.Host]bool{}
	for _, h := range declared.Hosts {
		answers[h.Host] = h.Host != "down" && h.Host != "unresolved"
	}
	open := func(key string) verdict.Finding { return seen(key, "open", "syn-ack", verdict.UnexpectedOpen) }
	partly := func(key string) verdict.Finding {
		f := seen(key, "filtered", "no-response", verdict.Filtered)
		f.Want, f.Was = endpoint.WantOpen, ""
		return f
	}
	v := verdict.Verdict{Answers: answers, Findings: []verdict.Finding{
		open("tcp://all:22"), open("tcp://all:23"), open("tcp://all:80"), open("udp://all:53"),
		open("tcp://some:80"), seen("tcp://some:81", "filtered", "no-response", ""),
		seen("tcp://unresolved:1", "unknown", "no-such-host", verdict.NotResolvable), seen("tcp://unresolved:2", "unknown", "no-such-host", verdict.NotResolvable),
		open("tcp://stopped:22"), seen("tcp://stopped:80", "unknown", "no-response", verdict.StoppedAnswering),
		seen("tcp://silenced:22", "filtered", "no-response", ""), seen("tcp://silenced:80", "closed", "conn-refused", ""),
		seen("tcp://refused-later:22", "closed", "conn-refused", ""),
		open("tcp://one-address:22"), open("tcp://one-address:80"),
		open("tcp://no-address-but-one:22"),
	}}
	got := recordingOf(declared, v, []verdict.Finding{partly("tcp://one-address:22"), partly("tcp://no-address-but-one:22")})
	want := recording{
		open: baseline.Baseline{
			"all": {"22-23", "80", "53/udp"}, "nothing": {}, "some": {"80"}, "refused-later.": {}, "one-address": {"80"},
		},
		gaps: []report.Unrecorded{
			{Host: "down"},
			{Host: "no-address-but-one", Cause: verdict.Filtered, Reason: "no-response"},
			{Host: "silenced", Cause: verdict.StoppedAnswering, Reason: "no-response"},
			{Host: "stopped", Cause: verdict.StoppedAnswering, Reason: "no-response"},
			{Host: "unresolved", Cause: verdict.NotResolvable, Reason: "no-such-host"},
		},
	}
	if diff := cmp.Diff(want.open, got.open); diff != "" {
		t.Errorf("open (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(want.gaps, got.gaps); diff != "" {
		t.Errorf("gaps (-want +got)\n%s", diff)
	}
	var unsteady []string
	for _, f := range got.unsteady {
		unsteady = append(unsteady, f.Endpoint.String())
	}
	if diff := cmp.Diff([]string{"tcp://no-address-but-one:22", "tcp://one-address:22", "tcp://refused-later:22", "tcp://silenced:22", "tcp://silenced:80", "tcp://some:81"}, unsteady); diff != "" {
		t.Errorf("unsteady (-want +got)\n%s", diff)
	}
}

func TestRecordingChanges(t *testing.T) {
	now := recording{
		open: baseline.Baseline{"same": {"22"}, "more": {"22", "80-82"}, "new": {}},
		gaps: []report.Unrecorded{{Host: "down"}, {Host: "never-up"}},
	}
	before := baseline.Baseline{"same": {"22"}, "more": {"22", "80"}, "down": {"443"}, "gone": {}}
	want := []report.HostChange{
		{Host: "down", Added: []string{}, Removed: []string{"443"}, Note: "unreachable"},
		{Host: "gone", Added: []string{}, Removed: []string{}, Note: "no longer scanned"},
		{Host: "more", Added: []string{"81-82"}, Removed: []string{}},
		{Host: "new", Added: []string{}, Removed: []string{}, Note: "new"},
	}
	if diff := cmp.Diff(want, now.changes(before)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSweepOptions(t *testing.T) {
	s := defaultSettings
	s.rechecks, s.oneIsEnough, s.assumeSilentUDPOpen = 0, true, true
	if o := s.sweepOptions(); o.Rechecks != 1 || o.OneIsEnough || o.SilentUDPIsOpen || !o.Until.IsZero() {
		t.Errorf("%+v", o)
	}
	s.rechecks = 3
	if o := s.sweepOptions(); o.Rechecks != 3 {
		t.Errorf("%+v", o)
	}
}

// arguments are those of an object whose others are null.
type arguments map[string]any

func (a arguments) GetAttribute(_ context.Context, p path.Path, into any) diag.Diagnostics {
	switch v := a[p.String()].(type) {
	case []string:
		*into.(*types.List) = stringsOf(v)
	case string:
		*into.(*types.String) = types.StringValue(v)
	case int64:
		*into.(*types.Number) = types.NumberValue(big.NewFloat(float64(v)))
	}
	return nil
}
