package scan

import (
	"runtime"
	"sync/atomic"

	"golang.org/x/time/rate"
)

// crew is the workers that do the tasks of one address. One more is of use only while
// all of them are away, which is to wait for answers. Where answers are there at once,
// or looks wait for the limits or for each other, hundreds would only stand in each
// other's way, and each takes a stack. A nil crew is that of a single look.
type crew struct {
	pace *rate.Limiter // of looks; nil is no limit
	here atomic.Int32  // workers that are not away
	none chan struct{} // gets a token when the last of them goes away
}

func newCrew(pace *rate.Limiter) *crew { return &crew{pace: pace, none: make(chan struct{}, 1)} }

// away notes that a worker begins to wait for an answer, or has done its work.
func (c *crew) away() {
	if c == nil || c.here.Add(-1) > 0 {
		return
	}
	select {
	case c.none <- struct{}{}:
	default:
	}
}

// back notes that a worker comes, or has waited for an answer.
func (c *crew) back() {
	if c != nil {
		c.here.Add(1)
	}
}

// needed returns when one more worker is of use, or there is nothing left to do.
func (c *crew) needed() {
	// A worker gets as far as it can before anybody looks after it.
	runtime.Gosched()
	for c.here.Load() > 0 {
		<-c.none
	}
}
