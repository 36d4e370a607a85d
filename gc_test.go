package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGCPercent(t *testing.T) {
	for live, want := range map[uint64]int{
		0:         400,
		1 << 20:   400,
		8 << 20:   200,
		16 << 20:  100,
		32 << 20:  50,
		500 << 20: 50,
	} {
		if got := gcPercent(live); got != want {
			t.Errorf("%d bytes: %d %%, want %d %%", live, got, want)
		}
	}
}

// held is in use.
var held []byte

// TestTuneGC: after each collection tuneGC adapts the percent to the memory that is in
// use then.
func TestTuneGC(t *testing.T) {
	percent := func() int {
		now := debug.SetGCPercent(100)
		debug.SetGCPercent(now)
		return now
	}
	tuneGC()
	for _, tt := range []struct{ size, want int }{{200 << 20, leastPercent}, {0, mostPercent}} {
		held = make([]byte, tt.size)
		for deadline := time.Now().Add(10 * time.Second); percent() != tt.want; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatalf("%d bytes in use: %d %%, want %d %%", tt.size, percent(), tt.want)
			}
			runtime.GC()
		}
	}
}
