package verdict_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// from is what the place called name saw of ports 1, 2, 3 … of a host, declared
// as want. The host answered if answers.
func from(name string, want endpoint.Want, answers bool, ports ...verdict.Observation) verdict.Seen {
	var findings []verdict.Finding
	var lost *string
	for i, o := range ports {
		if o.Last.Detail != "" {
			lost = &o.Last.Detail
		}
		e := endpoint.Endpoint{Scheme: endpoint.TCP, Host: "db", Port: uint16(i + 1)}
		findings = append(findings, verdict.Finding{Endpoint: e, Want: want, From: name, Observation: o})
	}
	slices.Reverse(findings)
	run := verdict.Run{Answers: map[netip.Addr]bool{webAddr.Addr(): answers}}
	if answers {
		run.Hosts = map[endpoint.Host][]netip.Addr{"db": {webAddr.Addr()}}
	}
	return verdict.Seen{Place: verdict.Place{Name: name}, Verdict: verdict.Judge(findings, run), Lost: lost}
}

func lines(v verdict.Verdict) []string {
	var lines []string
	for _, f := range v.Findings {
		lines = append(lines, fmt.Sprintf("%s %s %s %s %d", f.Key(), f.Last.State, f.Cause, f.OpenFrom, f.Others))
	}
	return lines
}

func TestJoin(t *testing.T) {
	open, refused := observed(look.Open, look.SynAck), observed(look.Closed, look.ConnRefused)
	silent, silentUDP := observed(look.Filtered, look.NoResponse), observed(look.OpenFiltered, look.NoResponse)
	rejected, untold := observed(look.Filtered, "admin-prohibited"), observed(look.ClosedFiltered, look.NotTold)
	lost, forbidden, faulty := observed(look.Unknown, look.VantageFailed), observed(look.Unknown, look.VantageForbids), observed(look.Unknown, look.VantageFailed)
	lost.Last.Detail = "no way in"
	const wantOpen, wantFiltered, wantClosed = endpoint.WantOpen, endpoint.WantFiltered, endpoint.WantClosed
	unproven, unsure := observed(look.Unknown, look.NoResponse), silent
	unsure.Unproven = true
	tests := []struct {
		name string
		seen []verdict.Seen
		want []string
	}{
		{"one place", []verdict.Seen{from("", wantOpen, true, open, silent)}, []string{"tcp://db:1 open   0", "tcp://db:2 filtered filtered  0"}},
		{"filtered by source", []verdict.Seen{from("", wantOpen, false, silent, silentUDP), from("b", wantOpen, true, open, open)}, []string{
			"tcp://db:1 filtered filtered-by-source b 0", "tcp://db:1 from b open   0",
			"tcp://db:2 open|filtered filtered-by-source b 0", "tcp://db:2 from b open   0",
		}},
		{"open from this machine", []verdict.Seen{from("b", wantOpen, true, silent), from("", wantOpen, true, open)}, []string{
			"tcp://db:1 from b filtered filtered-by-source local 0", "tcp://db:1 open   0",
		}},
		{"the first place where it is open", []verdict.Seen{from("c", wantOpen, true, silent), from("b", wantOpen, true, open), from("a", wantOpen, true, open)}, []string{
			"tcp://db:1 from c filtered filtered-by-source b 0", "tcp://db:1 from b open   0", "tcp://db:1 from a open   0",
		}},
		{"evidence of another kind stays", []verdict.Seen{from("a", wantOpen, true, rejected, refused, untold, forbidden), from("b", wantOpen, true, open, open, open, open)}, []string{
			"tcp://db:1 from a filtered rejected  0", "tcp://db:1 from b open   0",
			"tcp://db:2 from a closed service-down  0", "tcp://db:2 from b open   0",
			"tcp://db:3 from a closed|filtered not-open  0", "tcp://db:3 from b open   0",
			"tcp://db:4 from a unknown vantage-failed  0", "tcp://db:4 from b open   0",
		}},
		{"declared closed", []verdict.Seen{from("a", wantClosed, true, silent, untold), from("b", wantClosed, true, open, open)}, []string{
			"tcp://db:1 from a filtered   0", "tcp://db:1 from b open unexpected-open  0",
			"tcp://db:2 from a closed|filtered   0", "tcp://db:2 from b open unexpected-open  0",
		}},
		{"a host that answers another place is not down", []verdict.Seen{from("a", wantOpen, false, silent, silent), from("b", wantOpen, true, refused, silent)}, []string{
			"tcp://db:1 from a filtered filtered  0", "tcp://db:1 from b closed service-down  0",
			"tcp://db:2 from a filtered filtered  0", "tcp://db:2 from b filtered filtered  0",
		}},
		{"a host that answers another place is filtered from here", []verdict.Seen{from("a", wantFiltered, false, unproven, unsure), from("b", wantFiltered, true, refused, refused)}, []string{
			"tcp://db:1 from a unknown host-down  0", "tcp://db:1 from b closed not-filtered  0", // a may be cut off
			"tcp://db:2 from a filtered   0", "tcp://db:2 from b closed not-filtered  0",
		}},
		{"a host that answers nobody is", []verdict.Seen{from("a", wantOpen, false, silent), from("b", wantOpen, false, silent)}, []string{
			"tcp://db:1 from a filtered host-down  0", "tcp://db:1 from b filtered host-down  0",
		}},
		{"a place has a fault at some endpoints", []verdict.Seen{from("a", wantOpen, true, open, faulty, faulty)}, []string{
			"tcp://db:1 from a open   0", "tcp://db:2 from a unknown vantage-failed  0", "tcp://db:3 from a unknown vantage-failed  0",
		}},
		{"a place failed, for some of it", []verdict.Seen{from("a", wantOpen, true, open, lost, lost), from("b", wantOpen, true, lost, open, silent)}, []string{
			"tcp://db:1 from a open   0", "tcp://db:1 from b unknown vantage-failed  0",
			"tcp://db:2 from a unknown vantage-failed  1", "tcp://db:2 from b open   0",
			"tcp://db:3 from b filtered filtered  0",
		}},
	}
	for _, tt := range tests {
		v := verdict.Join(tt.seen)
		if diff := cmp.Diff(tt.want, lines(v)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
		if slices.ContainsFunc(v.Findings, verdict.Finding.Unsure) {
			t.Errorf("%s: still not proven", tt.name)
		}
		if !v.Answers["db"] && tt.name != "a host that answers nobody is" {
			t.Errorf("%s: the host did not answer", tt.name)
		}
	}
}

// TestUntested: whoever keeps state learns of each endpoint that a failed place
// could not test.
func TestUntested(t *testing.T) {
	lost, forbidden, open := observed(look.Unknown, look.VantageFailed), observed(look.Unknown, look.VantageForbids), observed(look.Open, look.SynAck)
	lost.Last.Detail = "no way in"
	v := verdict.Join([]verdict.Seen{from("a", endpoint.WantOpen, true, forbidden, lost, open, lost), from("", endpoint.WantOpen, true, open, open, open, open)})
	var got []string
	for f := range v.Untested() {
		got = append(got, f.Key())
		if !f.Inconclusive() || f.Cause != verdict.VantageFailed {
			t.Errorf("%s is %s, %s", f.Key(), f.Last.State, f.Cause)
		}
	}
	if want := []string{"tcp://db:1 from a", "tcp://db:2 from a", "tcp://db:4 from a"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for range v.Untested() {
		break
	}
	if len(v.Failed) != 1 || v.Failed[0].Err != "no way in" || v.Failed[0].Name != "a" || len(v.Failures()) != 2 {
		t.Errorf("%+v", v.Failed)
	}
}

// TestLost: where the place could not look at the end, its silence says nothing.
func TestLost(t *testing.T) {
	why := "gone"
	for _, tt := range []struct {
		seen verdict.Observation
		want endpoint.Want
		lost bool
	}{
		{observed(look.Filtered, look.NoResponse), endpoint.WantOpen, true},
		{observed(look.ClosedFiltered, look.NotTold), endpoint.WantOpen, true},
		{observed(look.Unknown, look.NoResponse), endpoint.WantClosed, true},
		{observed(look.Filtered, "admin-prohibited"), endpoint.WantOpen, false},
		{observed(look.Closed, look.ConnRefused), endpoint.WantOpen, false},
		{observed(look.Open, look.SynAck), endpoint.WantOpen, false},
	} {
		f := verdict.Finding{Want: tt.want, Observation: tt.seen}
		f = verdict.Judge([]verdict.Finding{f}, verdict.Run{Lost: &why, Offline: true}).Findings[0]
		if lost := f.Cause == verdict.VantageFailed && f.Inconclusive() && f.Last.Detail == why; lost != tt.lost {
			t.Errorf("%s: %s %s", tt.seen.Last.Reason, f.Last.State, f.Cause)
		}
	}
}
