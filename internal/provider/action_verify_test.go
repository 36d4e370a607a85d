package provider

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/scan"
)

// These tests speak the protocol, in a bubble of time: the CLIs that know actions are
// newer than those that the acceptance tests need.

// timetable is a place that sees a TCP port open from a time on: after the first look,
// or never.
type timetable struct {
	opens map[uint16]time.Duration

	mu    sync.Mutex
	began time.Time
	looks int
}

func (*timetable) Name() string                              { return "far" }
func (*timetable) Sees(endpoint.Scheme) bool                 { return true }
func (p *timetable) Open(context.Context) (scan.View, error) { return p, nil }
func (*timetable) Capacity() int                             { return 0 }
func (*timetable) Close() error                              { return nil }
func (*timetable) Lookup(context.Context, endpoint.Host) ([]netip.Addr, look.Reason) {
	return nil, look.NoSuchHost
}

func (p *timetable) Look(ctx context.Context, t look.Target, _ time.Duration) look.Result {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.looks++; p.looks == 1 {
		p.began = time.Now()
	}
	r := look.Result{State: look.Closed, Reason: look.ConnRefused, Remote: t.Addr, Start: time.Now()}
	if at, ok := p.opens[t.Addr.Port()]; ok && time.Since(p.began) >= at {
		r.State, r.Reason = look.Open, look.SynAck
	}
	if ctx.Err() != nil {
		r.State, r.Reason = look.Unknown, look.Cancelled
	}
	return r
}

func (p *timetable) looked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.looks
}

// serverAt returns a configured server with a place called far, and its schemas.
func serverAt(t *testing.T, p *timetable) (stoppableServer, *tfprotov6.GetProviderSchemaResponse) {
	t.Helper()
	s := NewServerOf(func(string, string) scan.Vantage { return p }).(stoppableServer)
	schemas, err := s.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	raw := configOf(t, socksAt("far", nil)).Raw
	config, err := tfprotov6.NewDynamicValue(raw.Type(), raw)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: &config})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range resp.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			t.Fatal(saidOf(resp.Diagnostics))
		}
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, schemas
}

// configured is a configuration of an object with schema. A value is a string, a []string,
// or tftypes.UnknownValue; what is not there is null.
func configured(t *testing.T, schema *tfprotov6.Schema, given map[string]any) *tfprotov6.DynamicValue {
	t.Helper()
	typ := schema.ValueType().(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, of := range typ.AttributeTypes {
		value := given[name]
		if list, ok := value.([]string); ok {
			elements := []tftypes.Value{}
			for _, text := range list {
				elements = append(elements, tftypes.NewValue(tftypes.String, text))
			}
			value = elements
		}
		values[name] = tftypes.NewValue(of, value)
	}
	config, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, values))
	if err != nil {
		t.Fatal(err)
	}
	return &config
}

// saidOf writes diagnostics, one an element.
func saidOf(diagnostics []*tfprotov6.Diagnostic) (said []string) {
	for _, d := range diagnostics {
		said = append(said, fmt.Sprintf("%s %s: %s: %s", strings.ToLower(d.Severity.String()), d.Attribute, d.Summary, d.Detail))
	}
	return said
}

// invoked is what an action that was invoked said: lines "AT LINE" since it began, and
// what came last.
type invoked struct {
	lines []string
	end   []*tfprotov6.Diagnostic
}

func invoke(t *testing.T, s stoppableServer, config *tfprotov6.DynamicValue) (got invoked) {
	t.Helper()
	began := time.Now()
	stream, err := s.InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{ActionType: typeVerify, Config: config})
	if err != nil {
		t.Error(err)
		return got
	}
	for event := range stream.Events {
		switch e := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			got.lines = append(got.lines, time.Since(began).String()+" "+e.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			got.end = e.Diagnostics
		}
	}
	return got
}

var threePorts = map[string]any{"hosts": []string{"192.0.2.1"}, "open": []string{"80", "81"}, "closed": []string{"82"}, "from": []string{"far"}, "timeout": "30s"}

// TestVerify: progress at once and each five seconds, in one line that says what is
// awaited, and the end as soon as all is as declared.
func TestVerify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, schemas := serverAt(t, &timetable{opens: map[uint16]time.Duration{80: 0, 81: 9 * time.Second}})
		got := invoke(t, s, configured(t, schemas.ActionSchemas[typeVerify].Schema, threePorts))
		if len(got.end) > 0 {
			t.Error(saidOf(got.end))
		}
		const pending = "0 of 3 as declared; waiting for tcp://192.0.2.1:80 from far: not looked at yet, tcp://192.0.2.1:81 from far: not looked at yet, tcp://192.0.2.1:82 from far: not looked at yet"
		if diff := cmp.Diff([]string{
			"0s " + pending,
			"5s 2 of 3 as declared; waiting for tcp://192.0.2.1:81 from far: closed",
			"10s 2 of 3 as declared; waiting for tcp://192.0.2.1:81 from far: closed",
			"13s 3 of 3 as declared",
		}, got.lines); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// TestVerifyFails: the text of the error stands alone. Some CLIs show summary and detail
// as one text after a sentence of their own, and lose the attribute.
func TestVerifyFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, schemas := serverAt(t, &timetable{opens: map[uint16]time.Duration{80: 0}})
		got := invoke(t, s, configured(t, schemas.ActionSchemas[typeVerify].Schema, threePorts))
		if len(got.lines) != 6 || len(got.end) != 1 {
			t.Fatalf("%d lines: %q, and in the end %q", len(got.lines), got.lines, saidOf(got.end))
		}
		said := saidOf(got.end)[0]
		for _, text := range []string{
			"error AttributeName(\"open\"): Port check failed: tcp://192.0.2.1:81 from far is closed, declared open:   The action probed again and again for ",
			"until timeout (30s) was over.", "service-down: ", "conn-refused", "Evidence",
		} {
			if !strings.Contains(strings.Join(strings.Fields(said), " "), strings.Join(strings.Fields(text), " ")) {
				t.Errorf("no %q in\n%s", text, said)
			}
		}
	})
}

// TestVerifyInterrupted: an interruption ends an action within a moment, and is no
// verdict.
func TestVerifyInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, schemas := serverAt(t, &timetable{})
		config := configured(t, schemas.ActionSchemas[typeVerify].Schema, threePorts)
		go func() {
			time.Sleep(7 * time.Second) // of the bubble: it takes no real time
			if _, err := s.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
				t.Error(err)
			}
		}()
		began := time.Now()
		got := invoke(t, s, config)
		if took := time.Since(began); took != 7*time.Second {
			t.Errorf("it ended after %s", took)
		}
		if len(got.lines) != 2 {
			t.Errorf("%q", got.lines)
		}
		if diff := cmp.Diff([]string{"error : Port check interrupted: The check was interrupted before it finished. Nothing was recorded."}, saidOf(got.end)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got := invoke(t, s, config); len(got.end) != 1 || got.end[0].Summary != "Port check interrupted" {
			t.Errorf("an action that comes after the interruption: %q", saidOf(got.end))
		}
	})
}

// TestVerifyMistakes: mistakes are found at validate, and those in what was not known
// then at plan. Neither looks at anything.
func TestVerifyMistakes(t *testing.T) {
	for name, tt := range map[string]struct {
		given          map[string]any
		validate, plan []string
	}{
		"none":          {given: threePorts},
		"not known yet": {given: map[string]any{"hosts": tftypes.UnknownValue, "open": []string{"80"}, "timeout": tftypes.UnknownValue, "from": tftypes.UnknownValue}},
		"a port": {
			given:    map[string]any{"hosts": []string{"192.0.2.1"}, "open": []string{"http"}},
			validate: []string{`error AttributeName("open").ElementKeyInt(0): Invalid port: Element 0 of open: "http" is not a port. Expected "80/http".`},
		},
		"nothing to look at": {
			validate: []string{`error : Incomplete declaration: Nothing is declared. Expected at least one host in hosts (with open, unfiltered, filtered or closed) or in baseline.`},
		},
		"a timeout": {
			given:    map[string]any{"hosts": []string{"192.0.2.1"}, "open": []string{"80"}, "timeout": "0s"},
			validate: []string{`error AttributeName("timeout"): Invalid value: timeout is "0s". Expected a duration above zero, such as "1m".`},
		},
		"a setting": {
			given:    map[string]any{"hosts": []string{"192.0.2.1"}, "open": []string{"80"}, "ip_version": "5"},
			validate: []string{`error AttributeName("ip_version"): Invalid value: ip_version is "5". Expected one of "any", "4", "6".`},
		},
		"a place": {
			given: map[string]any{"hosts": []string{"192.0.2.1"}, "open": []string{"80"}, "from": []string{"mars"}},
			plan:  []string{`error AttributeName("from").ElementKeyInt(0): Unknown place: Element 0 of from is "mars", and no block of the provider has that name. Expected "local" or one of "far".`},
		},
		"empty": {
			given:    map[string]any{"hosts": []string{}, "open": []string{"80"}},
			validate: []string{"warning AttributeName(\"hosts\"): Empty declaration: hosts: hosts is empty, so nothing is declared. What is not looked at passes."},
			plan:     []string{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := &timetable{}
			s, schemas := serverAt(t, p)
			config := configured(t, schemas.ActionSchemas[typeVerify].Schema, tt.given)
			validated, err := s.ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: typeVerify, Config: config})
			if err != nil {
				t.Fatal(err)
			}
			planned, err := s.PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: typeVerify, Config: config})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.validate, saidOf(validated.Diagnostics)); diff != "" {
				t.Errorf("validate (-want +got)\n%s", diff)
			}
			want := tt.plan
			if want == nil {
				want = tt.validate
			}
			if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(saidOf(planned.Diagnostics), "\n")); diff != "" {
				t.Errorf("plan (-want +got)\n%s", diff)
			}
			if n := p.looked(); n > 0 {
				t.Errorf("%d looks", n)
			}
		})
	}
}

// TestVerifyUnprobed: with enabled = false an action says that it does not probe.
func TestVerifyUnprobed(t *testing.T) {
	t.Setenv("PORTCHECK_ENABLED", "false")
	synctest.Test(t, func(t *testing.T) {
		p := &timetable{}
		s, schemas := serverAt(t, p)
		got := invoke(t, s, configured(t, schemas.ActionSchemas[typeVerify].Schema, threePorts))
		if diff := cmp.Diff([]string{"0s No port is probed. The environment variable PORTCHECK_ENABLED is false."}, got.lines); diff != "" || len(got.end) > 0 || p.looked() > 0 {
			t.Errorf("%d looks, and in the end %q (-want +got)\n%s", p.looked(), saidOf(got.end), diff)
		}
	})
}
