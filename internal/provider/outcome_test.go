package provider

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

func declared(t *testing.T, open, closed string) *endpoint.Declared {
	t.Helper()
	list := func(s string) endpoint.List { return endpoint.List{Elements: []endpoint.Element{{Value: s}}} }
	d, problems := endpoint.Declaration{Hosts: list("web"), Open: list(open), Closed: list(closed)}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return d
}

func found(port uint16, want endpoint.Want, state look.State, reason look.Reason, cause verdict.Cause) verdict.Finding {
	return verdict.Recorded(endpoint.Key{Endpoint: endpoint.Endpoint{Scheme: endpoint.TCP, Host: "web", Port: port}}, record(want, state, reason, cause))
}

func record(want endpoint.Want, state look.State, reason look.Reason, cause verdict.Cause) verdict.Record {
	return verdict.Record{Declared: want, State: state, Reason: reason, Cause: cause}
}

// here is from of what looks from this machine.
var here = []string{endpoint.Local}

var compareOutcomes = cmp.AllowUnexported(outcome{})

func TestOutcome(t *testing.T) {
	d := declared(t, "80-82", "22-23")
	got := (&run{declared: d, from: here, verdict: verdict.Verdict{Findings: []verdict.Finding{
		found(22, "closed", "open", "syn-ack", verdict.UnexpectedOpen),
		found(23, "closed", "closed", "conn-refused", ""), // flapping
		found(80, "open", "open", "syn-ack", ""),
		found(81, "open", "filtered", "no-response", verdict.Filtered),
		found(82, "open", "unknown", "no-route", verdict.ProberOffline),
	}}}).outcome()
	want := outcome{
		results: map[string]look.State{"tcp://web:22": "open", "tcp://web:80": "open", "tcp://web:81": "filtered", "tcp://web:82": "unknown"},
		failures: map[string]verdict.Record{
			"tcp://web:22": record("closed", "open", "syn-ack", "unexpected-open"),
			"tcp://web:81": record("open", "filtered", "no-response", "filtered"),
			"tcp://web:82": record("open", "unknown", "no-route", "prober-offline"),
		},
	}
	if diff := cmp.Diff(want, got, compareOutcomes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(outcome{
		results:  map[string]look.State{"tcp://web:80": "open", "tcp://web:81": "open", "tcp://web:82": "open"},
		failures: map[string]verdict.Record{},
	}, expected(d, here), compareOutcomes); diff != "" {
		t.Errorf("expected (-want +got)\n%s", diff)
	}
}

// TestRefreshed: what a refresh records, given what was recorded.
func TestRefreshed(t *testing.T) {
	silent := record("open", "filtered", "no-response", verdict.Filtered)
	rejected := record("open", "filtered", "admin-prohibited", verdict.Rejected)
	down := record("open", "filtered", "no-response", verdict.HostDown)
	refused := record("open", "closed", "conn-refused", verdict.ServiceDown)
	tests := []struct {
		name     string
		recorded verdict.Record // zero: recorded as passing
		now      verdict.Finding
		want     verdict.Record // zero: passing
		result   look.State
	}{
		{"passing stays", verdict.Record{}, found(80, "open", "open", "syn-ack", ""), verdict.Record{}, "open"},
		{"drift", verdict.Record{}, found(80, "open", "filtered", "no-response", verdict.Filtered), silent, "filtered"},
		{"recovered", silent, found(80, "open", "open", "syn-ack", ""), verdict.Record{}, "open"},
		{"silence does not replace an ICMP error", rejected, found(80, "open", "filtered", "no-response", verdict.Filtered), rejected, "filtered"},
		{"an ICMP error replaces silence", silent, found(80, "open", "filtered", "admin-prohibited", verdict.Rejected), rejected, "filtered"},
		{"one ICMP error does not replace another", rejected, found(80, "open", "filtered", "port-unreach", verdict.Rejected), rejected, "filtered"},
		{"silence of another cause does not", silent, found(80, "open", "filtered", "no-response", verdict.HostDown), silent, "filtered"},
		{"nor the other way round", down, found(80, "open", "filtered", "no-response", verdict.Filtered), down, "filtered"},
		{"another state does", rejected, found(80, "open", "closed", "conn-refused", verdict.ServiceDown), refused, "closed"},
		{"untested keeps passing", verdict.Record{}, found(80, "open", "unknown", "no-route", verdict.ProberOffline), verdict.Record{}, "open"},
		{"untested keeps failing", rejected, found(80, "open", "unknown", "no-route", verdict.ProberOffline), rejected, "filtered"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const key = "tcp://web:80"
			recorded := outcome{results: map[string]look.State{key: "open"}, failures: map[string]verdict.Record{}}
			if tt.recorded != (verdict.Record{}) {
				recorded.results[key], recorded.failures[key] = tt.recorded.State, tt.recorded
			}
			findings := []verdict.Finding{tt.now}
			got := (&run{declared: declared(t, "80", "22"), from: here, verdict: verdict.Verdict{Findings: findings}}).refreshed(recorded)
			want := outcome{results: map[string]look.State{key: tt.result}, failures: map[string]verdict.Record{}}
			if tt.want != (verdict.Record{}) {
				want.failures[key] = tt.want
			}
			if diff := cmp.Diff(want, got, compareOutcomes); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestUnlistedFailureIsKept: a failure beyond those that state lists does not
// pass because it could not be tested.
func TestUnlistedFailureIsKept(t *testing.T) {
	const key = "tcp://web:80"
	recorded := outcome{results: map[string]look.State{key: "closed"}, failures: map[string]verdict.Record{}}
	findings := []verdict.Finding{found(80, "open", "unknown", "no-route", verdict.ProberOffline)}
	got := (&run{declared: declared(t, "80", "22"), from: here, verdict: verdict.Verdict{Findings: findings}}).refreshed(recorded)
	if got.passed() || got.results[key] != "closed" || got.failures[key].State != "closed" {
		t.Errorf("%+v", got)
	}
}

func TestOutcomeIsBounded(t *testing.T) {
	d := declared(t, "1-10001", "22222")
	var findings []verdict.Finding
	for e := range d.All() {
		findings = append(findings, found(e.Port, "open", "closed", "conn-refused", verdict.ServiceDown))
	}
	o := (&run{declared: d, from: here, verdict: verdict.Verdict{Findings: findings}}).outcome()
	if o.results != nil || expected(d, here).results != nil {
		t.Error("results of more than 10,000 endpoints")
	}
	if keys := o.listed(); len(keys) != 1000 || keys[0] != "tcp://web:1" || keys[999] != fmt.Sprintf("tcp://web:%d", 1897) {
		t.Errorf("%d failures are listed, from %s to %s", len(keys), keys[0], keys[len(keys)-1])
	}
}

// TestOutcomeOfPlaces: keys tell the places apart, and a place that failed is one
// failure in state. A refresh keeps what state has of it, one by one.
func TestOutcomeOfPlaces(t *testing.T) {
	d := declared(t, "80-81", "22")
	from := func(name string, f verdict.Finding) verdict.Finding {
		f.From = name
		return f
	}
	lost := func(port uint16, want endpoint.Want) verdict.Finding {
		return from("b", found(port, want, "unknown", look.VantageFailed, verdict.VantageFailed))
	}
	gone := "nobody is at home"
	r := &run{declared: d, from: []string{"local", "a", "b"}, verdict: verdict.Join([]verdict.Seen{
		{Verdict: verdict.Verdict{Findings: []verdict.Finding{found(80, "open", "open", "syn-ack", ""), found(81, "open", "open", "syn-ack", "")}}},
		{Place: verdict.Place{Name: "a"}, Verdict: verdict.Verdict{Findings: []verdict.Finding{
			from("a", found(80, "open", "open", "syn-ack", "")), from("a", found(81, "open", "closed", "conn-refused", verdict.ServiceDown))}}},
		{Place: verdict.Place{Name: "b"}, Verdict: verdict.Verdict{Findings: []verdict.Finding{lost(22, "closed"), lost(80, "open"), lost(81, "open")}}, Lost: &gone},
	})}
	refused := record("open", "closed", "conn-refused", verdict.ServiceDown)
	want := outcome{
		results: map[string]look.State{
			"tcp://web:80": "open", "tcp://web:81": "open",
			"tcp://web:80 from a": "open", "tcp://web:81 from a": "closed",
			"tcp://web:80 from b": "unknown", "tcp://web:81 from b": "unknown",
		},
		failures: map[string]verdict.Record{
			"tcp://web:81 from a": refused,
			"tcp://web:22 from b": record("closed", "unknown", look.VantageFailed, verdict.VantageFailed),
		},
	}
	if diff := cmp.Diff(want, r.outcome(), compareOutcomes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	recorded := expected(d, r.from)
	if len(recorded.results) != 6 || recorded.results["tcp://web:81 from b"] != look.Open {
		t.Errorf("expected %v", recorded.results)
	}
	recorded.results["tcp://web:81 from b"], recorded.failures["tcp://web:81 from b"] = "closed", refused
	want.results["tcp://web:80 from b"], want.results["tcp://web:81 from b"] = "open", "closed"
	delete(want.failures, "tcp://web:22 from b")
	want.failures["tcp://web:81 from b"] = refused
	got := r.refreshed(recorded)
	if diff := cmp.Diff(want, got, compareOutcomes); diff != "" {
		t.Errorf("refreshed (-want +got)\n%s", diff)
	}
	if !got.drifted(map[string]bool{"tcp://web:81": true, "tcp://web:81 from b": true}) || got.drifted(map[string]bool{"tcp://web:81 from a": true, "tcp://web:81 from b": true}) {
		t.Error("what is accepted of one place is accepted of it alone")
	}
}

// TestResultsCountPlaces: an endpoint counts once for each place.
func TestResultsCountPlaces(t *testing.T) {
	d := declared(t, "1-5001", "22222")
	if newOutcome(d, here).results == nil || newOutcome(d, []string{"local", "a"}).results != nil {
		t.Error("results of 10,002 endpoints")
	}
}
