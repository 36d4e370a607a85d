package probe

import (
	"net/netip"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// idle keeps sockets whose connect was refused on loopback for the next port of a
// sweep: connect(2) makes a refused socket one that can be connected again. Making
// and closing a socket for each port takes as long as the connect itself. A nil idle
// keeps none.
type idle struct {
	mu      sync.Mutex
	closed  bool
	sockets map[bool][]int // descriptors, by whether they are of IPv6
}

// maxIdle is how many sockets of a family are kept: answers of loopback are finished
// inline, so no more are in use at once than there are threads that run.
var maxIdle = 2 * runtime.GOMAXPROCS(0)

func newIdle() *idle { return &idle{sockets: map[bool][]int{}} }

// take returns a socket that was kept; its fd is -1 if there is none.
func (i *idle) take(ipv6 bool) socket {
	if i == nil {
		return socket{fd: -1}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	kept := i.sockets[ipv6]
	if len(kept) == 0 {
		return socket{fd: -1}
	}
	fd := kept[len(kept)-1]
	i.sockets[ipv6] = kept[:len(kept)-1]
	return socket{fd: fd, bare: true}
}

// keep takes s over, unless there are enough.
func (i *idle) keep(s *socket, ipv6 bool) {
	if i == nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.closed && len(i.sockets[ipv6]) < maxIdle {
		i.sockets[ipv6] = append(i.sockets[ipv6], s.fd)
		*s = socket{fd: -1}
	}
}

func (i *idle) close() {
	if i == nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, kept := range i.sockets {
		for _, fd := range kept {
			_ = unix.Close(fd)
		}
	}
	i.closed, i.sockets = true, map[bool][]int{}
}

// bare tells whether a look at t can do without ICMP errors and the local port: on
// loopback there is no router to send one, and of a port that is as declared nobody
// asks which packet filter of this machine refused it.
func (p Prober) bare(t look.Target) bool {
	return t.Abort && t.Addr.Addr().IsLoopback() && p.source(t.Addr.Addr()) == netip.AddrPort{}
}
