package probe

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

const (
	// keptRounds is how many looks in a row must each be followed by a packet that
	// this machine dropped. After each comes a rest, as long as such a look takes.
	keptRounds = 8
	// keptNoise is in how many of the rests a packet may be dropped too: servers send
	// their answers to earlier looks again after 1, 3, 7 … seconds (RFC 6298 section
	// 5). Where packets are dropped as often in the rests as after the looks, the odds
	// of eight and two are below 1 in 1,000.
	keptNoise = 2
	// keptRest is the longest rest.
	keptRest = 100 * time.Millisecond
	// keptGrace is how much longer than twice the first answer the others may take.
	keptGrace = 20 * time.Millisecond
	// keptPoll is how often the counters are read.
	keptPoll = 4 * time.Millisecond
	// keptLast is how many readings still count when a look has ended, one more than
	// are needed.
	keptLast = 4
)

// heldPatience is how long to wait for a packet of a look to be kept on its way out,
// which happens while it is sent.
const heldPatience = 50 * time.Millisecond

// oneKept lets one Kept at a time watch the counters of the machine, which know
// nothing of who asked for what.
var oneKept = make(chan struct{}, 1)

// Kept tells whether this machine itself keeps the packets of looks at t:
// PermDenied where they do not leave it, AnswersDropped where it drops what comes
// back, as a packet filter without a rule for established connections does, and
// empty where neither is known. refused tells that t refuses; otherwise it is
// silent. No socket is told, but the kernel counts what passes (kernel:
// Documentation/networking/snmp_counter.rst). Kept looks at t a few times, and says
// nothing at the first look that the counter of a fault does not follow within
// timeout, and where the counter grows anyway; then it is unsure.
func (p Prober) Kept(ctx context.Context, t look.Target, refused bool, timeout time.Duration) (fault look.Reason, unsure bool) {
	select {
	case oneKept <- struct{}{}:
		defer func() { <-oneKept }()
	case <-ctx.Done():
		return "", false
	}
	way, ok := routeTo(t.Addr.Addr())
	if !ok || way.own {
		return "", false
	}
	ask := func(ctx context.Context, timeout time.Duration) { p.Look(ctx, t, timeout) }
	dropped, held := droppedIPv4, heldIPv4
	if t.Addr.Addr().Is6() {
		dropped, held = droppedIPv6, heldIPv6
	}
	if refused {
		// What refuses in place of the host answers by way of the loopback interface.
		kept, noisy := isKept(ctx, loopedPackets, timeout, ask)
		return reasonIf(kept, look.PermDenied), noisy
	}
	if kept, _ := isKept(ctx, held, min(timeout, heldPatience), ask); kept {
		return look.PermDenied, false
	}
	kept, noisy := isKept(ctx, dropped, timeout, ask)
	return reasonIf(kept, look.AnswersDropped), noisy
}

func reasonIf(is bool, reason look.Reason) look.Reason {
	if is {
		return reason
	}
	return ""
}

// isKept is Kept with the count of packets kept so far, negative if it is not
// known, and with how to ask once. It is noisy if the count grows without a look too often.
func isKept(ctx context.Context, kept func() int64, timeout time.Duration, ask func(ctx context.Context, timeout time.Duration)) (is, noisy bool) {
	noise := 0
	for range keptRounds {
		before := kept()
		if before < 0 {
			return false, false
		}
		looking, cancel := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			ask(looking, timeout)
		}()
		took, grew := grows(ctx, kept, before, done)
		cancel()
		<-done
		if !grew || ctx.Err() != nil {
			return false, false
		}
		timeout = min(timeout, 2*took+keptGrace)
		if rests(ctx, kept, min(timeout, keptRest)) {
			noise++
		}
		if noise > keptNoise {
			return false, true
		}
	}
	return ctx.Err() == nil, false
}

// rests tells whether kept grows within d of its own.
func rests(ctx context.Context, kept func() int64, d time.Duration) bool {
	over := make(chan struct{})
	defer time.AfterFunc(d, func() { close(over) }).Stop()
	_, grew := grows(ctx, kept, kept(), over)
	return grew
}

// grows tells whether kept grows beyond before until soon after done is closed, and
// when. A packet that is being delivered is counted as received a moment sooner, so
// two readings in a row must show it.
func grows(ctx context.Context, kept func() int64, before int64, done <-chan struct{}) (took time.Duration, grew bool) {
	tick := time.NewTicker(keptPoll)
	defer tick.Stop()
	seen := false
	for began, left := time.Now(), keptLast; left > 0; {
		select {
		case <-done:
			done, left = nil, left-1
			continue
		case <-tick.C:
		case <-ctx.Done():
			return 0, false
		}
		now := kept()
		if now > before && seen {
			return time.Since(began), true
		}
		seen = now > before
		if done == nil {
			left--
		}
	}
	return 0, false
}

// loopedPackets is how many packets the loopback interface has received; negative if
// the system does not tell.
func loopedPackets() int64 {
	text, err := os.ReadFile("/proc/thread-self/net/dev")
	if err != nil {
		return -1
	}
	for line := range bytes.Lines(text) {
		// After the name come the received bytes, and then the received packets.
		if fields := bytes.Fields(line); len(fields) > 2 && string(fields[0]) == "lo:" {
			if n, err := strconv.ParseInt(string(fields[2]), 10, 64); err == nil {
				return n
			}
		}
	}
	return -1
}

// droppedIPv4 is how many IPv4 packets were received and dropped without another
// reason; negative if the system does not tell.
func droppedIPv4() int64 { return dropped(countersIPv4()) }

// droppedIPv6 is droppedIPv4 for IPv6.
func droppedIPv6() int64 { return dropped(countersIPv6()) }

// heldIPv4 is how many IPv4 packets were to be sent and did not leave; negative if
// the system does not tell: older ones do not, Linux 6.18 does.
func heldIPv4() int64 { return held(countersIPv4()) }

// heldIPv6 is heldIPv4 for IPv6.
func heldIPv6() int64 { return held(countersIPv6()) }

// counters are those of one IP version, by their names in Ip of /proc/net/snmp.
type counters map[string]int64

func countersIPv4() counters {
	text, err := os.ReadFile("/proc/thread-self/net/snmp")
	if err != nil {
		return nil
	}
	var names [][]byte
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		switch {
		case len(fields) == 0 || string(fields[0]) != "Ip:":
		case names == nil:
			names = fields
		default:
			c := counters{}
			for i := range min(len(names), len(fields)) {
				c.add(names[i], fields[i])
			}
			return c
		}
	}
	return nil
}

func countersIPv6() counters {
	text, err := os.ReadFile("/proc/thread-self/net/snmp6")
	if err != nil {
		return nil
	}
	c := counters{}
	for line := range bytes.Lines(text) {
		if fields := bytes.Fields(line); len(fields) == 2 {
			name, _ := bytes.CutPrefix(fields[0], []byte("Ip6"))
			c.add(name, fields[1])
		}
	}
	return c
}

func (c counters) add(name, value []byte) {
	if n, err := strconv.ParseInt(string(value), 10, 64); err == nil {
		c[string(name)] = n
	}
}

// accounted are the counters of packets that were not dropped in silence: those that
// were delivered, forwarded, or not for this machine, as where a route leads in a loop.
var accounted = []string{"InDelivers", "ForwDatagrams", "OutForwDatagrams", "InAddrErrors", "InHdrErrors", "InNoRoutes"}

// dropped is how many of the packets received no other counter accounts for; negative
// if there is no count of those received.
func dropped(c counters) int64 {
	n, ok := c["InReceives"]
	if !ok {
		return -1
	}
	for _, name := range accounted {
		n -= c[name]
	}
	return max(n, 0)
}

// held is how many of the packets to be sent were not; negative if there is no count
// of those that were.
func held(c counters) int64 {
	sent, ok := c["OutTransmits"]
	if !ok {
		return -1
	}
	return max(c["OutRequests"]+c["ForwDatagrams"]+c["OutForwDatagrams"]-sent, 0)
}
