//go:build !unix

package porttest

import "time"

// cpuTime is not known here.
func cpuTime() time.Duration { return 0 }
