package scan

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lineOf is s in one line.
func lineOf(s Standing) string {
	line := fmt.Sprintf("%d of %d", s.AsDeclared, s.Declared)
	if s.Waived > 0 {
		line += fmt.Sprintf(" (%d waived)", s.Waived)
	}
	for _, f := range s.Awaited {
		line += fmt.Sprintf(", %s %s", f.Key(), f.Last.State)
	}
	return line
}

// TestProgress: at each moment a Progress tells what is as declared so far and what
// is not, over all places, also before they are open, and after the end.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near := &site{network: states("192.0.2.1:80 closed,closed,open", "192.0.2.1:81 open", "192.0.2.1:82 closed", "192.0.2.1:83 closed"), name: "local"}
		near.names = answers{"new": {"later", "192.0.2.1"}}
		far := &site{network: states("192.0.2.1:80 open", "192.0.2.1:81 silent", "192.0.2.1:82 closed", "192.0.2.1:83 open,closed"), name: "far"}
		far.names = answers{"new": {"192.0.2.1"}}
		o := defaults
		places := []*Scanner{New(Config{Vantage: near, Limits: DefaultLimits}), New(Config{Vantage: far, Limits: DefaultLimits})}
		declared := declare(t, "new", "80-81", "82-83")
		o.Rechecks, o.Until, o.Progress = 0, time.Now().Add(20*time.Second), NewProgress(places, declared)
		var got []string
		now := func(when time.Duration) { got = append(got, when.String()+": "+lineOf(o.Progress.Now())) }
		now(0)
		ended := make(chan error)
		go func() {
			_, err := Run(t.Context(), places, declared, o)
			ended <- err
		}()
		began := time.Now()
		for _, when := range []time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second, 4 * time.Second, 10 * time.Second} {
			time.Sleep(time.Until(began.Add(when)))
			synctest.Wait()
			now(when)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		now(time.Minute)
		if diff := cmp.Diff([]string{
			"0s: 0 of 8, tcp://new:80 unknown, tcp://new:81 unknown, tcp://new:82 unknown",
			"50ms: 0 of 8, tcp://new:80 unknown, tcp://new:81 unknown, tcp://new:82 unknown",
			"500ms: 2 of 8, tcp://new:80 unknown, tcp://new:81 unknown, tcp://new:82 unknown",
			"2s: 5 of 8, tcp://new:80 closed, tcp://new:81 from far unknown, tcp://new:83 from far open",
			"4s: 5 of 8, tcp://new:80 closed, tcp://new:81 from far unknown, tcp://new:83 from far open",
			"10s: 7 of 8, tcp://new:81 from far filtered",
			"1m0s: 7 of 8, tcp://new:81 from far filtered",
		}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}
