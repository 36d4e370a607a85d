package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Go lets as much garbage lie as there is memory in use. For the few megabytes of a plan
// of some thousand endpoints that is little, and the collector runs a dozen times in a
// second. Beside a large file or plan it is much.
const (
	// someGarbage may lie in any process, in bytes.
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
