package provider

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/option"
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
	}, expected(d, here, waivers{}), compareOutcomes); diff != "" {
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

// TestOutcomeOfFilters: what is declared filtered or unfiltered is in results, and those
// of an apply that passes are known, whatever listens.
func TestOutcomeOfFilters(t *testing.T) {
	list := func(ports ...string) (l endpoint.List) {
		for _, p := range ports {
			l.Elements = append(l.Elements, endpoint.Element{Value: p})
		}
		return l
	}
	d, problems := endpoint.Declaration{Hosts: list("web"), Open: list("80"), Unfiltered: list("81-83"), Filtered: list("22-24"), Closed: list("1-100")}.Resolve()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	passing := map[string]look.State{
		"tcp://web:80": "open", "tcp://web:81": "unfiltered", "tcp://web:82": "unfiltered", "tcp://web:83": "unfiltered",
		"tcp://web:22": "filtered", "tcp://web:23": "filtered", "tcp://web:24": "filtered",
	}
	if diff := cmp.Diff(passing, expected(d, here, waivers{}).results); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	findings := []verdict.Finding{
		found(22, "filtered", "closed", "conn-refused", verdict.NotFiltered), found(23, "filtered", "unknown", "no-response", verdict.HostDown),
		found(80, "open", "open", "syn-ack", ""), found(81, "unfiltered", "open", "syn-ack", ""),
		found(82, "unfiltered", "closed", "conn-refused", ""), found(83, "unfiltered", "filtered", "no-response", verdict.Filtered),
	}
	r := &run{declared: d, from: here, verdict: verdict.Verdict{Findings: findings}}
	want := maps.Clone(passing)
	want["tcp://web:22"], want["tcp://web:23"], want["tcp://web:83"] = "closed", "unknown", "filtered"
	if diff := cmp.Diff(want, r.outcome().results); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	refreshed := r.refreshed(outcome{results: passing, failures: map[string]verdict.Record{}})
	want["tcp://web:23"] = "filtered" // what could not be tested is no drift
	if diff := cmp.Diff(want, refreshed.results); diff != "" {
		t.Errorf("refreshed (-want +got)\n%s", diff)
	}
	if keys := refreshed.listed(); !slices.Equal(keys, []string{"tcp://web:22", "tcp://web:83"}) {
		t.Errorf("failures %q", keys)
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
	if o.results != nil || expected(d, here, waivers{}).results != nil {
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

	recorded := expected(d, r.from, waivers{})
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
	if newOutcome(d, here, waivers{}).results == nil || newOutcome(d, []string{"local", "a"}, waivers{}).results != nil {
		t.Error("results of 10,002 endpoints")
	}
}

// TestOutcomeWithWaivers: what is excused is no failure, and one that is declared
// closed is no result either.
func TestOutcomeWithWaivers(t *testing.T) {
	day, _ := endpoint.ParseDay("2026-12-31")
	w := waivers{given: true}
	for _, key := range []string{"22", "tcp://web:81"} {
		if wrong := w.Add(key, map[string]option.Value{"until": {Text: "2026-12-31"}}, nil); wrong != nil {
			t.Fatal(wrong)
		}
	}
	r := &run{declared: declared(t, "80-81", "22"), from: here, waivers: w, verdict: verdict.Verdict{Findings: []verdict.Finding{
		found(22, "closed", "open", "syn-ack", verdict.UnexpectedOpen),
		found(80, "open", "open", "syn-ack", ""),
		found(81, "open", "closed", "conn-refused", verdict.ServiceDown),
	}}}
	failures := map[string]verdict.Record{
		"tcp://web:22": record("closed", "open", "syn-ack", "unexpected-open"),
		"tcp://web:81": record("open", "closed", "conn-refused", "service-down"),
	}
	r.verdict.Waive(w.Of, day)
	excused := r.outcome()
	want := outcome{
		results:  map[string]look.State{"tcp://web:80": "open", "tcp://web:81": "closed"},
		failures: failures, waived: map[string]bool{"tcp://web:22": true, "tcp://web:81": true},
	}
	if diff := cmp.Diff(want, excused, compareOutcomes); diff != "" || !excused.passed() || excused.drifted(nil) {
		t.Errorf("passed %t, drifted %t (-want +got)\n%s", excused.passed(), excused.drifted(nil), diff)
	}
	r.verdict.Waive(w.Of, day.AddDate(0, 0, 1))
	ended := r.outcome()
	want.waived, want.results["tcp://web:22"] = map[string]bool{}, "open"
	if diff := cmp.Diff(want, ended, compareOutcomes); diff != "" || ended.passed() || !ended.drifted(nil) {
		t.Errorf("ended: passed %t, drifted %t (-want +got)\n%s", ended.passed(), ended.drifted(nil), diff)
	}

	// A change of waivers makes of one what a run would have found with the other.
	s := standing{recorded: ended, waivers: w, changed: true, hang: []string{"tcp://web:22", "tcp://web:81"}}
	if diff := cmp.Diff(excused, s.at(day), compareOutcomes); diff != "" {
		t.Errorf("excused later (-want +got)\n%s", diff)
	}
	s.recorded = excused
	if diff := cmp.Diff(ended, s.at(day.AddDate(0, 0, 1)), compareOutcomes); diff != "" {
		t.Errorf("ended later (-want +got)\n%s", diff)
	}

	// While it cannot be tested, a waived endpoint stays as it was.
	unknown := found(22, "closed", "unknown", "no-route", verdict.ProberOffline)
	unknown.Waiver = &endpoint.Waiver{Until: day}
	r.verdict = verdict.Verdict{Findings: []verdict.Finding{unknown}}
	if kept := r.refreshed(excused); !kept.passed() || kept.failures["tcp://web:22"] != failures["tcp://web:22"] || !kept.waived["tcp://web:22"] {
		t.Errorf("kept %v", kept)
	}
}

// TestWaiversBeyondState: whether a failure that state has no place for is excused by
// other waivers is found out by a look.
func TestWaiversBeyondState(t *testing.T) {
	for _, tt := range []struct {
		failed, waived int
		changed        bool
		all            changes
		want           step
	}{
		{0, maxFailures - 1, true, changes{sure: []string{attrWaivers}}, keep},
		{0, maxFailures, true, changes{sure: []string{attrWaivers}}, lookAgain},
		{maxFailures, 1, true, changes{sure: []string{attrWaivers}}, lookAgain},
		{0, maxFailures, true, changes{unsure: []string{attrWaivers}}, unsure},
		{0, maxFailures, false, changes{}, keep},
	} {
		o := outcome{failures: map[string]verdict.Record{}, waived: map[string]bool{}}
		for i := range tt.failed + tt.waived {
			o.fail(fmt.Sprintf("tcp://web:%d", i+1), verdict.Record{State: look.Closed}, i < tt.waived)
		}
		c := circumstances{looked: true, onDrift: onDriftWarning, standing: standing{recorded: o, changed: tt.changed}}
		c.waives(tt.all)
		if got := c.next(); got != tt.want {
			t.Errorf("%+v: got step %d", tt, got)
		}
	}
}
