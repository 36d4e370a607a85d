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
// of its own is told why. Before silence is put down to the target, the place is asked
// whether it is deaf (Hearer), at a few of the silent endpoints.
const (
	// deafAsks is how many endpoints of a run are asked.
	deafAsks = 3
	// deafMisses is how many endpoints may be asked in vain by all runs of a Scanner:
	// each asking takes deafPatience, one after another.
	deafMisses = 6
	// deafPatience is how long to wait for an answer to be dropped. Longer round
	// trips are rare.
	deafPatience = 250 * time.Millisecond
)

// silentGroup is where silent endpoints have silence in common.
type silentGroup struct {
	addr      netip.Addr
	transport endpoint.Scheme
}

func (g silentGroup) compare(other silentGroup) int {
	return cmp.Or(g.addr.Compare(other.addr), cmp.Compare(g.transport, other.transport))
}

// listen makes silence inconclusive where the place is deaf. One endpoint speaks for
// all silent ones of an address where nothing answers; where something does, each
// speaks for itself.
func (r *run) listen(ctx context.Context) {
	hearer, ok := r.view.hearer()
	if !ok {
		return
	}
	groups := r.silent(ctx)
	asked := 0
	for _, g := range slices.SortedFunc(maps.Keys(groups), silentGroup.compare) {
		tasks, heard := groups[g], r.answers[g.addr]
		sample := tasks[:1]
		if heard {
			sample = spread(tasks, deafAsks)
		}
		for _, t := range sample {
			if asked++; asked > deafAsks || !r.memory.maySuspect() {
				return
			}
			switch {
			case !r.isDeaf(ctx, hearer, t):
			case heard:
				t.track.deafen(t.i)
			default:
				for _, t := range tasks {
					t.track.deafen(t.i)
				}
			}
		}
	}
}

// silent has the endpoints where silence counts, as a failure or, where nothing of the
// address answers, as what is declared.
func (r *run) silent(ctx context.Context) map[silentGroup][]task {
	groups := map[silentGroup][]task{}
	for t := range heard(ctx, r.tracks) {
		for i, addr := range t.job.Addrs {
			s := t.seen[i]
			silent := s.mark == wasSilent || s.mark == observed && isSilent(s.kept.Last) && !s.kept.SilentIsOpen &&
				(isHidden(s.kept.Last) || t.job.Want == endpoint.WantFiltered) // see prove
			if silent && (!r.answers[addr] || !s.asDeclared(t.job.Want)) {
				g := silentGroup{addr, t.job.Scheme.Transport()}
				groups[g] = append(groups[g], task{t, i})
			}
		}
	}
	return groups
}

// isDeaf asks whether the place drops what comes back from t itself.
func (r *run) isDeaf(ctx context.Context, hearer Hearer, t task) bool {
	at := r.target(t)
	w, err := r.scanner.limiter.enter(ctx, at.Addr.Addr())
	if err != nil {
		return false
	}
	defer r.scanner.limiter.leave(at.Addr.Addr())
	if r.scanner.limiter.acquire(ctx, w) != nil {
		return false
	}
	defer r.scanner.limiter.release(w)
	bare := look.Target{Scheme: at.Scheme.Transport(), Addr: at.Addr, Abort: true}
	if hearer.Deaf(ctx, bare, min(r.options.Timeout, deafPatience)) {
		return true
	}
	r.memory.suspectedInVain()
	return false
}

// deafen makes silence at the i-th address inconclusive: the place did not hear.
func (t *track) deafen(i int) {
	s := &t.seen[i]
	if s.mark != observed {
		o := unknown(look.AnswersDropped)
		o.Last.Remote = t.job.AddrPort(t.job.Addrs[i])
		*s = sight{observed, &o}
	}
	s.kept.Last.State, s.kept.Last.Reason = look.Unknown, look.AnswersDropped
}
