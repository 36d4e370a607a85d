package verdict_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// at makes o what was seen at an address.
func at(addr string, o verdict.Observation) verdict.Observation {
	o.Last.Remote = netip.AddrPortFrom(netip.MustParseAddr(addr), 80)
	return o
}

func TestCombine(t *testing.T) {
	const v4, v6 = "192.0.2.1", "2001:db8::1"
	open, closed := observed(look.Open, look.SynAck), observed(look.Closed, look.ConnRefused)
	silent, exhausted := observed(look.Filtered, look.NoResponse), observed(look.Unknown, look.NoDescriptor)
	unrouted, router := observed(look.Unknown, look.NoRoute), observed(look.Filtered, look.NoRoute)
	type seen []verdict.Observation
	tests := []struct {
		name string
		want endpoint.Want
		seen seen
		all  look.Reason // of the one that counts if all must be as declared
		one  look.Reason // and if one is enough
	}{
		{"alone", "open", seen{silent}, look.NoResponse, look.NoResponse},
		{"one bad", "open", seen{open, closed, silent}, look.ConnRefused, look.SynAck},
		{"the bad one first", "open", seen{silent, open, closed}, look.NoResponse, look.SynAck},
		{"bad before unknown, unknown before bad", "open", seen{exhausted, closed}, look.ConnRefused, look.NoDescriptor},
		{"unknown before good, good before unknown", "open", seen{open, exhausted}, look.NoDescriptor, look.SynAck},
		{"declared closed", "closed", seen{closed, open}, look.SynAck, look.ConnRefused},
		{"no route to IPv6", "open", seen{at(v6, unrouted), at(v4, open)}, look.SynAck, look.SynAck},
		{
			name: "no route to IPv4",
			want: "closed",
			seen: seen{at(v4, unrouted), at(v6, closed), at(v4, unrouted)},
			all:  look.ConnRefused,
			one:  look.ConnRefused,
		}, {
			name: "no route to one family, the other bad",
			want: "open",
			seen: seen{at(v6, unrouted), at(v4, silent)},
			all:  look.NoResponse,
			one:  look.NoResponse,
		}, {
			name: "no route to one family, the other unknown",
			want: "open",
			seen: seen{at(v6, unrouted), at(v4, exhausted)},
			all:  look.NoDescriptor,
			one:  look.NoDescriptor,
		}, {
			name: "no route to one address, but to another of its family",
			want: "open",
			seen: seen{at(v4, open), at(v6, unrouted), at(v6, open)},
			all:  look.NoRoute,
			one:  look.SynAck,
		},
		{"no route at all", "open", seen{at(v6, unrouted), at(v4, unrouted)}, look.NoRoute, look.NoRoute},
		{
			name: "a family that is unknown for another fault is not left out",
			want: "open",
			seen: seen{at(v6, exhausted), at(v4, open)},
			all:  look.NoDescriptor,
			one:  look.SynAck,
		},
		{"nor one that a router has no route to", "open", seen{at(v6, router), at(v4, open)}, look.NoRoute, look.SynAck},
	}
	for _, tt := range tests {
		before := slices.Clone(tt.seen)
		for oneIsEnough, want := range map[bool]look.Reason{false: tt.all, true: tt.one} {
			if got := verdict.Combine(tt.want, oneIsEnough, tt.seen).Last.Reason; got != want {
				t.Errorf("%s, one is enough %v: %s, want %s", tt.name, oneIsEnough, got, want)
			}
		}
		if !slices.Equal(before, tt.seen) {
			t.Errorf("%s: the observations became %v", tt.name, tt.seen)
		}
	}
}

// TestCombineTies: among equals, one that flapped counts, and otherwise the
// first.
func TestCombineTies(t *testing.T) {
	first, second := observed(look.Closed, look.ConnRefused), observed(look.Filtered, look.NoResponse)
	flapped, later := observed(look.Filtered, look.HostUnreach), observed(look.Filtered, look.AdminProhibited)
	flapped.Was, later.Was = look.Closed, look.Closed
	open := observed(look.Open, look.SynAck)
	tests := []struct {
		name string
		seen []verdict.Observation
		want look.Reason
	}{
		{"the first", []verdict.Observation{first, second}, look.ConnRefused},
		{"one that flapped", []verdict.Observation{first, flapped, second}, look.HostUnreach},
		{"the first that did", []verdict.Observation{first, flapped, later}, look.HostUnreach},
		{"the first, which did", []verdict.Observation{flapped, first, later}, look.HostUnreach},
	}
	for _, tt := range tests {
		for _, oneIsEnough := range []bool{false, true} {
			if got := verdict.Combine(endpoint.WantOpen, oneIsEnough, tt.seen); got.Last.Reason != tt.want {
				t.Errorf("%s, one is enough %v: %s", tt.name, oneIsEnough, got.Last.Reason)
			}
		}
	}
	// To have flapped is not to be better or worse.
	if got := verdict.Combine(endpoint.WantOpen, true, []verdict.Observation{open, flapped}); got != open {
		t.Errorf("of what is enough, %s counts", got.Last.Reason)
	}
	if got := verdict.Combine(endpoint.WantClosed, false, []verdict.Observation{open, flapped}); got != open {
		t.Errorf("of what all must be, %s counts", got.Last.Reason)
	}
}

// TestCombineIsAllOrAny: an endpoint is as declared if all its addresses are, or if
// any is, in whatever order they were looked at.
func TestCombineIsAllOrAny(t *testing.T) {
	states := []look.State{
		look.Open, look.Closed, look.Filtered, look.OpenFiltered, look.Unresponsive, look.Unknown,
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		want := endpoint.WantOpen
		if random.IntN(2) == 0 {
			want = endpoint.WantClosed
		}
		var seen []verdict.Observation
		var told []look.State
		for range 1 + random.IntN(4) {
			o := observed(states[random.IntN(len(states))], look.NoBuffer)
			o.SilentIsOpen = random.IntN(2) == 0
			seen, told = append(seen, o), append(told, o.Last.State)
		}
		meets := func(o verdict.Observation) bool { return o.Meets(want) }
		failing := func(o verdict.Observation) bool { return !o.Meets(want) }
		got := map[string]bool{
			"all": verdict.Combine(want, false, seen).Meets(want),
			"any": verdict.Combine(want, true, seen).Meets(want),
		}
		expected := map[string]bool{
			"all": !slices.ContainsFunc(seen, failing),
			"any": slices.ContainsFunc(seen, meets),
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Fatalf("declared %s, seen %v (-want +got)\n%s", want, told, diff)
		}
	}
}
