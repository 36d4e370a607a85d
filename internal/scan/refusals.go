package scan

import (
	"context"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Each port that refused has told so itself, at the pace of the first look: no limit
// kept an answer back. What a second look at many of an address can find is that
// something else refused for the host, such as a device that bans us for a while. A
// sample that is asked slowly finds that too. While all of it refuses again, it speaks
// for the pace: the rest is asked as fast as at first, since a service may have
// started. What no longer refuses then, and does not open, is asked slowly after all:
// some systems limit their resets.

// apartRefused picks out of tasks the TCP ports that are to be open and refused.
func apartRefused(tasks []task) (refused, others []task) {
	for _, t := range tasks {
		if t.track.job.Want == endpoint.WantOpen && t.track.job.Scheme.Transport() == endpoint.TCP && refuses(t) {
			refused = append(refused, t)
		} else {
			others = append(others, t)
		}
	}
	return refused, others
}

// refuses tells whether t was refused by a reset when it was looked at last.
func refuses(t task) bool {
	s := t.track.seen[t.i]
	return s.mark == observed && s.kept.Last.State == look.Closed && s.kept.Last.ICMP == nil
}

// recheckRefused does a re-check of an address of which many ports refused. What a
// sample cannot speak for is in others. It is asked before the rest, so that nothing
// spoils its answers.
func (r *run) recheckRefused(ctx context.Context, w *watch, refused, others []task, timeout time.Duration) {
	sample, rest := apart(refused, alikeSample)
	r.lookSlowly(ctx, w, append(sample, others...), timeout)
	for _, t := range sample {
		if !refuses(t) {
			r.lookSlowly(ctx, w, rest, timeout)
			return
		}
	}
	r.lookAtAddress(ctx, w, rest, timeout, nil)
	var changed []task
	for _, t := range failingOf(rest) {
		if !refuses(t) {
			changed = append(changed, t)
		}
	}
	if len(changed) > 0 {
		r.lookSlowly(ctx, w, changed, timeout)
	}
}
