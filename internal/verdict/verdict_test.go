package verdict_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

func observed(state look.State, reason look.Reason) verdict.Observation {
	return verdict.Observation{Last: look.Result{State: state, Reason: reason}, Looks: 1}
}

func TestMeets(t *testing.T) {
	tests := []struct {
		state        look.State
		silentIsOpen bool
		open, closed bool
	}{
		{look.Open, false, true, false},
		{look.Closed, false, false, true},
		{look.Filtered, false, false, true},
		{look.Filtered, true, false, true},
		{look.OpenFiltered, false, false, true},
		{look.OpenFiltered, true, true, false},
		{look.Unresponsive, false, false, true},
		{look.Unknown, false, false, false},
		{look.Unknown, true, false, false},
	}
	for _, tt := range tests {
		o := observed(tt.state, "")
		o.SilentIsOpen = tt.silentIsOpen
		if got := o.Meets(endpoint.WantOpen); got != tt.open {
			t.Errorf("%s as declared open, silent is open %v: %v", tt.state, tt.silentIsOpen, got)
		}
		if got := o.Meets(endpoint.WantClosed); got != tt.closed {
			t.Errorf("%s as declared closed, silent is open %v: %v", tt.state, tt.silentIsOpen, got)
		}
	}
}

func TestCombine(t *testing.T) {
	open, closed, silent := observed(look.Open, look.SynAck), observed(look.Closed, look.ConnRefused), observed(look.Filtered, look.NoResponse)
	unrouted, exhausted := observed(look.Unknown, look.NoRoute), observed(look.Unknown, look.NoDescriptor)
	unrouted.Last.Remote = netip.MustParseAddrPort("[2001:db8::1]:80")
	tests := []struct {
		name     string
		want     endpoint.Want
		all, any verdict.Observation
		seen     []verdict.Observation
	}{
		{"alone", "open", silent, silent, []verdict.Observation{silent}},
		{"one bad", "open", closed, open, []verdict.Observation{open, closed, silent}},
		{"bad before unknown, unknown before bad", "open", closed, exhausted, []verdict.Observation{exhausted, closed}},
		{"declared closed", "closed", open, closed, []verdict.Observation{closed, open}},
		{"no route to one family", "open", open, open, []verdict.Observation{unrouted, open}},
		{"no route to one family, the other bad", "open", silent, silent, []verdict.Observation{unrouted, silent}},
		{"no route at all", "open", unrouted, unrouted, []verdict.Observation{unrouted, unrouted}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.all.Last.Reason, verdict.Combine(tt.want, false, tt.seen).Last.Reason); diff != "" {
			t.Errorf("%s, all (-want +got)\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.any.Last.Reason, verdict.Combine(tt.want, true, tt.seen).Last.Reason); diff != "" {
			t.Errorf("%s, any (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestCause(t *testing.T) {
	router, router6 := netip.MustParseAddr("192.0.2.254"), netip.MustParseAddr("2001:db8::fe")
	icmp := func(m look.ICMP, reason look.Reason) verdict.Observation {
		o := observed(look.Filtered, reason)
		o.Last.ICMP = &m
		return o
	}
	unreachable := icmp(look.ICMP{Type: 3, Code: 1, From: router}, "host-unreach")
	silentUDP := observed(look.OpenFiltered, look.NoResponse)
	silentUDP.SilentIsOpen = true
	tests := []struct {
		name    string
		want    endpoint.Want
		seen    verdict.Observation
		answers bool
		offline bool
		stopped bool
		pinged  bool
		cause   verdict.Cause
	}{
		{"as declared", "open", observed(look.Open, look.SynAck), true, false, false, false, ""},
		{"closed as declared", "closed", observed(look.Filtered, look.NoResponse), false, false, false, false, ""},
		{"reset", "open", observed(look.Closed, look.ConnRefused), true, false, false, false, verdict.ServiceDown},
		{"silent, others answer", "open", observed(look.Filtered, look.NoResponse), true, false, false, false, verdict.Filtered},
		{"silent, nothing answers", "open", observed(look.Filtered, look.NoResponse), false, false, false, false, verdict.HostDown},
		{"prohibited", "open", icmp(look.ICMP{Type: 3, Code: 13, From: router}, "admin-prohibited"), false, false, false, false, verdict.Rejected},
		{"host unreachable, nothing answers", "open", unreachable, false, false, false, false, verdict.HostDown},
		{"host unreachable, others answer", "open", unreachable, true, false, false, false, verdict.Rejected},
		{"IPv6 address unreachable", "open", icmp(look.ICMP{Type: 1, Code: 3, From: router6}, "host-unreach"), false, false, false, false, verdict.HostDown},
		{"IPv6 prohibited", "open", icmp(look.ICMP{Type: 1, Code: 1, From: router6}, "admin-prohibited"), false, false, false, false, verdict.Rejected},
		{"silent, nothing answers any more", "open", observed(look.Filtered, look.NoResponse), true, false, true, false, verdict.StoppedAnswering},
		{"prohibited, nothing answers any more", "open", icmp(look.ICMP{Type: 3, Code: 13, From: router}, "admin-prohibited"), true, false, true, false, verdict.Rejected},
		{"silent, but pings", "open", observed(look.Filtered, look.NoResponse), false, false, false, true, verdict.ProberBlocked},
		{"host unreachable, but pings", "open", unreachable, false, false, false, true, verdict.HostDown},
		{"unexpected", "closed", observed(look.Open, look.SynAck), true, false, false, false, verdict.UnexpectedOpen},
		{"no name", "open", observed(look.Unknown, look.NoSuchHost), false, false, false, false, verdict.NotResolvable},
		{"no route", "closed", observed(look.Unknown, look.NoRoute), false, false, false, false, verdict.ProberOffline},
		{"no sockets", "open", observed(look.Unknown, look.NoDescriptor), true, false, false, false, verdict.ProberExhausted},
		{"something new", "open", observed(look.Unknown, look.UnexpectedError), true, false, false, false, verdict.ProberExhausted},
		{"offline", "open", observed(look.Filtered, look.NoResponse), false, true, false, false, verdict.ProberOffline},
		{"offline, closed", "closed", observed(look.Filtered, look.NoResponse), false, true, false, false, verdict.ProberOffline},
		{"offline, UDP that may be silent", "open", silentUDP, false, true, false, false, verdict.ProberOffline},
		{"offline, no name", "open", observed(look.Unknown, look.NoSuchHost), false, true, false, false, verdict.NotResolvable},
		{"UDP that may be silent", "open", silentUDP, false, false, false, false, ""},
		{"UDP that may be silent, declared closed", "closed", silentUDP, false, false, false, false, verdict.UnexpectedOpen},
		{"silent UDP, others answer", "open", observed(look.OpenFiltered, look.NoResponse), true, false, false, false, verdict.Filtered},
		{"silent UDP, pings", "open", observed(look.OpenFiltered, look.NoResponse), false, false, false, true, verdict.Filtered},
		{"silent UDP, nothing answers", "open", observed(look.OpenFiltered, look.NoResponse), false, false, false, false, verdict.HostDown},
		{"silent UDP, declared closed", "closed", observed(look.OpenFiltered, look.NoResponse), true, false, false, false, ""},
		{"UDP port unreachable", "open", observed(look.Closed, look.PortUnreach), true, false, false, false, verdict.ServiceDown},
		{"no window", "open", observed(look.Unresponsive, look.ZeroWindow), false, false, false, false, verdict.Unhealthy},
		{"silence that is no evidence", "closed", observed(look.Unknown, look.NoResponse), true, false, false, false, verdict.StoppedAnswering},
	}
	for _, tt := range tests {
		e := endpoint.Endpoint{Scheme: endpoint.TCP, Host: "web", Port: 443}
		v := verdict.Judge([]verdict.Finding{{Endpoint: e, Want: tt.want, Observation: tt.seen}}, verdict.Run{
			Answers: map[endpoint.Host]bool{"web": tt.answers}, Stopped: map[endpoint.Host]bool{"web": tt.stopped}, Pinged: map[endpoint.Host]bool{"web": tt.pinged}, Offline: tt.offline,
		})
		f := v.Findings[0]
		if f.Cause != tt.cause || len(v.Failures()) == 0 != (tt.cause == "") {
			t.Errorf("%s: cause %q, %d failures, want %q", tt.name, f.Cause, len(v.Failures()), tt.cause)
		}
		if tt.offline && tt.cause != "" && !f.Inconclusive() {
			t.Errorf("%s: silence is evidence", tt.name)
		}
	}
}

// TestCombineTies: among equals, one that flapped counts, and otherwise the
// first.
func TestCombineTies(t *testing.T) {
	first, second, flapped := observed(look.Closed, look.ConnRefused), observed(look.Filtered, look.NoResponse), observed(look.Filtered, look.HostUnreach)
	flapped.Was = look.Closed
	for _, oneIsEnough := range []bool{false, true} {
		if got := verdict.Combine(endpoint.WantOpen, oneIsEnough, []verdict.Observation{first, second}); got.Last.Reason != look.ConnRefused {
			t.Errorf("one is enough %v: %s is not the first", oneIsEnough, got.Last.Reason)
		}
		if got := verdict.Combine(endpoint.WantOpen, oneIsEnough, []verdict.Observation{first, flapped, second}); got.Last.Reason != look.HostUnreach {
			t.Errorf("one is enough %v: %s has not flapped", oneIsEnough, got.Last.Reason)
		}
	}
}
