package scan

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// A machine whose packet filter drops what comes back hears nothing, and no socket
// of its own is told why; one whose filter resets what it sends hears a refusal. Before
// silence or a refusal is put down to the target, or passes, the place is asked
// whether it keeps the packets itself (Hearer), at a few of the endpoints.
const (
	// keptAsks is how many endpoints of a run are asked about in vain, for each doubt.
	// keptAlike is how many groups of silent endpoints are asked about, if fewer than
	// keptAsks were in vain.
	keptAsks, keptAlike = 3, 8
	// keptMisses is how many endpoints may be asked about in vain by all runs of a
	// Scanner, for each doubt: each asking takes keptPatience, one after another.
	keptMisses = 6
	// keptPatience is how long to wait for an answer to be dropped. Longer round
	// trips are rare.
	keptPatience = 250 * time.Millisecond
	// keptEach is how many endpoints are asked about one by one where the place does
	// keep packets. Of more, those that were asked about speak for the rest.
	keptEach = 16
	// keptFew is how many endpoints may pass by silence, or by refusals, for any to be
	// asked about. More are a sweep, whose time counts, and which single rules of this
	// machine hardly change.
	keptFew = 64
)

// doubted is why an endpoint is asked about.
type doubted int

const (
	silenceFails  doubted = iota // or nothing of its address answers
	refusalFails                 // the port is to be open, or filtered
	silencePasses                // while its address answers
	refusalPasses
	doubts // how many there are
)

// silentGroup is where silent endpoints have silence in common.
type silentGroup struct {
	addr      netip.Addr
	transport endpoint.Scheme
}

func (g silentGroup) compare(other silentGroup) int {
	return cmp.Or(g.addr.Compare(other.addr), cmp.Compare(g.transport, other.transport))
}

// listen makes silence and refusals inconclusive where they are the place's own
// doing.
func (r *run) listen(ctx context.Context) {
	hearer, ok := r.view.hearer()
	if !ok {
		return
	}
	var found [doubts][]task
	for t := range heard(ctx, r.tracks) {
		for i := range t.job.Addrs {
			// One more than keptFew tells that they are too many.
			if why, ok := r.doubtedFor(t, i); ok && (why < silencePasses || len(found[why]) <= keptFew) {
				found[why] = append(found[why], task{t, i})
			}
		}
	}
	r.listenToSilence(ctx, hearer, found[silenceFails])
	for why := refusalFails; why < doubts; why++ {
		if why < silencePasses || len(found[why]) <= keptFew {
			r.listenTo(ctx, hearer, why, found[why])
		}
	}
}

// doubtedFor is why the endpoint at the i-th address of t is asked about; ok is false
// if there is no reason to.
func (r *run) doubtedFor(t *track, i int) (why doubted, ok bool) {
	s, fails := t.seen[i], !t.seen[i].asDeclared(t.job.Want)
	switch {
	case s.mark == refused:
		return refusalPasses, true
	case t.isSilent(i):
		if fails || !r.answers[t.job.Addrs[i]] {
			return silenceFails, true
		}
		return silencePasses, true
	case s.mark == observed && s.kept.Last.Reason == look.ConnRefused && s.kept.Last.State == look.Closed:
		if fails {
			return refusalFails, true
		}
		return refusalPasses, true
	}
	return 0, false
}

// isSilent tells whether silence counts at the i-th address, as a failure or a pass.
// That of a port declared filtered may be inconclusive by now, see prove.
func (t *track) isSilent(i int) bool {
	switch s := t.seen[i]; s.mark {
	case wasSilent:
		return true
	case observed:
		return isSilent(s.kept.Last) && !s.kept.SilentIsOpen && (isHidden(s.kept.Last) || t.job.Want == endpoint.WantFiltered)
	case unseen, refused, doubtful:
	}
	return false
}

// listenToSilence asks about silent endpoints, a group at a time. An asking has three ends:
// the place keeps the packets, it does not, or it is unsure. If it keeps those of some
// groups among the first keptAlike, and there is none that it does not keep, all other
// groups count as kept too.
func (r *run) listenToSilence(ctx context.Context, hearer Hearer, silent []task) {
	var fault look.Reason
	var unsure []task
	found, misses := 0, 0
	for n, alike := range r.alike(silent) {
		switch {
		case misses >= keptAsks, n >= keptAlike && (found == 0 || misses > 0), !r.memory.maySuspect(silenceFails):
			return
		case n >= keptAlike:
			unsure = append(unsure, alike...)
			continue
		}
		is, cannotTell := r.kept(ctx, hearer, silenceFails, alike[0])
		switch {
		case is != "":
			found, fault = found+1, is
			keepAll(alike, is)
		case cannotTell:
			unsure = append(unsure, alike...)
		default:
			misses++
		}
	}
	if found > 0 && misses == 0 {
		keepAll(unsure, fault)
	}
}

// alike groups silent endpoints: the first of a group speaks for the group. Where nothing
// of an address answers, all of its silent endpoints are one group. Where something does,
// each of a few endpoints is a group of its own.
func (r *run) alike(silent []task) (groups [][]task) {
	by := map[silentGroup][]task{}
	for _, t := range silent {
		g := silentGroup{t.track.job.Addrs[t.i], t.track.job.Scheme.Transport()}
		by[g] = append(by[g], t)
	}
	for _, g := range slices.SortedFunc(maps.Keys(by), silentGroup.compare) {
		if !r.answers[g.addr] {
			groups = append(groups, by[g])
			continue
		}
		for _, t := range spread(by[g], keptAsks) {
			groups = append(groups, []task{t})
		}
	}
	return groups
}

// keepAll keeps each of tasks, see track.keep.
func keepAll(tasks []task, fault look.Reason) {
	for _, t := range tasks {
		t.track.keep(t.i, fault)
	}
}

// listenTo asks about endpoints that may be kept for their ports' sake. If the place
// keeps the packets of one, more of them are asked about.
func (r *run) listenTo(ctx context.Context, hearer Hearer, why doubted, tasks []task) {
	var fault look.Reason
	sample := spread(onePerPort(tasks), keptAsks)
	for _, t := range sample {
		if !r.memory.maySuspect(why) {
			return
		}
		if is, _ := r.kept(ctx, hearer, why, t); is != "" {
			fault = is
			t.track.keep(t.i, is)
		}
	}
	if fault == "" {
		return
	}
	rest := slices.DeleteFunc(slices.Clone(tasks), func(t task) bool { return slices.Contains(sample, t) })
	for _, t := range rest {
		is := fault
		if len(rest) <= keptEach {
			is, _ = r.kept(ctx, hearer, why, t)
		}
		if is != "" {
			t.track.keep(t.i, is)
		}
	}
}

// onePerPort are the first of tasks of each port.
func onePerPort(tasks []task) []task {
	type port struct {
		transport endpoint.Scheme
		number    uint16
	}
	seen := map[port]bool{}
	var first []task
	for _, t := range tasks {
		e := t.track.job
		if p := (port{e.Scheme.Transport(), e.Port}); !seen[p] {
			seen[p] = true
			first = append(first, t)
		}
	}
	return first
}

// kept asks whether the place keeps the packets of t itself, and how, as Hearer does.
func (r *run) kept(ctx context.Context, hearer Hearer, why doubted, t task) (fault look.Reason, unsure bool) {
	at := t.track.job.AddrPort(t.track.job.Addrs[t.i])
	addr := at.Addr()
	w, err := r.scanner.limiter.enter(ctx, addr)
	if err != nil {
		return "", false
	}
	defer r.scanner.limiter.leave(addr)
	if r.scanner.limiter.acquire(ctx, w) != nil {
		return "", false
	}
	defer r.scanner.limiter.release(w)
	bare := look.Target{Scheme: t.track.job.Scheme.Transport(), Addr: at, Abort: true}
	patience := min(r.options.Timeout, keptPatience)
	if why == silencePasses {
		patience = r.memory.usual(addr, patience)
	}
	refusal := why == refusalFails || why == refusalPasses
	fault, unsure = hearer.Kept(ctx, bare, refusal, patience)
	if fault == "" && !unsure {
		r.memory.suspectedInVain(why)
	}
	return fault, unsure
}

// keep makes inconclusive what was seen at the i-th address: the place did it.
func (t *track) keep(i int, fault look.Reason) {
	s := &t.seen[i]
	if s.mark != observed {
		o := unknown(fault)
		o.Last.Remote = t.job.AddrPort(t.job.Addrs[i])
		*s = sight{observed, &o}
	}
	s.kept.Last.State, s.kept.Last.Reason = look.Unknown, fault
}
