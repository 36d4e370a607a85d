package scan

import (
	"context"
	"net/netip"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Hosts and routers limit their ICMP errors, Linux to about one a second for each
// who asks (icmp(7), icmp_ratelimit). So of many ports that one rule rejects, or of
// many closed UDP ports, most look silent. Where some of an address have an ICMP
// error and others are silent, some of these are asked once more, slowly, and what
// they say stands for the rest.
const (
	// slowAsks is how many are asked.
	slowAsks = 3
	// slowPace is how much time is between two.
	slowPace = 1100 * time.Millisecond
	// patientAsks is how many are asked where one may not stand for another: silent
	// UDP ports that count as open.
	patientAsks = 20
)

// spokenFor is the detail of an endpoint whose result was taken over from others of
// its address.
const spokenFor = "it was silent itself; others of this address say so when asked slowly"

// limited is what of one address, over one transport, may have met a limit.
type limited struct {
	rejected bool   // some have an ICMP error
	silent   []task // fail, and are silent
	assumed  []task // silent, and count as open
}

// askSlowly asks at each address that may limit its ICMP errors.
func (r *run) askSlowly(ctx context.Context) {
	for _, transport := range []endpoint.Scheme{endpoint.TCP, endpoint.UDP} {
		groups := r.limited(ctx, transport)
		forEachAddr(ctx, r, groups, func(w *window, addr netip.Addr) bool {
			g := groups[addr]
			if said := r.sayAlike(ctx, w, spread(g.silent, slowAsks)); said != nil {
				for _, t := range g.silent {
					t.track.speakFor(t.i, *said)
				}
			}
			_ = r.sayAlike(ctx, w, spread(g.assumed, patientAsks))
			return false
		})
	}
}

// limited are the addresses where some ports have an ICMP error and others are
// silent.
func (r *run) limited(ctx context.Context, transport endpoint.Scheme) map[netip.Addr]*limited {
	groups := map[netip.Addr]*limited{}
	for t := range heard(ctx, r.tracks) {
		if t.job.Want.SilencePasses() || t.job.Scheme.Transport() != transport {
			continue
		}
		for i, addr := range t.job.Addrs {
			if t.seen[i].mark == observed {
				if groups[addr] == nil {
					groups[addr] = &limited{}
				}
				groups[addr].add(task{t, i})
			}
		}
	}
	for addr, g := range groups {
		if !g.rejected || len(g.silent)+len(g.assumed) == 0 {
			delete(groups, addr)
		}
	}
	return groups
}

func (g *limited) add(t task) {
	o := t.track.seen[t.i].kept
	switch silent := isSilent(o.Last) && isHidden(o.Last); {
	case errs(o.Last):
		g.rejected = true
	case silent && o.SilentIsOpen:
		g.assumed = append(g.assumed, t)
	case silent:
		g.silent = append(g.silent, t)
	}
}

// errs tells whether r is an ICMP error of the network's.
func errs(r look.Result) bool { return r.ICMP != nil && isRefused(r) }

// sayAlike looks at tasks slowly, one after another, and gives up at the second look
// that is silent: the last round may have used up what the limit allows. It returns
// the result that all of them had, nil if they had none.
func (r *run) sayAlike(ctx context.Context, w *window, tasks []task) *look.Result {
	var said []look.Result
	alike := true
	for misses := 0; len(said) < len(tasks) && misses < 2 && sleep(ctx, slowPace) == nil; {
		t := tasks[len(said)]
		result, err := r.lookOnce(ctx, w, nil, t.track.job.Endpoint(), r.target(t), min(r.options.Timeout, slowPace))
		if err != nil {
			return nil
		}
		if !errs(result) {
			misses++
			continue
		}
		r.record(t, result)
		said = append(said, result)
		alike = alike && result.Reason == said[0].Reason && *result.ICMP == *said[0].ICMP
	}
	if len(said) == 0 || len(said) < len(tasks) || !alike {
		return nil
	}
	return &said[0]
}

// speakFor gives a silent endpoint the result of another.
func (t *track) speakFor(i int, said look.Result) {
	if last := &t.seen[i].kept.Last; isSilent(*last) {
		last.State, last.Reason, last.ICMP, last.RTT, last.Detail = said.State, said.Reason, said.ICMP, said.RTT, spokenFor
	}
}

// spread are at most n of tasks, from all over.
func spread(tasks []task, n int) []task {
	if len(tasks) <= n {
		return tasks
	}
	some := make([]task, n)
	for k := range n {
		some[k] = tasks[k*len(tasks)/n]
	}
	return some
}
