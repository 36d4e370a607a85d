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

const (
	// maxOpen is how many open ports of an address are remembered. One may be the
	// port that has changed.
	maxOpen = 3
	// remembered is how long what an address answered stands for runs that come
	// later in the same process: the objects of one plan, which run at once.
	remembered = 5 * time.Minute
	// nearer is how many times sooner than the host itself something nearer
	// answers, where the host takes at least farAway.
	nearer  = 4
	farAway = 10 * time.Millisecond
	// proxiedAsks is how many connections of all runs are looked into for a proxy of the
	// place that accepts them. If there is one, all are.
	proxiedAsks = 64
)

// memory is what the runs of a Scanner know of the addresses where a TCP port
// answered. Its methods are safe for concurrent use.
type memory struct {
	mu      sync.Mutex
	addrs   map[netip.Addr]*witnesses
	proxied bool        // a proxy of the place accepts
	direct  int         // how many connections were looked into for one in vain, or are
	misses  [doubts]int // how often the place was asked in vain whether it keeps packets
}

// witnesses are ports of one address that answered, and how long that took.
type witnesses struct {
	open   []netip.AddrPort // at most maxOpen; of those declared open the last that answered first
	meant  []netip.AddrPort // those of open that are declared open
	closed netip.AddrPort   // invalid if none is known
	tried  []uint16         // ports that answered, at most firstAsk
	last   time.Time        // when one of them answered last

	// Resets may come from something nearer than the host, handshakes hardly.
	handshake, reset rtt
	soonest          time.Duration // of handshakes; 0 if there was none

	// stopped is how the address answers since it has stopped to: Filtered by
	// silence or ICMP errors, Closed by resets. Empty if it has not.
	stopped look.State
	since   time.Time // when it was found out; zero if it was not
}

func newMemory() *memory { return &memory{addrs: map[netip.Addr]*witnesses{}} }

// of returns what is known of addr; nil if nothing is, or no longer. The caller
// holds m.mu.
func (m *memory) of(addr netip.Addr) *witnesses {
	w := m.addrs[addr]
	if w != nil && time.Since(w.last) > remembered {
		delete(m.addrs, addr)
		return nil
	}
	return w
}

// openPorts are those of addr that are known to be open.
func (m *memory) openPorts(addr netip.Addr) []netip.AddrPort {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w := m.of(addr); w != nil {
		return slices.Clone(w.open)
	}
	return nil
}

// meantOpen are the open ports of addr that a run has declared open. None is if
// addr has stopped answering.
func (m *memory) meantOpen(addr netip.Addr) []netip.AddrPort {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w := m.of(addr); w != nil && w.stopped == "" {
		return slices.Clone(w.meant)
	}
	return nil
}

// provoked tells whether so many ports of addr were looked at that an
// intrusion-prevention system may have taken it ill.
func (m *memory) provoked(addr netip.Addr) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.of(addr)
	return w != nil && len(w.tried) >= firstAsk
}

// portToAsk is where to ask for the n-th time whether addr still answers, except
// at the ports besides; ok is false if nothing of it is known to have answered. An
// open port comes first, since only the host itself completes a handshake; each
// second time it is another.
func (m *memory) portToAsk(addr netip.Addr, n int, besides map[netip.AddrPort]bool) (port netip.AddrPort, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.of(addr)
	if w == nil {
		return netip.AddrPort{}, false
	}
	open := slices.DeleteFunc(slices.Clone(w.open), func(p netip.AddrPort) bool { return besides[p] })
	ports := slices.Clone(open[:min(1, len(open))])
	if w.closed.IsValid() && !besides[w.closed] {
		ports = append(ports, w.closed)
	}
	ports = append(ports, open[min(1, len(open)):]...)
	if len(ports) == 0 {
		return netip.AddrPort{}, false
	}
	return ports[n%min(2, len(ports))], true
}

// portsToAsk are ports that are known to have answered, of at most n addresses.
func (m *memory) portsToAsk(n int) []netip.AddrPort {
	m.mu.Lock()
	addrs := slices.SortedFunc(maps.Keys(m.addrs), netip.Addr.Compare)
	m.mu.Unlock()
	var ports []netip.AddrPort
	for _, addr := range addrs {
		if at, ok := m.portToAsk(addr, 0, nil); ok && len(ports) < n {
			ports = append(ports, at)
		}
	}
	return ports
}

// learn takes in the answer of a TCP port to a look at at. Only plain TCP feeds the
// round-trip time: a service's own delay is not the network's. A port declared open
// is there to stay; those of a sweep (at.Abort) are to be closed.
func (m *memory) learn(at look.Target, result look.Result) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.of(result.Remote.Addr())
	if w == nil {
		w = &witnesses{}
		m.addrs[result.Remote.Addr()] = w
	}
	w.last = time.Now()
	if port := result.Remote.Port(); len(w.tried) < firstAsk && !slices.Contains(w.tried, port) {
		w.tried = append(w.tried, port)
	}
	if result.State == look.Closed {
		w.learnClosed(at, result)
		return
	}
	if w.stopped != look.Closed || result.Start.After(w.since) {
		w.stopped = "" // the handshake is not from before, and only taken in late
	}
	w.learnOpen(at, result.Remote)
	if at.Scheme == endpoint.TCP {
		w.handshake.observe(result.RTT)
		if w.soonest == 0 || result.RTT < w.soonest {
			w.soonest = result.RTT
		}
	}
}

// learnClosed takes in a refusal. Where one object declares a port open and a later
// one declares it closed, it was to be closed in between.
func (w *witnesses) learnClosed(at look.Target, result look.Result) {
	if at.Abort && w.stopped == "" && slices.Contains(w.meant, result.Remote) {
		w.forget(result.Remote)
	}
	if !slices.Contains(w.open, result.Remote) {
		w.closed = result.Remote
	}
	if at.Scheme == endpoint.TCP {
		w.reset.observe(result.RTT)
	}
	if w.stopped == look.Filtered {
		w.stopped = ""
	}
}

// learnOpen takes in an open port.
func (w *witnesses) learnOpen(at look.Target, port netip.AddrPort) {
	switch known := slices.Index(w.open, port); {
	case at.Abort && known < 0 && len(w.open) < maxOpen:
		w.open = append(w.open, port)
	case at.Abort, known == 0 && slices.Contains(w.meant, port):
	default:
		w.forget(port)
		w.open = slices.Insert(w.open[:min(len(w.open), maxOpen-1)], 0, port)
		w.meant = slices.Insert(w.meant[:min(len(w.meant), maxOpen-1)], 0, port)
	}
}

// forget strikes a port off those that are open.
func (w *witnesses) forget(port netip.AddrPort) {
	w.open, w.meant = without(w.open, []netip.AddrPort{port}), without(w.meant, []netip.AddrPort{port})
}

// without are the ports that are not among others.
func without(ports, others []netip.AddrPort) []netip.AddrPort {
	return slices.DeleteFunc(slices.Clone(ports), func(p netip.AddrPort) bool { return slices.Contains(others, p) })
}

// isNearer tells whether a reset came so much sooner than the host itself answers
// that it is something else's.
func (m *memory) isNearer(reset look.Result) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.of(reset.Remote.Addr())
	return w != nil && w.soonest >= farAway && reset.RTT < w.soonest/nearer
}

// forget strikes a port that no longer answers as it did off the witnesses: it may be
// the one that has changed.
func (m *memory) forget(changed look.Result) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.of(changed.Remote.Addr())
	if w == nil {
		return
	}
	w.forget(changed.Remote)
	if changed.State == look.Filtered && w.closed == changed.Remote {
		w.closed = netip.AddrPort{}
	}
}

// stop remembers how addr answers since it has stopped to.
func (m *memory) stop(addr netip.Addr, how look.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w := m.of(addr); w != nil {
		w.stopped, w.since = how, time.Now()
	}
}

// stopped is how addr was seen to answer since it has stopped to; empty if it has
// not, or has begun again.
func (m *memory) stopped(addr netip.Addr) look.State {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w := m.of(addr); w != nil {
		return w.stopped
	}
	return ""
}

// answered tells whether a port of addr has answered any run.
func (m *memory) answered(addr netip.Addr) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of(addr) != nil
}

// maySuspect tells whether the place may be asked once more whether it keeps packets.
func (m *memory) maySuspect(why doubted) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.misses[why] < keptMisses
}

// suspectedInVain counts an asking that found the place not to keep packets.
func (m *memory) suspectedInVain(why doubted) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.misses[why]++
}

// mayBeProxied tells whether the next look is to find out whether a proxy of the place
// accepts. After the look, accepted must be told.
func (m *memory) mayBeProxied() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.proxied && m.direct >= proxiedAsks {
		return false
	}
	m.direct++
	return true
}

// accepted takes in whether it was a proxy that accepted, if anything did.
func (m *memory) accepted(at look.Target, result look.Result) {
	if !at.Doubt || result.State == look.Open {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.direct--
	m.proxied = m.proxied || result.Reason == look.Proxied
}

// usual is how long to wait for an answer of addr, at most most.
func (m *memory) usual(addr netip.Addr, most time.Duration) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.of(addr)
	switch {
	case w == nil:
		return most
	case !w.handshake.known:
		return w.reset.timeout(most)
	case !w.reset.known:
		return w.handshake.timeout(most)
	}
	return max(w.reset.timeout(most), w.handshake.timeout(most))
}
