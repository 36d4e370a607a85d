//go:build unix

package probe

import "syscall"

// reservedDescriptors are left for Terraform's plugin protocol, the resolver
// and the runtime.
const reservedDescriptors = 128

// descriptorBudget is how many sockets this process may have open at once.
// Go has already raised the soft limit to the hard one.
func descriptorBudget() int {
	const enough = 1 << 15 // a look that waits takes some 15 KB
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return reservedDescriptors
	}
	if limit.Cur > enough {
		return enough
	}
	return max(16, int(limit.Cur)-reservedDescriptors)
}
