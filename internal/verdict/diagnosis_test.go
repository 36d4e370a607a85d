package verdict_test

import (
	"net/netip"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// diagnoses are the causes of one observation, by what the run saw besides. Those
// that are left out are as declared.
type diagnoses struct {
	alone    verdict.Cause // nothing of the host, nor of its ports
	answered verdict.Cause // other ports of the host
	stopped  verdict.Cause // other ports of the host, which fell silent
	refuses  verdict.Cause // other ports of the host, which all refuse now
	pinged   verdict.Cause // an answer to ping, and to nothing else
	onePort  verdict.Cause // the same where it is the only port
	offline  verdict.Cause // nothing at all, control endpoints neither
}

// always are the diagnoses of what speaks for itself.
func always(c verdict.Cause) diagnoses { return diagnoses{c, c, c, c, c, c, c} }

// diagnose judges o of an endpoint of the host "web" under each set of facts.
func diagnose(want endpoint.Want, o verdict.Observation) (d diagnoses, failed bool) {
	addr, next := webAddr.Addr(), webAddr.Addr().Next()
	web := map[netip.Addr]bool{addr: true}
	e := endpoint.Endpoint{Scheme: endpoint.TCP, Host: "web", Port: 443}
	for cause, run := range map[*verdict.Cause]verdict.Run{
		// Of another address of the same name.
		&d.alone: {
			Answers: map[netip.Addr]bool{next: true}, Hosts: map[endpoint.Host][]netip.Addr{"web": {next}},
			Stopped: map[netip.Addr]look.State{next: look.Filtered}, Pinged: map[netip.Addr]int{next: 2},
		},
		&d.answered: {Answers: web},
		&d.stopped:  {Answers: web, Stopped: map[netip.Addr]look.State{addr: look.Filtered}},
		&d.refuses:  {Answers: web, Stopped: map[netip.Addr]look.State{addr: look.Closed}},
		&d.pinged:   {Pinged: map[netip.Addr]int{addr: 2}},
		&d.onePort:  {Pinged: map[netip.Addr]int{addr: 1}},
		&d.offline:  {Offline: true},
	} {
		v := verdict.Judge([]verdict.Finding{{Endpoint: e, Want: want, Observation: o}}, run)
		*cause = v.Findings[0].Cause
		if len(v.Failures()) == 0 != (*cause == "") || run.Offline && hides(o) && !v.Findings[0].Inconclusive() {
			failed = true
		}
	}
	return d, failed
}

// hides tells whether o is no word of the host itself.
func hides(o verdict.Observation) bool {
	return o.Last.State == look.Filtered || o.Last.State == look.OpenFiltered
}

// TestDiagnosis holds each kind of observation against each set of facts.
func TestDiagnosis(t *testing.T) {
	icmp := func(reason look.Reason, m look.ICMP) verdict.Observation {
		o := observed(look.Filtered, reason)
		o.Last.ICMP = &m
		return o
	}
	router, router6 := netip.MustParseAddr("192.0.2.254"), netip.MustParseAddr("2001:db8::fe")
	silent, silentUDP := observed(look.Filtered, look.NoResponse), observed(look.OpenFiltered, look.NoResponse)
	assumedOpen := silentUDP
	assumedOpen.SilentIsOpen = true
	unreachable := diagnoses{
		alone:    verdict.HostDown,
		answered: verdict.Rejected,
		stopped:  verdict.StoppedAnswering,
		refuses:  verdict.Rejected,
		pinged:   verdict.HostDown,
		onePort:  verdict.HostDown,
		offline:  verdict.ProberOffline,
	}
	rejected := always(verdict.Rejected)
	rejected.offline, rejected.stopped = verdict.ProberOffline, verdict.StoppedAnswering
	refused := always(verdict.ServiceDown)
	refused.refuses = verdict.StoppedAnswering
	noEvidence := always(verdict.StoppedAnswering)
	noEvidence.offline = verdict.ProberOffline
	notFiltered := always(verdict.NotFiltered)
	notFiltered.refuses = verdict.StoppedAnswering
	unproven := always(verdict.HostDown)
	unproven.answered, unproven.stopped, unproven.refuses, unproven.offline = verdict.StoppedAnswering, verdict.StoppedAnswering, verdict.StoppedAnswering, verdict.ProberOffline
	notTold := always(verdict.NotOpen)
	notTold.offline = verdict.ProberOffline
	ours := icmp(look.PermDenied, look.ICMP{Type: 3, Code: 13, From: netip.MustParseAddr("192.0.2.1")})
	ours.Last.State = look.Unknown
	tests := []struct {
		name string
		want endpoint.Want
		seen verdict.Observation
		is   diagnoses
	}{
		{
			name: "silence",
			want: endpoint.WantOpen,
			seen: silent,
			is: diagnoses{
				alone:    verdict.HostDown,
				answered: verdict.Filtered,
				stopped:  verdict.StoppedAnswering,
				refuses:  verdict.Filtered,
				pinged:   verdict.ProberBlocked,
				onePort:  verdict.Filtered,
				offline:  verdict.ProberOffline,
			},
		}, {
			name: "silence of a UDP port, whose service may not care",
			want: endpoint.WantOpen,
			seen: silentUDP,
			is: diagnoses{
				alone:    verdict.HostDown,
				answered: verdict.Filtered,
				stopped:  verdict.StoppedAnswering,
				refuses:  verdict.Filtered,
				pinged:   verdict.Filtered,
				onePort:  verdict.Filtered,
				offline:  verdict.ProberOffline,
			},
		}, {
			name: "silence, as declared",
			want: endpoint.WantClosed,
			seen: silent,
			is:   diagnoses{offline: verdict.ProberOffline},
		}, {
			name: "silence of a UDP port, as declared",
			want: endpoint.WantClosed,
			seen: silentUDP,
			is:   diagnoses{offline: verdict.ProberOffline},
		}, {
			name: "silence that counts as open",
			want: endpoint.WantOpen,
			seen: assumedOpen,
			is:   diagnoses{offline: verdict.ProberOffline},
		}, {
			name: "silence that counts as open, declared closed",
			want: endpoint.WantClosed,
			seen: assumedOpen,
			is: diagnoses{
				alone:    verdict.UnexpectedOpen,
				answered: verdict.UnexpectedOpen,
				stopped:  verdict.UnexpectedOpen,
				refuses:  verdict.UnexpectedOpen,
				pinged:   verdict.UnexpectedOpen,
				onePort:  verdict.UnexpectedOpen,
				offline:  verdict.ProberOffline,
			},
		}, {
			name: "silence that is no evidence",
			want: endpoint.WantClosed,
			seen: observed(look.Unknown, look.NoResponse),
			is:   noEvidence,
		},
		{"a reset, declared filtered", "filtered", observed(look.Closed, look.ConnRefused), notFiltered},
		{"an answer, declared filtered", "filtered", observed(look.Open, look.SynAck), always(verdict.UnexpectedOpen)},
		{"no window, declared filtered", "filtered", observed(look.Unresponsive, look.ZeroWindow), always(verdict.UnexpectedOpen)},
		{"silence, declared filtered", "filtered", silent, diagnoses{offline: verdict.ProberOffline}},
		{"prohibited, declared filtered", "filtered", icmp(look.AdminProhibited, look.ICMP{Type: 3, Code: 13, From: router}), diagnoses{offline: verdict.ProberOffline}},
		{"silence that proves nothing", "filtered", observed(look.Unknown, look.NoResponse), unproven},
		{"a host that is unreachable, declared filtered", "filtered", observed(look.Unknown, look.HostUnreach), unproven},
		{"not told, declared filtered", "filtered", observed(look.Unknown, look.NotTold), notTold},
		{"not told, declared unfiltered", "unfiltered", observed(look.Unknown, look.NotTold), notTold},
		{"no name, declared filtered", "filtered", observed(look.Unknown, look.NoSuchHost), always(verdict.NotResolvable)},
		{"our own packet filter, declared filtered", "filtered", observed(look.Unknown, look.PermDenied), always(verdict.ProberFiltered)},
		{"a reset, declared unfiltered", "unfiltered", observed(look.Closed, look.ConnRefused), always("")},
		{"an answer, declared unfiltered", "unfiltered", observed(look.Open, look.SynAck), always("")},
		{"no window, declared unfiltered", "unfiltered", observed(look.Unresponsive, look.ZeroWindow), always(verdict.Unhealthy)},
		{"prohibited, declared unfiltered", "unfiltered", icmp(look.AdminProhibited, look.ICMP{Type: 3, Code: 13, From: router}), rejected},
		{"unreachable, declared unfiltered", "unfiltered", icmp(look.HostUnreach, look.ICMP{Type: 3, Code: 1, From: router}), unreachable},
		{"prohibited", "open", icmp(look.AdminProhibited, look.ICMP{Type: 3, Code: 13, From: router}), rejected},
		{"prohibited, IPv6", "open", icmp(look.AdminProhibited, look.ICMP{Type: 1, Code: 1, From: router6}), rejected},
		{"no route of a router's", "open", icmp(look.NoRoute, look.ICMP{Type: 1, From: router6}), rejected},
		{"unreachable", "open", icmp(look.HostUnreach, look.ICMP{Type: 3, Code: 1, From: router}), unreachable},
		{"unreachable, IPv6", "open", icmp(look.HostUnreach, look.ICMP{Type: 1, Code: 3, From: router6}), unreachable},
		{"a reset", "open", observed(look.Closed, look.ConnRefused), refused},
		{"port unreachable", "open", observed(look.Closed, look.PortUnreach), always(verdict.ServiceDown)},
		{"a reset, as declared", "closed", observed(look.Closed, look.ConnRefused), always("")},
		{"an answer", "closed", observed(look.Open, look.SynAck), always(verdict.UnexpectedOpen)},
		{"an answer, as declared", "open", observed(look.Open, look.SynAck), always("")},
		{"no window", "open", observed(look.Unresponsive, look.ZeroWindow), always(verdict.Unhealthy)},
		{"a service that has had enough of us", "open", observed(look.Unresponsive, look.NotAllowed), always(verdict.ProberBlocked)},
		{"a sick service", "open", observed(look.Unresponsive, "status-503"), always(verdict.Unhealthy)},
		{"no name", "open", observed(look.Unknown, look.NoSuchHost), always(verdict.NotResolvable)},
		{"no address", "open", observed(look.Unknown, look.NoFamily), always(verdict.NotResolvable)},
		{"no route", "closed", observed(look.Unknown, look.NoRoute), always(verdict.ProberOffline)},
		{"no sockets", "open", observed(look.Unknown, look.NoDescriptor), always(verdict.ProberExhausted)},
		{"no permission", "closed", observed(look.Unknown, look.PermDenied), always(verdict.ProberFiltered)},
		{"our own packet filter", "open", ours, always(verdict.ProberFiltered)},
		{"our own gateway", "closed", observed(look.Unknown, look.GatewayUnreach), always(verdict.ProberOffline)},
		{"something new", "open", observed(look.Unknown, look.UnexpectedError), always(verdict.ProberExhausted)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, failed := diagnose(tt.want, tt.seen)
			if got != tt.is {
				t.Errorf("declared %s: %+v, want %+v", tt.want, got, tt.is)
			}
			if failed {
				t.Error("a failure without a cause, a cause without a failure, or silence as evidence")
			}
		})
	}
}
