package scan

import (
	"context"
	"net/netip"
	"runtime"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// A port declared filtered passes when nothing comes back. So does each port of a host
// that is down, and of all hosts where the place is cut off. So its silence counts only
// with something that answers: another port of the address, or ping. Where nothing of
// the address does, and a filter may well drop everything, control endpoints show at
// least that the place works: then the port passes, and the verdict says what is not
// proven. Where there is neither, it is inconclusive.

// prove looks at the end of a round for what proves the silence of tracks.
func (r *run) prove(ctx context.Context, tracks []*track) {
	silent := bySilence(ctx, tracks)
	if len(silent) == 0 {
		return
	}
	r.withoutLiving(ctx, silent)
	for addr := range ping(ctx, r, silent) {
		delete(silent, addr)
	}
	for addr, tasks := range silent {
		for _, t := range tasks {
			works := r.mayBeFiltered(addr, t) && r.controlAnswers(ctx)
			r.mu.Lock()
			if o := t.track.seen[t.i].kept; works {
				o.Unproven = true
			} else {
				o.Last.State = look.Unknown
			}
			r.mu.Unlock()
		}
	}
}

// bySilence are the ports that would pass as filtered by silence, or by an ICMP error
// that is no better, by address.
func bySilence(ctx context.Context, tracks []*track) map[netip.Addr][]task {
	silent := map[netip.Addr][]task{}
	for t := range heard(ctx, tracks) {
		if t.job.Want != endpoint.WantFiltered {
			continue
		}
		for i, addr := range t.job.Addrs {
			if s := t.seen[i]; s.mark == observed && s.kept.Last.State == look.Filtered && !verdict.Refused(s.kept.Last) {
				silent[addr] = append(silent[addr], task{t, i})
			}
		}
	}
	return silent
}

// mayBeFiltered tells of a silent port of an address of which nothing answers whether
// control endpoints may speak for its place: not where the last router says that the
// host is down, nor where the port answered first and so many were looked at that the
// host may have banned us.
func (r *run) mayBeFiltered(addr netip.Addr, t task) bool {
	last := t.track.seen[t.i].kept.Last
	down := last.Reason == look.HostUnreach && last.ICMP != nil
	return !down && (!t.track.changed(t.i) || r.portsAt()[addr] < firstAsk)
}

// withoutLiving deletes the addresses of which a port answers: at the last look of this
// run at it or, as far as is known, still after another run.
func (r *run) withoutLiving(ctx context.Context, addrs map[netip.Addr][]task) {
	for t := range heard(ctx, r.tracks) {
		for i, addr := range t.job.Addrs {
			s := t.seen[i]
			if s.mark == refused || s.mark == observed && verdict.Answers(s.kept.Last) {
				delete(addrs, addr)
			}
		}
	}
	for addr, tasks := range addrs {
		these := map[netip.AddrPort]bool{}
		for _, t := range tasks {
			these[t.track.job.AddrPort(addr)] = true
		}
		if _, known := r.memory.portToAsk(addr, 0, these); known && r.memory.stopped(addr) == "" {
			delete(addrs, addr) // it was asked while others were silent, see watch
		}
	}
}

const (
	// maxConfirmed is for how many ports of an address there is time for a long look at
	// each that is silent.
	maxConfirmed = 1000
	// slowRefusal has time for a refusal on Windows, which tries again first and tells
	// after two seconds. What system another place runs on is not known.
	slowRefusal = 2500 * time.Millisecond
)

// refusesLate tells whether the place may tell of a refusal only late.
func (r *run) refusesLate() bool { return r.from != "" || runtime.GOOS == "windows" }

// confirming is how long a second look at a silent port lasts at least, within the
// time-out. What is declared filtered must not pass by a filter of our own, which shows
// when a SYN is sent again.
func (w *watch) confirming(want endpoint.Want) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if want != endpoint.WantFiltered || w.filtered > maxConfirmed {
		return 0
	}
	return longAsk
}

// least is how long the last look of a round at a port lasts at least, whatever the
// time-out: until a refusal would have been told of, where silence passes and a refusal
// does not.
func (r *run) least(want endpoint.Want) time.Duration {
	if want == endpoint.WantFiltered && r.refusesLate() {
		return slowRefusal
	}
	return 0
}
