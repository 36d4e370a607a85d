// Package scan decides what to look at, in what order and how hard, and does
// it: a pure plan, then rounds of looks under shared limits.
package scan

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Looker takes one look at one endpoint. [probe.Prober] is one.
type Looker interface {
	Look(ctx context.Context, t look.Target, timeout time.Duration) look.Result
}

// Pinger tells whether a host answers ping. A [Looker] may be one; it is asked
// only to explain why no port of a host answers.
type Pinger interface {
	// Ping is false too where the system forbids it.
	Ping(ctx context.Context, addr netip.Addr, timeout time.Duration) bool
}

// Options are the settings of one run.
type Options struct {
	Timeout         time.Duration // how long one look waits
	Rechecks        int           // further looks, each with twice the time-out before
	RecheckInterval time.Duration // pause before a re-check
	IPVersion       int           // 4, 6, or 0 for any
	OneIsEnough     bool          // one address of a name that is as declared is enough
	SilentUDPIsOpen bool          // a UDP port that never answers counts as open; no service does
	TLS             look.TLS      // how certificates of services are verified
	// HTTP says what to ask HTTP services, which may be nil; nil asks all alike.
	HTTP func(endpoint.Endpoint) *look.HTTP
	// Until is how long to go on looking at what is not as declared; zero is
	// not beyond the re-checks.
	Until time.Time
	// Looked is told of every look when it has ended, by many goroutines at
	// once; nil if nobody wants to know.
	Looked func(Look)
}

// Look is one look at one endpoint, for those who follow a run.
type Look struct {
	// Endpoint is as it was declared. Where the look was for something else,
	// such as whether a host still answers, its host is the address.
	Endpoint endpoint.Endpoint
	look.Result
}

// Scanner runs scans under limits that all its runs share.
type Scanner struct {
	looker   Looker
	resolver Resolver
	limiter  *limiter
	control  []endpoint.Endpoint
}

// Config is what all runs of a Scanner have in common.
type Config struct {
	Limits Limits
	Source netip.Addr // local address to probe from; the system's choice if invalid
	// Control are endpoints known to be up. When nothing answers, they tell
	// whether the prober itself is cut off. There may be none.
	Control []endpoint.Endpoint
}

// New returns a Scanner that probes the network from this machine.
func New(c Config) *Scanner {
	return newScanner(probe.Prober{Source: c.Source}, net.DefaultResolver, c.Limits, c.Control)
}

func newScanner(looker Looker, resolver Resolver, limits Limits, control []endpoint.Endpoint) *Scanner {
	return &Scanner{looker, resolver, newLimiter(limits), control}
}

// Run looks at everything that is declared and returns the verdict. The only
// error is that of ctx, when it ended before the run did. All goroutines have
// ended when Run returns.
func (s *Scanner) Run(ctx context.Context, declared *endpoint.Declared, o Options) (verdict.Verdict, error) {
	r := newRun(s, o, Plan(declared, s.resolve(ctx, declared, o)))
	r.looks(ctx)
	run := verdict.Run{Offline: r.offline(ctx), Stopped: r.stopped(ctx), Pinged: r.pinged(ctx), Answers: r.answers}
	if err := ctx.Err(); err != nil {
		return verdict.Verdict{}, context.Cause(ctx)
	}
	if run.Offline {
		r.doubt()
	}
	return verdict.Judge(r.findings(), run), nil
}
