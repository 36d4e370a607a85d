package porttest

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// relay is the impaired line: a pair of devices in the router,
//
//	router0, router1 --> relay0 --veth-- relay1 <--> this process
//
// Policy routing sends every packet from the prober or the server into relay0.
// The relay takes its frame from relay1, holds it, and sends it back. So the
// frame comes in by relay0, from where the main table routes it to its end.
// Frames bear the address of relay0 in both directions: the kernel never takes
// a frame at relay1 for its own, hence no packet goes round.
//
// A veth pair with a packet socket needs only what a network namespace gives; a
// TUN device would also need /dev/net/tun, which containers and ordinary users
// often do not have.
type relay struct {
	ring  *ring
	wake  *os.File // written to by close
	stop  *os.File // the other end, read by run
	ended chan struct{}
	err   error // of run, once it has ended

	mu   sync.Mutex
	line Impairment
	rand *rand.Rand
}

// gso_max_segs 1 keeps packets within the MTU, the size of a frame of the ring.
// In relayRoutes one neighbour, with relay0's own address, stands for every
// destination: the table of neighbours has room for a thousand.
const relayLinks = `link add relay0 index 105 address 02:00:00:00:00:01 type veth peer name relay1 index 106
link set relay0 gso_max_segs 1
`

const relayRoutes = `link set relay0 up
link set relay1 up
neigh add 192.0.0.8 lladdr 02:00:00:00:00:01 dev relay0 nud permanent
neigh add fe80::8 lladdr 02:00:00:00:00:01 dev relay0 nud permanent
route add default via 192.0.0.8 dev relay0 onlink table 100
route add default via fe80::8 dev relay0 table 100
`

// relayRules is run once for IPv4 and once for IPv6: a rule does not name its
// family.
const relayRules = `rule add iif router0 lookup 100
rule add iif router1 lookup 100
`

// startRelay starts a relay in the router.
func startRelay(router *netns, line Impairment) (*relay, error) {
	r := &relay{ended: make(chan struct{})}
	r.set(line)
	for _, step := range []func() error{
		func() error { return router.ip(relayLinks) },
		func() error { return router.do(relaySysctls) },
		func() error { return router.ip(relayRoutes) },
		func() error { return router.do(func() (err error) { r.ring, err = openRing("relay1"); return err }) },
		func() (err error) { r.stop, r.wake, err = os.Pipe(); return err },
		func() error { return router.do(r.await) },
	} {
		if err := step(); err != nil {
			return nil, errors.Join(err, r.release())
		}
	}
	go func() {
		defer close(r.ended)
		r.err = r.run()
	}()
	// Packets enter the relay only now that run takes them.
	ipv6 := ip()
	ipv6.args = append(ipv6.args, "-6")
	for _, family := range []command{ip(), ipv6} {
		if err := router.do(func() error { return family.run(relayRules) }); err != nil {
			return nil, errors.Join(err, r.close())
		}
	}
	return r, nil
}

// await waits until frames pass between the two devices in both directions:
// frames that are sent before the kernel has started a link's queue are lost,
// see awaitLinks.
func (r *relay) await() (err error) {
	other, err := openRing("relay0")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, other.close()) }()
	for _, way := range []struct{ from, to *ring }{{other, r.ring}, {r.ring, other}} {
		if err := way.to.await(way.from, r.stop); err != nil {
			return err
		}
	}
	return nil
}

// relaySysctls lets packets from everywhere come in by relay0, although their
// answers go elsewhere (rp_filter), and keeps relay1 from speaking IPv6.
func relaySysctls() error {
	return errors.Join(
		sysctl("ipv4/conf/all/rp_filter", "0"),
		sysctl("ipv4/conf/relay0/rp_filter", "0"),
		sysctl("ipv6/conf/relay1/disable_ipv6", "1"))
}

// set changes the line for the packets to come.
func (r *relay) set(line Impairment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.line, r.rand = line, rand.New(rand.NewPCG(line.Seed, 1))
}

// fate decides how long the next packet is held, and whether it is lost.
func (r *relay) fate() (delay time.Duration, inOrder, lost bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delay = r.line.Delay
	if r.line.Jitter > 0 {
		delay += time.Duration((2*r.rand.Float64() - 1) * float64(r.line.Jitter))
	}
	lost = r.line.Loss > 0 && r.rand.Float64()*100 < r.line.Loss
	return max(delay, 0), r.line.InOrder, lost
}

// run relays until close.
func (r *relay) run() error {
	var held queue
	for {
		took := r.ring.take(func(frame []byte) { r.hold(&held, frame, time.Now()) })
		now := time.Now()
		for len(held.packets) > 0 && !held.packets[0].due.After(now) {
			if err := r.ring.send(held.pop()); err != nil {
				return err
			}
		}
		wait := time.Duration(-1)
		switch {
		case took:
			wait = 0 // There may be more by now.
		case len(held.packets) > 0:
			wait = max(time.Until(held.packets[0].due), 0)
		}
		if stopped, err := r.ring.wait(r.stop, wait); stopped || err != nil {
			return err
		}
	}
}

// hold puts a copy of the frame into the queue, unless it is lost.
func (r *relay) hold(held *queue, frame []byte, now time.Time) {
	if !relayed(frame) {
		return
	}
	delay, inOrder, lost := r.fate()
	if lost {
		return
	}
	held.push(now.Add(delay), inOrder, bytes.Clone(frame))
}

// close ends the relay and waits for it. It reports packets that were lost
// other than by the line's Loss.
func (r *relay) close() error {
	if r == nil {
		return nil
	}
	err := r.wake.Close()
	r.wake = nil
	<-r.ended
	return errors.Join(err, r.err, r.ring.lost(), r.release())
}

// release frees what startRelay opened; the devices go with the router.
func (r *relay) release() error {
	var errs []error
	if r.ring != nil {
		errs = append(errs, r.ring.close())
	}
	for _, file := range []*os.File{r.stop, r.wake} {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	return errors.Join(errs...)
}

// relayed tells whether a frame, with its virtio_net_hdr, is one that the router
// forwards: IPv4 or IPv6 to relay0's address. The others are the router's own
// neighbour and multicast messages.
func relayed(frame []byte) bool {
	const mac = virtioHeader
	if len(frame) < mac+etherHeader+20 || frame[mac]&1 != 0 {
		return false
	}
	protocol := int(frame[mac+12])<<8 | int(frame[mac+13])
	return protocol == unix.ETH_P_IP || protocol == unix.ETH_P_IPV6
}
