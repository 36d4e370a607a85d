package porttest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestQueue(t *testing.T) {
	start := time.Now()
	pushed := []struct {
		after time.Duration
		frame string
	}{{3, "a"}, {1, "b"}, {2, "c"}, {1, "d"}, {5, "e"}, {4, "f"}}
	for inOrder, want := range map[bool]string{false: "bdcafe", true: "abcdef"} {
		var q queue
		for _, p := range pushed {
			q.push(start.Add(p.after), inOrder, []byte(p.frame))
		}
		got := ""
		for len(q.packets) > 0 {
			got += string(q.pop())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in order is %v: %s", inOrder, diff)
		}
	}
}

func TestImpairmentCheck(t *testing.T) {
	for _, good := range []Impairment{{}, {Delay: time.Second, Jitter: time.Hour, Loss: 100}} {
		if err := good.check(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for _, bad := range []Impairment{{Delay: -1}, {Jitter: -1}, {Loss: -0.1}, {Loss: 100.1}} {
		if bad.check() == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}
