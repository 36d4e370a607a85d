package scan

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// operated are an operator's rules; an empty list is not set.
func operated(tb testing.TB, allow, deny string) guard.Policy {
	tb.Helper()
	p, errs := guard.FromEnvironment(func(name string) (string, bool) {
		text := map[string]string{guard.Allow: allow, guard.Deny: deny}[name]
		return text, text != ""
	})
	if len(errs) > 0 {
		tb.Fatal(errs)
	}
	return p
}

// TestGuard: what the rules refuse is an error, and nothing is sent there: neither a
// look, of any kind, nor a ping.
func TestGuard(t *testing.T) {
	const denied = ` is denied by "192.0.2.0/24" in the environment variable PORTCHECK_DENY`
	control := func(text string) []endpoint.Control {
		c, err := endpoint.ParseControl(text)
		if err != nil {
			t.Fatal(err)
		}
		return []endpoint.Control{c}
	}
	tests := []struct {
		name, hosts string
		control     []endpoint.Control
		want        string
		looks       int
	}{
		{name: "allowed", hosts: "198.51.100.1", looks: 1},
		{name: "address", hosts: "192.0.2.1 198.51.100.1", want: "192.0.2.1" + denied},
		{name: "network", hosts: "192.0.2.0/30", want: "192.0.2.1" + denied + " (and 1 more of the hosts are refused)"},
		{name: "name", hosts: "web 198.51.100.1", want: "web resolves to 192.0.2.7, which" + denied},
		// It is known late, when the first looks are over.
		{name: "name that resolves later", hosts: "late 198.51.100.1", want: "late resolves to 192.0.2.8, which" + denied, looks: 1},
		{name: "control", hosts: "198.51.100.9", control: control("tcp://192.0.2.1:53"), want: "control: 192.0.2.1" + denied, looks: 1},
		{name: "name of control", hosts: "198.51.100.9", control: control("tcp://web:53"), want: "control: web resolves to 192.0.2.7, which" + denied, looks: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := &network{
					ports: answers{"198.51.100.1:80": {"open"}},
					names: answers{"web": {"198.51.100.1", "192.0.2.7"}, "late": {"later", "192.0.2.8"}},
				}
				s := New(Config{Vantage: net, Limits: DefaultLimits, Control: tt.control, Guard: operated(t, "", "192.0.2.0/24")})
				o := defaults
				if tt.control != nil {
					noRechecks(&o)
				}
				_, err := s.Run(t.Context(), declare(t, tt.hosts, "80", ""), o)
				got := ""
				if err != nil {
					got = err.Error()
					if _, ok := errors.AsType[guard.Refusal](err); !ok {
						t.Errorf("%#v is no refusal", err)
					}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if len(net.looks) != tt.looks {
					t.Errorf("looks %q, want %d", net.looks, tt.looks)
				}
			})
		})
	}
}

// TestBypass: a look or a ping at an address that nobody has decided on ends the run.
func TestBypass(t *testing.T) {
	addr := netip.MustParseAddr("192.0.2.1")
	net := &network{pings: map[string]bool{"192.0.2.1": true}}
	for name, ask := range map[string]func(context.Context, *guarded){
		"look": func(ctx context.Context, g *guarded) {
			if r := g.Look(ctx, look.Target{Addr: netip.AddrPortFrom(addr, 80)}, time.Second); r.Reason != look.Cancelled {
				t.Errorf("looked: %v", r)
			}
		},
		"ping": func(ctx context.Context, g *guarded) {
			if p, ok := g.pinger(); !ok || p.Ping(ctx, addr, time.Second) {
				t.Error("pinged")
			}
		},
		"kept": func(ctx context.Context, g *guarded) {
			g.View = probe.Prober{}
			h, ok := g.hearer()
			if !ok {
				t.Fatal("it hears nothing")
			}
			if fault, _ := h.Kept(ctx, look.Target{Addr: netip.AddrPortFrom(addr, 80)}, false, time.Second); fault != "" {
				t.Error("asked about")
			}
		},
	} {
		ctx, refuse := context.WithCancelCause(t.Context())
		ask(ctx, &guarded{net, New(Config{Vantage: net}).passed, refuse})
		want := "192.0.2.1 was to be probed without being held to PORTCHECK_ALLOW and PORTCHECK_DENY"
		if got := fmt.Sprint(context.Cause(ctx)); got != want || len(net.looks) > 0 {
			t.Errorf("%s: %s, %q", name, got, net.looks)
		}
	}
}

// stranger is a place that cannot be reached for the operator's rules.
type stranger struct{ network }

func (s *stranger) Open(context.Context) (View, error) {
	return nil, fmt.Errorf("it cannot be reached: %w", guard.Policy{}.Elsewhere("metadata.goog"))
}

// TestGuardedPlace: a place that the rules refuse is an error of the run, at once, and
// not a place that failed.
func TestGuardedPlace(t *testing.T) {
	o := defaults
	o.Until = time.Now().Add(time.Hour)
	_, err := New(Config{Vantage: &stranger{}}).Run(t.Context(), declare(t, "192.0.2.1", "80", ""), o)
	if _, ok := errors.AsType[guard.Refusal](err); !ok {
		t.Errorf("%v", err)
	}
}

// resolvesThere is a network that resolves names itself and tells no addresses.
type resolvesThere struct{ network }

func (f *resolvesThere) Open(context.Context) (View, error) { return f, nil }
func (*resolvesThere) StandsFor(addr netip.Addr) bool {
	return addr == netip.MustParseAddr("240.0.0.1")
}

// TestGuardOfNamesElsewhere: where nobody here sees an address, the name decides.
func TestGuardOfNamesElsewhere(t *testing.T) {
	for _, tt := range []struct{ allow, deny, want string }{
		{"", "", ""},
		{".example", "", ""},
		{"240.0.0.0/4", "", "web is resolved by another machine, which does not tell its address, and the environment variable PORTCHECK_ALLOW does not have the name (it has 240.0.0.0/4)"},
		{"", "192.0.2.0/24", "web is resolved by another machine, which does not tell its address, and the environment variable PORTCHECK_DENY has addresses (192.0.2.0/24)"},
	} {
		synctest.Test(t, func(t *testing.T) {
			place := &resolvesThere{network{ports: answers{"240.0.0.1:80": {"open"}}, names: answers{"web": {"240.0.0.1"}, "web.example": {"240.0.0.1"}}}}
			host := "web"
			if tt.allow == ".example" {
				host = "web.example"
			}
			_, err := New(Config{Vantage: place, Limits: DefaultLimits, Guard: operated(t, tt.allow, tt.deny)}).Run(t.Context(), declare(t, host, "80", ""), defaults)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || (len(place.looks) > 0) != (tt.want == "") {
				t.Errorf("%d looks (-want +got)\n%s", len(place.looks), diff)
			}
		})
	}
}
