package scan

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// memory is what a run knows of the addresses where a TCP port answered. Its methods
// are safe for concurrent use.
type memory struct {
	mu    sync.Mutex
	addrs map[netip.Addr]*witnesses
}

// witnesses are ports of one address that answered in this run, each invalid if
// there is none, and how long that took.
type witnesses struct {
	open, open2, closed netip.AddrPort
	rtt                 rtt
}

func newMemory() *memory { return &memory{addrs: map[netip.Addr]*witnesses{}} }

// portToAsk is where to ask for the n-th time whether addr still answers; ok is
// false if nothing of it is known to have answered. The closed port comes first,
// which disturbs no service; each second time it is the open one.
func (m *memory) portToAsk(addr netip.Addr, n int) (port netip.AddrPort, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.addrs[addr]
	if w == nil || !w.closed.IsValid() && !w.open.IsValid() {
		return netip.AddrPort{}, false
	}
	if !w.closed.IsValid() || n%2 == 1 && w.open.IsValid() {
		return w.open, true
	}
	return w.closed, true
}

// portsToAsk are ports that are known to have answered, of at most n addresses.
func (m *memory) portsToAsk(n int) []netip.AddrPort {
	m.mu.Lock()
	addrs := slices.SortedFunc(maps.Keys(m.addrs), netip.Addr.Compare)
	m.mu.Unlock()
	var ports []netip.AddrPort
	for _, addr := range addrs {
		if at, ok := m.portToAsk(addr, 0); ok && len(ports) < n {
			ports = append(ports, at)
		}
	}
	return ports
}

// learn takes in the answer of a TCP port. Only plain TCP feeds the round-trip
// time: a service's own delay is not the network's.
func (m *memory) learn(scheme endpoint.Scheme, result look.Result) {
	addr := result.Remote.Addr()
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.addrs[addr]
	if w == nil {
		w = &witnesses{}
		m.addrs[addr] = w
	}
	if scheme == endpoint.TCP {
		w.rtt.observe(result.RTT)
	}
	switch {
	case result.State == look.Closed:
		w.closed = result.Remote
	case !w.open.IsValid():
		w.open = result.Remote
	case w.open != result.Remote:
		w.open2 = result.Remote
	}
}

// forget strikes an open port that no longer answers off the witnesses: it may be
// the one that has changed.
func (m *memory) forget(port netip.AddrPort) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.addrs[port.Addr()]
	switch {
	case w == nil:
	case w.open == port:
		w.open, w.open2 = w.open2, netip.AddrPort{}
	case w.open2 == port:
		w.open2 = netip.AddrPort{}
	}
}

// usual is how long to wait for an answer of addr, at most most.
func (m *memory) usual(addr netip.Addr, most time.Duration) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w := m.addrs[addr]; w != nil {
		return w.rtt.timeout(most)
	}
	return most
}
