package scan

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// longestPing is how long a ping waits: the ports were waited for already.
const longestPing = 2 * time.Second

// failingAt are the addresses where an endpoint fails as fails says, each with the
// TCP ports that do.
func (r *run) failingAt(ctx context.Context, fails func(look.Result) bool) map[netip.Addr][]netip.AddrPort {
	at := map[netip.Addr][]netip.AddrPort{}
	for t := range heard(ctx, r.failing(ctx)) {
		o, ok := t.combined(r.options.OneIsEnough)
		if !ok || o.Looks == 0 || !fails(o.Last) {
			continue
		}
		addr := o.Last.Remote.Addr()
		ports := at[addr]
		if t.job.Scheme.Transport() == endpoint.TCP {
			ports = append(ports, o.Last.Remote)
		}
		at[addr] = ports
	}
	return at
}

func isSilent(r look.Result) bool { return r.Reason == look.NoResponse }

// isHidden tells whether r shows nothing of the host itself.
func isHidden(r look.Result) bool { return r.State == look.Filtered || r.State == look.OpenFiltered }

// isRefused tells whether r is silence or a refusal, whoever's it is.
func isRefused(r look.Result) bool { return isHidden(r) || r.State == look.Closed }

// forEachAddr asks something of addresses, as many at once as may be probed, and
// returns the answers that are not zero.
func forEachAddr[Of any, A comparable](ctx context.Context, r *run, addrs map[netip.Addr]Of, ask func(w *window, addr netip.Addr) A) map[netip.Addr]A {
	answers := map[netip.Addr]A{}
	var none A
	var mu sync.Mutex
	var wg sync.WaitGroup
	for addr := range addrs {
		w, err := r.scanner.limiter.enter(ctx, addr)
		if err != nil {
			break
		}
		wg.Go(func() {
			defer r.scanner.limiter.leave(addr)
			answer := ask(w, addr)
			mu.Lock()
			defer mu.Unlock()
			if answer != none {
				answers[addr] = answer
			}
		})
	}
	wg.Wait()
	return answers
}

// stopped tells which addresses answered earlier, this run or another, and no longer
// do, and how they refuse since: addresses with a failing port are asked once more
// where they answered, at their open ports if there were any.
func (r *run) stopped(ctx context.Context) map[netip.Addr]look.State {
	addrs, hidden := r.failingAt(ctx, isRefused), r.failingAt(ctx, isHidden)
	for addr, failing := range addrs {
		_, silent := hidden[addr]
		_, known := r.memory.portToAsk(addr, 0, nil)
		open := slices.DeleteFunc(r.memory.openPorts(addr), func(at netip.AddrPort) bool { return slices.Contains(failing, at) })
		if !known || !silent && len(open) == 0 && len(r.memory.openPorts(addr)) < 2 {
			delete(addrs, addr) // nothing to ask, or nothing but a service that has stopped
		}
	}
	return forEachAddr(ctx, r, addrs, func(w *window, addr netip.Addr) look.State {
		return r.howStopped(ctx, newWatch(r, w, addr), addrs[addr])
	})
}

// howStopped asks what of w's address is known to have answered, all at once. It is
// Filtered if silence or an ICMP error is all that comes back, Closed if resets do,
// and empty if the address still answers. Ports that refuse, and are among those that
// fail, are services that have stopped and not a host that has, where there is one
// or where so few were looked at that nobody has banned us.
func (r *run) howStopped(ctx context.Context, w *watch, failing []netip.AddrPort) look.State {
	ports := r.memory.openPorts(w.addr)
	if len(ports) == 0 {
		at, _ := r.memory.portToAsk(w.addr, 0, nil)
		ports = append(ports, at)
	}
	results := make([]look.Result, len(ports))
	var wg sync.WaitGroup
	for i, at := range ports {
		wg.Go(func() { results[i], _ = w.ask(ctx, at, r.options.Timeout) })
	}
	wg.Wait()
	how := look.Closed
	for _, result := range results {
		switch result.State { //nolint:exhaustive // all others are answers, or say nothing
		case look.Filtered:
			how = look.Filtered
		case look.Closed:
		default:
			return ""
		}
	}
	if how == look.Closed {
		services := len(without(ports, failing)) == 0 && (len(ports) == 1 || !r.memory.provoked(w.addr))
		if services || len(r.memory.openPorts(w.addr)) == 0 {
			return ""
		}
	}
	r.memory.stop(w.addr, how)
	return how
}

// ping tells which of addrs answer it; none where the place cannot ping.
func ping[Of any](ctx context.Context, r *run, addrs map[netip.Addr]Of) map[netip.Addr]bool {
	pinger, ok := r.view.pinger()
	if !ok {
		return nil
	}
	return forEachAddr(ctx, r, addrs, func(w *window, addr netip.Addr) bool { return r.ping(ctx, pinger, w, addr) })
}

// ping tells whether addr answers ping.
func (r *run) ping(ctx context.Context, pinger Pinger, w *window, addr netip.Addr) bool {
	if r.scanner.limiter.acquire(ctx, w) != nil {
		return false
	}
	defer r.scanner.limiter.release(w)
	return pinger.Ping(ctx, addr, min(r.options.Timeout, longestPing))
}

// pinged tells which addresses answer ping although no port of theirs answers, and
// of how many TCP ports this run has found that.
func (r *run) pinged(ctx context.Context) map[netip.Addr]int {
	addrs := r.failingAt(ctx, isSilent)
	for addr := range addrs {
		if r.answers[addr] || r.memory.answered(addr) {
			delete(addrs, addr)
		}
	}
	ports := map[netip.Addr]int{}
	for addr := range addrs {
		if alive, asked := r.pings[addr]; asked {
			delete(addrs, addr)
			if alive {
				ports[addr] = max(r.portsAt()[addr], 1)
			}
		}
	}
	for addr := range ping(ctx, r, addrs) {
		ports[addr] = max(r.portsAt()[addr], 1)
	}
	return ports
}

// answered has the addresses where anything answered this run, with those of failing
// endpoints where anything answered another run, and the hosts that anything
// answered this run for.
func (r *run) answered(ctx context.Context) (addrs map[netip.Addr]bool, hosts map[endpoint.Host][]netip.Addr) {
	addrs, hosts = maps.Clone(r.answers), map[endpoint.Host][]netip.Addr{}
	for t := range heard(ctx, r.tracks) {
		for _, addr := range t.job.Addrs {
			if host := t.job.Host; r.answers[addr] && !slices.Contains(hosts[host], addr) {
				hosts[host] = append(hosts[host], addr)
			}
		}
	}
	for addr := range r.failingAt(ctx, isRefused) {
		if r.memory.answered(addr) {
			addrs[addr] = true
		}
	}
	return addrs, hosts
}

// findings are the endpoints that a verdict speaks of.
func (r *run) findings(ctx context.Context) []verdict.Finding {
	var findings []verdict.Finding
	for t := range heard(ctx, r.tracks) {
		o, ok := t.combined(r.options.OneIsEnough)
		o.SilentIsOpen = t.silentIsOpen
		f := verdict.Finding{Endpoint: t.job.Endpoint(), From: r.from, Want: t.job.Want, Observation: o}
		listed := f.Want == endpoint.WantOpen || f.Want == endpoint.WantUnfiltered
		if ok && (listed || !f.AsDeclared() || f.Flapping() || f.Unsure()) {
			findings = append(findings, f)
		}
	}
	return findings
}
