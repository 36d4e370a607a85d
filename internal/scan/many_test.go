package scan

import (
	"context"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// TestHeard: a loop over endpoints ends soon after ctx has.
func TestHeard(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tracks, seen := make([]*track, 1_000_000), 0
	for range heard(ctx, tracks) {
		if seen++; seen == 5000 {
			cancel()
		}
	}
	if seen < 5000 || seen > 10_000 {
		t.Errorf("%d of a million, ended after 5000", seen)
	}
	for range heard(ctx, tracks) {
		t.Fatal("ctx had ended before")
	}
}

// TestInterrupted: nothing is made of the endpoints of a run that has been
// interrupted.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	net := &network{names: answers{"web": many(endpoint.MaxAddresses)}}
	declared := declare(t, "web", "1-100 1-100/udp", "101-1000")
	s := New(Config{Vantage: net, Limits: DefaultLimits})
	view := &guarded{net, s.passed, func(err error) { t.Error(err) }}
	resolved := resolve(ctx, view, namesOf(declared), defaults)
	r := newRun(s, view, defaults, namesOf(declared), Plan(declared, resolved))
	if n := len(r.failing(ctx)); n != 1100 {
		t.Errorf("%d fail before they are looked at", n)
	}
	cancel()
	r.rounds(ctx)
	addrs, _ := r.answered(ctx)
	if n := len(r.failing(ctx)) + len(r.findings(ctx)) + len(r.limited(ctx, endpoint.TCP)) + len(addrs) + len(net.looks); n > 0 {
		t.Errorf("%d are left to do", n)
	}
}
