package probe

import (
	"net/netip"
	"runtime"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// idle keeps sockets whose connect was refused on loopback for the next port of a
// sweep: connect(2) makes a refused socket one that can be connected again. Making
// and closing a socket for each port takes as long as the connect itself. No look
// waits for another here. A nil idle keeps none.
type idle struct {
	closed  atomic.Bool
	refused atomic.Int32            // how often a socket was kept, up to sweeping
	sockets map[bool][]atomic.Int32 // by whether they are of IPv6; 0, or a socket.slot
}

// sweeping is after how many refusals sockets get ports of their own. Those who look at
// a few ports gain nothing by it, and may want to listen on the very port.
const sweeping = 1000

// slot is how a socket is kept: its descriptor plus one, negative if it has a port of
// its own.
func (s *socket) slot() int32 {
	if s.own {
		return -int32(s.fd) - 1 //nolint:gosec // a descriptor
	}
	return int32(s.fd) + 1 //nolint:gosec // a descriptor
}

// slotted returns the socket that is kept as slot. Its fd is -1 if slot is 0, which keeps
// none.
func slotted(slot int32) socket {
	if slot < 0 {
		return socket{fd: -int(slot) - 1, bare: true, own: true}
	}
	return socket{fd: int(slot) - 1, bare: true}
}

// maxIdle is how many sockets of a family are kept. Answers of loopback are finished
// inline, so as many are in use at once as there are threads that run, or that a busy
// machine has stopped in the middle of a call.
var maxIdle = 8 * runtime.GOMAXPROCS(0)

func newIdle() *idle {
	return &idle{sockets: map[bool][]atomic.Int32{false: make([]atomic.Int32, maxIdle), true: make([]atomic.Int32, maxIdle)}}
}

// take returns a socket that was kept; its fd is -1 if there is none.
func (i *idle) take(ipv6 bool) socket {
	if i == nil {
		return socket{fd: -1}
	}
	kept := i.sockets[ipv6]
	for n := range kept {
		if kept[n].Load() == 0 {
			continue
		}
		if s := slotted(kept[n].Swap(0)); s.fd >= 0 {
			return s
		}
	}
	return socket{fd: -1}
}

// keep takes s over, unless there are enough.
func (i *idle) keep(s *socket, ipv6 bool) {
	if i == nil {
		return
	}
	kept := i.sockets[ipv6]
	for n := range kept {
		if kept[n].Load() != 0 {
			continue
		}
		switch {
		case s.own:
		case i.refused.Load() < sweeping:
			i.refused.Add(1)
		default:
			s.own = true
			ownPort(s.fd, ipv6)
		}
		if !i.closed.Load() && kept[n].CompareAndSwap(0, s.slot()) {
			*s = socket{fd: -1}
			break
		}
	}
	if i.closed.Load() { // meanwhile
		i.empty()
	}
}

func (i *idle) close() {
	if i == nil {
		return
	}
	i.closed.Store(true)
	i.empty()
}

func (i *idle) empty() {
	for _, kept := range i.sockets {
		for n := range kept {
			if s := slotted(kept[n].Swap(0)); s.fd >= 0 {
				s.close()
			}
		}
	}
}

// ownPort gives a socket that was refused on loopback a local port to keep. Without
// one the kernel looks for a free port, and for the address to connect from, each time:
// a seventh of what a connect takes. Where there is no free port the socket is as good
// as before.
func ownPort(fd int, ipv6 bool) {
	family, loopback := unix.AF_INET, netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if ipv6 {
		family, loopback = unix.AF_INET6, netip.IPv6Loopback()
	}
	// Only a port that is asked for by its number stays a socket's when its connect
	// is refused. So another socket finds one that is free.
	finder, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return
	}
	err = unix.Bind(finder, sockaddr(netip.AddrPortFrom(loopback, 0)))
	free := localAddr(finder)
	_ = unix.Close(finder)
	if err == nil {
		_ = unix.Bind(fd, sockaddr(free))
	}
}

// bare tells whether a look at t can do without ICMP errors and the local port: on
// loopback there is no router to send one, and of a port that is as declared nobody
// asks which packet filter of this machine refused it.
func (p Prober) bare(t look.Target) bool {
	return t.Abort && t.Addr.Addr().IsLoopback() && p.source(t.Addr.Addr()) == netip.AddrPort{}
}
