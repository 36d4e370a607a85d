package provider

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestStreamsWait: whoever waits goes on when the last piece of each call is told,
// and when the call that waits has ended.
func TestStreamsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &streams{under: map[chan struct{}]bool{}}
		s.wait(t.Context()) // for nothing
		slow := stream(s, func(yield func(int) bool) {
			time.Sleep(3 * time.Second) // of the bubble: it takes no real time
			yield(1)
			time.Sleep(time.Second)
		})
		go func() {
			if got := slices.Collect(slow); len(got) != 1 {
				t.Errorf("the pieces are %v", got)
			}
		}()
		began := time.Now()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s.wait(short)
		if took := time.Since(began); took != time.Second {
			t.Errorf("the call that waits has ended, and went on after %s", took)
		}
		s.wait(t.Context())
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("the last piece is told, and it went on after %s", took)
		}
		s.wait(t.Context()) // for nothing again
	})
}
