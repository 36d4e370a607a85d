//go:build unix

package porttest

import (
	"syscall"
	"time"
)

// cpuTime is what this process and those that it has waited for took of processors.
func cpuTime() time.Duration {
	var sum int64
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var used syscall.Rusage
		if syscall.Getrusage(who, &used) == nil {
			sum += used.Utime.Nano() + used.Stime.Nano()
		}
	}
	return time.Duration(sum)
}
