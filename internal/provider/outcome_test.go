package provider

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/target"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

func declared(t *testing.T, open, closed string) *target.Declared {
	t.Helper()
	list := func(s string) target.List { return target.List{Elements: []target.Element{{Value: s}}} }
	d, problems := target.Declaration{Hosts: list("web"), Open: list(open), Closed: list(closed)}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return d
}

func found(port uint16, want target.Want, state probe.State, reason probe.Reason, cause verdict.Cause) verdict.Finding {
	return verdict.Finding{
		Endpoint: target.Endpoint{Scheme: target.TCP, Host: "web", Port: port}, Want: want, Cause: cause,
		Observation: verdict.Observation{Last: probe.Result{State: state, Reason: reason}},
	}
}

var compareOutcomes = cmp.AllowUnexported(outcome{})

func TestOutcome(t *testing.T) {
	d := declared(t, "80-82", "22-23")
	got := outcomeOf(d, verdict.Verdict{Findings: []verdict.Finding{
		found(22, "closed", probe.Open, probe.SynAck, verdict.UnexpectedOpen),
		found(23, "closed", probe.Closed, probe.ConnRefused, ""), // flapping
		found(80, "open", probe.Open, probe.SynAck, ""),
		found(81, "open", probe.Filtered, probe.NoResponse, verdict.Filtered),
		found(82, "open", probe.Unknown, probe.NoRoute, verdict.ProberOffline),
	}})
	want := outcome{
		results: map[string]probe.State{"tcp://web:22": "open", "tcp://web:80": "open", "tcp://web:81": "filtered", "tcp://web:82": "unknown"},
		failures: map[string]failure{
			"tcp://web:22": {"closed", "open", "syn-ack", "unexpected-open"},
			"tcp://web:81": {"open", "filtered", "no-response", "filtered"},
			"tcp://web:82": {"open", "unknown", "no-route", "prober-offline"},
		},
	}
	if diff := cmp.Diff(want, got, compareOutcomes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(outcome{
		results:  map[string]probe.State{"tcp://web:80": "open", "tcp://web:81": "open", "tcp://web:82": "open"},
		failures: map[string]failure{},
	}, expected(d), compareOutcomes); diff != "" {
		t.Errorf("expected (-want +got)\n%s", diff)
	}
}

// TestRefreshed: what a refresh records, given what was recorded.
func TestRefreshed(t *testing.T) {
	silent := failure{"open", probe.Filtered, probe.NoResponse, verdict.Filtered}
	rejected := failure{"open", probe.Filtered, "admin-prohibited", verdict.Rejected}
	down := failure{"open", probe.Filtered, probe.NoResponse, verdict.HostDown}
	refused := failure{"open", probe.Closed, probe.ConnRefused, verdict.ServiceDown}
	tests := []struct {
		name     string
		recorded failure // zero: recorded as passing
		now      verdict.Finding
		want     failure // zero: passing
		result   probe.State
	}{
		{"passing stays", failure{}, found(80, "open", probe.Open, probe.SynAck, ""), failure{}, probe.Open},
		{"drift", failure{}, found(80, "open", probe.Filtered, probe.NoResponse, verdict.Filtered), silent, probe.Filtered},
		{"recovered", silent, found(80, "open", probe.Open, probe.SynAck, ""), failure{}, probe.Open},
		{"silence does not replace an ICMP error", rejected, found(80, "open", probe.Filtered, probe.NoResponse, verdict.Filtered), rejected, probe.Filtered},
		{"an ICMP error replaces silence", silent, found(80, "open", probe.Filtered, "admin-prohibited", verdict.Rejected), rejected, probe.Filtered},
		{"one ICMP error does not replace another", rejected, found(80, "open", probe.Filtered, "port-unreach", verdict.Rejected), rejected, probe.Filtered},
		{"silence of another cause does not", silent, found(80, "open", probe.Filtered, probe.NoResponse, verdict.HostDown), silent, probe.Filtered},
		{"nor the other way round", down, found(80, "open", probe.Filtered, probe.NoResponse, verdict.Filtered), down, probe.Filtered},
		{"another state does", rejected, found(80, "open", probe.Closed, probe.ConnRefused, verdict.ServiceDown), refused, probe.Closed},
		{"untested keeps passing", failure{}, found(80, "open", probe.Unknown, probe.NoRoute, verdict.ProberOffline), failure{}, probe.Open},
		{"untested keeps failing", rejected, found(80, "open", probe.Unknown, probe.NoRoute, verdict.ProberOffline), rejected, probe.Filtered},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const key = "tcp://web:80"
			recorded := outcome{results: map[string]probe.State{key: probe.Open}, failures: map[string]failure{}}
			if tt.recorded != (failure{}) {
				recorded.results[key], recorded.failures[key] = tt.recorded.State, tt.recorded
			}
			findings := []verdict.Finding{tt.now}
			got := outcomeOf(declared(t, "80", "22"), verdict.Verdict{Findings: findings}).refreshed(recorded, findings)
			want := outcome{results: map[string]probe.State{key: tt.result}, failures: map[string]failure{}}
			if tt.want != (failure{}) {
				want.failures[key] = tt.want
			}
			if diff := cmp.Diff(want, got, compareOutcomes); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestOutcomeIsBounded(t *testing.T) {
	d := declared(t, "1-10001", "22222")
	var findings []verdict.Finding
	for endpoint := range d.All() {
		findings = append(findings, found(endpoint.Port, "open", probe.Closed, probe.ConnRefused, verdict.ServiceDown))
	}
	o := outcomeOf(d, verdict.Verdict{Findings: findings})
	if o.results != nil || expected(d).results != nil {
		t.Error("results of more than 10,000 endpoints")
	}
	if keys := o.listed(); len(keys) != 1000 || keys[0] != "tcp://web:1" || keys[999] != fmt.Sprintf("tcp://web:%d", 1897) {
		t.Errorf("%d failures are listed, from %s to %s", len(keys), keys[0], keys[len(keys)-1])
	}
}
