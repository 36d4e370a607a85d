//go:build !unix

package probe

// descriptorBudget is how many sockets this process may have open at once.
// Windows has no such limit that matters (16 million handles a process).
func descriptorBudget() int { return 1 << 16 }
