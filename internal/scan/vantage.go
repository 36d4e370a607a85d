package scan

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Vantage is a place from which endpoints are looked at. Its methods are safe
// for concurrent use and honour ctx. Nothing is opened or sent before Open.
//
// It may be a fmt.Stringer besides: then String says in a few words what the place
// is, such as "ssh bastion.example.com, key SHA256:…", without any secret.
type Vantage interface {
	// Name is how it is called in `from`, keys and messages: "local", "vpc-a".
	// It is the same at every call.
	Name() string
	// Sees tells whether endpoints of scheme can be looked at from here. What
	// cannot is a wrong declaration; no View is ever asked for it.
	Sees(scheme endpoint.Scheme) bool
	// Open makes ready to look. Its error is a fault of the place, never of an
	// endpoint. ctx bounds the opening alone: the View outlives it, and serves
	// all runs of a Scanner until it is closed. After an error Open may be
	// called again: an apply does so until its time is up, unless an error in the
	// chain has a method Permanent() bool that returns true. Users read the
	// text: it says what to do, and lines that begin with a space stay lines.
	Open(ctx context.Context) (View, error)
}

// View is an open Vantage. Its methods are safe for concurrent use, as many
// looks at once as Capacity says. A look never fails: whatever happens is a
// Result, within timeout and a moment.
type View interface {
	// Look takes one look at t that lasts at most timeout, which is more than
	// zero. When ctx ends first, the result is Unknown with the reason
	// Cancelled, within a moment. A fault of the place itself is Unknown too; one
	// that passes when other looks end is [look.Exhausted]. Remote is t.Addr in
	// every result, Start is when the look began, and RTT is how long it took.
	// With look.VantageFailed and look.VantageForbids, Detail says why.
	Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result
	// Lookup resolves name as the place does, until ctx ends. A name with a dot at
	// its end is absolute, and is looked for in no search list. Addresses come in
	// any order, IPv4 ones as such (not mapped into IPv6); the Reason says why
	// there are none, and is empty if there are some.
	Lookup(ctx context.Context, name endpoint.Host) ([]netip.Addr, look.Reason)
	// Capacity is how many looks it bears at once; 0 is as many as the limits
	// allow. It is asked for once, when the View is opened.
	Capacity() int
	// Close ends what Open began. No method is called during it or after it.
	Close() error
}

// Pinger is what a View may be besides, where the place can ping. It is asked
// only to explain why no port of a host answers.
type Pinger interface {
	// Ping tells whether addr answers an ICMP echo within timeout. It is false
	// too where the system forbids to send one, and when ctx ends first.
	Ping(ctx context.Context, addr netip.Addr, timeout time.Duration) bool
}

// Hearer is what a View may be besides, where the place can tell what it does to its
// own packets. It is asked only before silence or a refusal counts.
type Hearer interface {
	// Kept tells whether the place itself keeps the packets of looks at t, which
	// refuses or else is silent: look.PermDenied where they do not leave it,
	// look.AnswersDropped where it drops what comes back, and empty where neither is
	// known. Then unsure tells that the place keeps packets of others, or of looks
	// before, so often that it cannot tell. It takes timeout and a moment at most, and
	// ends when ctx does.
	Kept(ctx context.Context, t look.Target, refused bool, timeout time.Duration) (fault look.Reason, unsure bool)
}

// Resolver is what a View may be besides, where the place resolves names itself and
// tells no addresses.
type Resolver interface {
	// StandsFor tells whether addr is none of a host's: Lookup gave it for a name,
	// which Look puts in its place.
	StandsFor(addr netip.Addr) bool
}

// Place is a Vantage whose Open returns a type of its own: the packages of the
// places stand beside this one and cannot name its View.
type Place[V View] interface {
	Name() string
	Sees(scheme endpoint.Scheme) bool
	Open(ctx context.Context) (V, error)
}

// From makes a Vantage of a place, such as of a probe.Prober.
func From[V View](p Place[V]) Vantage { return vantage[V]{p} }

type vantage[V View] struct{ Place[V] }

// String is that of the place, if it has one.
func (v vantage[V]) String() string {
	if described, ok := v.Place.(fmt.Stringer); ok {
		return described.String()
	}
	return ""
}

func (v vantage[V]) Open(ctx context.Context) (View, error) {
	view, err := v.Place.Open(ctx)
	if err != nil {
		return nil, err // and not a View that is a nil of type V
	}
	return view, nil
}
