package verdict_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// webAddr is where all is observed that has no address of its own.
var webAddr = netip.MustParseAddrPort("198.51.100.1:443")

// seenAt is o, observed at another address.
func seenAt(addr string, o verdict.Observation) verdict.Observation {
	o.Last.Remote = netip.AddrPortFrom(netip.MustParseAddr(addr), 80)
	return o
}

func observed(state look.State, reason look.Reason) verdict.Observation {
	return verdict.Observation{Last: look.Result{State: state, Reason: reason, Remote: webAddr}, Looks: 1}
}

func TestMeets(t *testing.T) {
	tests := []struct {
		state        look.State
		silentIsOpen bool
		meets        []endpoint.Want
	}{
		{look.Open, false, []endpoint.Want{endpoint.WantOpen, endpoint.WantUnfiltered}},
		{look.Closed, false, []endpoint.Want{endpoint.WantUnfiltered, endpoint.WantClosed}},
		{look.Unfiltered, false, []endpoint.Want{endpoint.WantUnfiltered, endpoint.WantClosed}},
		{look.Filtered, false, []endpoint.Want{endpoint.WantFiltered, endpoint.WantClosed}},
		{look.Filtered, true, []endpoint.Want{endpoint.WantFiltered, endpoint.WantClosed}},
		{look.ClosedFiltered, false, []endpoint.Want{endpoint.WantClosed}},
		{look.OpenFiltered, false, []endpoint.Want{endpoint.WantClosed}},
		{look.OpenFiltered, true, []endpoint.Want{endpoint.WantOpen}},
		{look.Unresponsive, false, []endpoint.Want{endpoint.WantClosed}},
		{look.Unknown, false, nil},
		{look.Unknown, true, nil},
	}
	for _, tt := range tests {
		o := observed(tt.state, "")
		o.SilentIsOpen = tt.silentIsOpen
		for _, want := range endpoint.Wants() {
			if got := o.Meets(want); got != slices.Contains(tt.meets, want) {
				t.Errorf("%s as declared %s, silent is open %v: %v", tt.state, want, tt.silentIsOpen, got)
			}
		}
	}
}

// TestAbout: what does not tell closed from filtered says nothing of a filter.
func TestAbout(t *testing.T) {
	for _, state := range look.States() {
		for _, want := range endpoint.Wants() {
			is := state
			if state == look.ClosedFiltered && (want == endpoint.WantFiltered || want == endpoint.WantUnfiltered) {
				is = look.Unknown
			}
			if got := verdict.About(want, look.Result{State: state, Reason: "r"}); got.State != is || got.Reason != "r" {
				t.Errorf("%s as declared %s: %s", state, want, got.State)
			}
		}
	}
}

// TestRefused: of the ICMP errors only those of a rule are a sign of one.
func TestRefused(t *testing.T) {
	rules := []look.Reason{look.PortUnreach, look.ProtoUnreach, look.NetProhibited, look.HostProhibited, look.AdminProhibited, look.RejectRoute}
	for _, reason := range look.Reasons() {
		if slices.Contains(look.Faults(), reason) && reason != look.NoRoute {
			continue // never of a filtered port
		}
		if got := verdict.Refused(look.Result{State: look.Filtered, Reason: reason}); ofNetwork(reason) && got != slices.Contains(rules, reason) {
			t.Errorf("%s: %v", reason, got)
		}
	}
	if verdict.Refused(look.Result{State: look.Closed, Reason: look.PortUnreach}) {
		t.Error("a closed port")
	}
}

// ofNetwork tells whether reason may be that of a filtered port.
func ofNetwork(reason look.Reason) bool {
	return reason == look.NoResponse || strings.Contains(string(reason), "unreach") || strings.Contains(string(reason), "prohibited") ||
		slices.Contains([]look.Reason{look.NoRoute, look.BeyondScope, look.RejectRoute, look.TimeExceeded, look.ParamProblem}, reason)
}

// TestAdd: an ICMP error outlives one silent look after it, and nothing else
// outlives the next look.
func TestAdd(t *testing.T) {
	open := look.Result{State: look.Open, Reason: look.SynAck}
	silent := look.Result{State: look.Filtered, Reason: look.NoResponse}
	silentUDP := look.Result{State: look.OpenFiltered, Reason: look.NoResponse}
	rejected := look.Result{State: look.Filtered, Reason: look.AdminProhibited, ICMP: &look.ICMP{Type: 3, Code: 13}}
	exhausted := look.Result{State: look.Unknown, Reason: look.NoBuffer}
	tests := []struct {
		name     string
		looks    []look.Result
		last     look.Result
		silences int
	}{
		{"one", []look.Result{open}, open, 0},
		{"silence", []look.Result{silent}, silent, 1},
		{"silence twice", []look.Result{silent, silent}, silent, 2},
		{"silence after an answer", []look.Result{open, silent}, silent, 1},
		{"an answer after silence", []look.Result{silent, silent, open}, open, 0},
		{"silence after an ICMP error", []look.Result{rejected, silent}, rejected, 1},
		{"silence twice after it", []look.Result{rejected, silent, silent}, silent, 2},
		{"silence of a UDP port after it", []look.Result{rejected, silentUDP}, rejected, 1},
		{"silence after each of two", []look.Result{rejected, silent, rejected, silent}, rejected, 1},
		{"an answer after it", []look.Result{rejected, open}, open, 0},
		{"a fault, then silence", []look.Result{rejected, exhausted, silent}, silent, 1},
		{"a fault between silences", []look.Result{silent, exhausted, silent}, silent, 1},
	}
	for _, tt := range tests {
		var got verdict.Observation
		for _, r := range tt.looks {
			got.Add(r)
		}
		want := verdict.Observation{Last: tt.last, Looks: len(tt.looks), Silences: tt.silences}
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

// TestFlapping: an endpoint is flapping only if it ended as declared.
func TestFlapping(t *testing.T) {
	tests := []struct {
		want, is   string
		was        look.State
		asDeclared bool
		flapping   bool
	}{
		{"open", "open", "", true, false},
		{"open", "open", look.Closed, true, true},
		{"open", "closed", look.Closed, false, false},
		{"closed", "closed", look.Open, true, true},
		{"closed", "filtered", look.Open, true, true},
		{"closed", "open", look.Open, false, false},
		{"open", "unknown", look.Closed, false, false},
		{"closed", "unknown", look.Open, false, false},
	}
	for _, tt := range tests {
		f := verdict.Finding{Want: endpoint.Want(tt.want), Observation: observed(look.State(tt.is), "")}
		f.Was = tt.was
		if f.AsDeclared() != tt.asDeclared || f.Flapping() != tt.flapping {
			t.Errorf("declared %s, %s, was %q: as declared %v, flapping %v",
				tt.want, tt.is, tt.was, f.AsDeclared(), f.Flapping())
		}
		if f.Inconclusive() != (tt.is == "unknown") {
			t.Errorf("%s: inconclusive %v", tt.is, f.Inconclusive())
		}
	}
}

// TestAnswers: what only something on the way can have sent is no answer of the
// host.
func TestAnswers(t *testing.T) {
	tests := []struct {
		state  look.State
		reason look.Reason
		want   bool
	}{
		{look.Open, look.SynAck, true},
		{look.Open, look.UDPResponse, true},
		{look.Open, look.ServiceResponse, true},
		{look.Closed, look.ConnRefused, true},
		{look.Closed, look.PortUnreach, true},
		{look.Unresponsive, look.NoGreeting, true},
		{look.Unresponsive, look.TLSExpired, true},
		{look.Unresponsive, look.ZeroWindow, false},
		{look.Filtered, look.NoResponse, false},
		{look.Filtered, look.AdminProhibited, false},
		{look.Filtered, look.HostUnreach, false},
		{look.OpenFiltered, look.NoResponse, false},
		{look.Unknown, look.NoResponse, false},
		{look.Unknown, look.NoRoute, false},
	}
	for _, tt := range tests {
		if got := verdict.Answers(look.Result{State: tt.state, Reason: tt.reason}); got != tt.want {
			t.Errorf("%s, %s: %v", tt.state, tt.reason, got)
		}
	}
}

// TestJudge: findings come in order, each that is not as declared with its cause,
// and what the run saw of one host is not held against another.
func TestJudge(t *testing.T) {
	find := func(key string, want endpoint.Want, o verdict.Observation) verdict.Finding {
		e, err := endpoint.ParseEndpoint(key)
		if err != nil {
			t.Fatal(err)
		}
		return verdict.Finding{Endpoint: e, Want: want, Observation: o}
	}
	silent := observed(look.Filtered, look.NoResponse)
	flapped := observed(look.Closed, look.ConnRefused)
	flapped.Was = look.Open
	findings := []verdict.Finding{
		find("tcp://web:443", "open", observed(look.Closed, look.ConnRefused)),
		find("tcp://web:80", "open", observed(look.Open, look.SynAck)),
		find("tcp://web:81", "open", silent),
		find("tcp://stopped:80", "open", seenAt("198.51.100.2", silent)),
		find("tcp://pinged:80", "open", seenAt("198.51.100.3", silent)),
		find("tcp://gone:80", "open", observed(look.Unknown, look.NoSuchHost)),
		find("tcp://down:80", "open", seenAt("198.51.100.4", silent)),
		find("tcp://web:22", "closed", flapped),
		find("tcp://[2001:db8::1]:22", "closed", observed(look.Open, look.SynAck)),
		find("tcp://192.0.2.10:80", "open", seenAt("192.0.2.10", silent)),
		find("tcp://192.0.2.9:80", "open", seenAt("192.0.2.9", silent)),
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(findings), func(i, j int) {
		findings[i], findings[j] = findings[j], findings[i]
	})
	run := verdict.Run{
		Answers: map[netip.Addr]bool{webAddr.Addr(): true, netip.MustParseAddr("198.51.100.2"): true},
		Hosts:   map[endpoint.Host][]netip.Addr{"web": {webAddr.Addr()}, "stopped": {netip.MustParseAddr("198.51.100.2")}},
		Stopped: map[netip.Addr]look.State{netip.MustParseAddr("198.51.100.2"): look.Filtered},
		Pinged:  map[netip.Addr]int{netip.MustParseAddr("198.51.100.3"): 1, netip.MustParseAddr("192.0.2.10"): 2},
	}
	v := verdict.Judge(findings, run)
	tell := func(findings []verdict.Finding) (lines []string) {
		for _, f := range findings {
			lines = append(lines, f.Endpoint.String()+" "+string(f.Cause))
		}
		return lines
	}
	want := []string{
		"tcp://192.0.2.9:80 host-down",
		"tcp://192.0.2.10:80 prober-blocked",
		"tcp://[2001:db8::1]:22 unexpected-open",
		"tcp://down:80 host-down",
		"tcp://gone:80 not-resolvable",
		"tcp://pinged:80 filtered",
		"tcp://stopped:80 stopped-answering",
		"tcp://web:22 ",
		"tcp://web:80 ",
		"tcp://web:81 filtered",
		"tcp://web:443 service-down",
	}
	if diff := cmp.Diff(want, tell(v.Findings)); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
	failures := slices.Concat(want[:7], want[9:])
	if diff := cmp.Diff(failures, tell(v.Failures())); diff != "" {
		t.Errorf("failures (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(want[4:5], tell(v.Select(verdict.Finding.Inconclusive))); diff != "" {
		t.Errorf("inconclusive (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(want[7:8], tell(v.Select(verdict.Finding.Flapping))); diff != "" {
		t.Errorf("flapping (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(map[endpoint.Host]bool{"web": true, "stopped": true}, v.Answers); diff != "" {
		t.Errorf("answers (-want +got)\n%s", diff)
	}
	if v := verdict.Judge(nil, verdict.Run{}); len(v.Findings) > 0 || v.Failures() != nil {
		t.Errorf("of nothing: %v", v)
	}
}
