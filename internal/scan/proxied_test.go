package scan

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// TestMayBeProxied: so many connections are looked into at most, those under way among
// them, unless one leads to a proxy. What nobody accepts does not count.
func TestMayBeProxied(t *testing.T) {
	open := look.Result{State: look.Open, Reason: look.SynAck}
	closed := look.Result{State: look.Closed, Reason: look.ConnRefused}
	proxied := look.Result{State: look.Unknown, Reason: look.Proxied}
	doubted := look.Target{Doubt: true}
	m := newMemory()
	for range 3 * proxiedAsks {
		if !m.mayBeProxied() {
			t.Fatal("closed ports count")
		}
		m.accepted(doubted, closed)
	}
	for range proxiedAsks - 1 { // under way
		if !m.mayBeProxied() {
			t.Fatal("too few are looked into")
		}
	}
	last := m.mayBeProxied()
	if !last || m.mayBeProxied() {
		t.Fatal("those under way do not count")
	}
	m.accepted(doubted, open)
	m.accepted(look.Target{}, closed) // which was not looked into
	if m.mayBeProxied() {
		t.Error("one that is open makes room for another")
	}
	m.accepted(doubted, proxied)
	for range 2 * proxiedAsks {
		if !m.mayBeProxied() {
			t.Fatal("there is a proxy, and not every connection is looked into")
		}
	}
}
