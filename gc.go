package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Go starts a collection when there is as much garbage as memory in use. A plan of some
// thousand endpoints has a few megabytes in use, so there are a dozen collections in its
// second. Beside a large file or plan as much garbage doubles a large process.
const (
	// someGarbage, in bytes, may lie in any process. With it a plan of 65,535 ports stays
	// below 48 MB.
	someGarbage = 16 << 20
	// leastPercent, half of Go's default, is for large processes, and mostPercent for
	// small ones.
	leastPercent, mostPercent = 50, 400
)

// gcPercent is how much garbage may lie beside live bytes in use, in percent of them.
func gcPercent(live uint64) int {
	return int(min(max(100*someGarbage/max(live, 1), leastPercent), mostPercent))
}

// tuneGC makes the collector let lie what gcPercent says, and does so again after each
// collection.
func tuneGC() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	debug.SetGCPercent(gcPercent(live[0].Value.Uint64()))
	runtime.AddCleanup(new(collected), func(struct{}) { tuneGC() }, struct{}{})
}

// collected is an object that the next collection finds unused. It is too large for an
// allocation that it would share with others.
type collected struct{ _ [64]byte }
