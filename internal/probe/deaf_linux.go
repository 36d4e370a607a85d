package probe

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

const (
	// deafRounds is how many looks in a row must each be followed by a packet that
	// this machine dropped. After each comes a rest, as long as such a look takes.
	deafRounds = 5
	// deafNoise is in how many of the rests a packet may be dropped too: servers send
	// their answers to earlier looks again after 1, 3, 7 … seconds (RFC 6298 section
	// 5). Where as many packets are dropped in the rests as after the looks, the odds
	// of five and one are below 1 in 100.
	deafNoise = 1
	// deafRest is the longest rest.
	deafRest = 100 * time.Millisecond
	// deafGrace is how much longer than twice the first answer the others may take.
	deafGrace = 20 * time.Millisecond
	// deafPoll is how often the counters are read.
	deafPoll = 4 * time.Millisecond
)

// oneDeaf lets one Deaf at a time watch the counters of the machine, which know
// nothing of who asked for what.
var oneDeaf = make(chan struct{}, 1)

// Deaf tells whether this machine itself drops what comes back from t, as a packet
// filter without a rule for established connections does. No socket is told, but the
// kernel counts the packets that it received and those that it delivered (kernel:
// Documentation/networking/snmp_counter.rst). It looks at t a few times, and is false
// at the first look that no dropped packet follows within timeout, and where many
// packets are dropped anyway.
func (p Prober) Deaf(ctx context.Context, t look.Target, timeout time.Duration) bool {
	select {
	case oneDeaf <- struct{}{}:
		defer func() { <-oneDeaf }()
	case <-ctx.Done():
		return false
	}
	dropped := droppedIPv4
	if t.Addr.Addr().Is6() {
		dropped = droppedIPv6
	}
	return isDeaf(ctx, dropped, timeout, func(ctx context.Context, timeout time.Duration) {
		p.Look(ctx, t, timeout)
	})
}

// isDeaf is Deaf with the count of packets dropped so far, negative if it is not
// known, and with how to ask once.
func isDeaf(ctx context.Context, dropped func() int64, timeout time.Duration, ask func(ctx context.Context, timeout time.Duration)) bool {
	noise := 0
	for range deafRounds {
		before := dropped()
		if before < 0 {
			return false
		}
		looking, cancel := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			ask(looking, timeout)
		}()
		took, grew := grows(ctx, dropped, before, timeout)
		cancel()
		<-done
		if !grew || ctx.Err() != nil {
			return false
		}
		timeout = min(timeout, 2*took+deafGrace)
		if _, grew := grows(ctx, dropped, dropped(), min(timeout, deafRest)); grew {
			noise++
		}
		if noise > deafNoise {
			return false
		}
	}
	return ctx.Err() == nil
}

// grows tells whether dropped grows beyond before within d, and when. A packet that
// is being delivered is counted as received a moment sooner, so two readings in a row
// must show it. The last reading is after d, since a busy machine may not run this
// process meanwhile.
func grows(ctx context.Context, dropped func() int64, before int64, d time.Duration) (took time.Duration, grew bool) {
	tick := time.NewTicker(deafPoll)
	defer tick.Stop()
	began, seen := time.Now(), false
	for {
		over := time.Since(began) >= d
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, false
		}
		now := dropped()
		switch {
		case now > before && seen:
			return time.Since(began), true
		case now > before:
			seen = true
		case over:
			return 0, false
		default:
			seen = false
		}
	}
}

// droppedIPv4 is how many IPv4 packets were received and dropped without another
// reason; negative if the system does not tell.
func droppedIPv4() int64 {
	text, err := os.ReadFile("/proc/thread-self/net/snmp")
	if err != nil {
		return -1
	}
	var names [][]byte
	for line := range bytes.Lines(text) {
		if fields := bytes.Fields(line); len(fields) == 0 || string(fields[0]) != "Ip:" {
			continue
		} else if names == nil {
			names = fields
			continue
		} else {
			return lost(len(names), func(i int) ([]byte, []byte) { return names[i], fields[min(i, len(fields)-1)] })
		}
	}
	return -1
}

// droppedIPv6 is droppedIPv4 for IPv6.
func droppedIPv6() int64 {
	text, err := os.ReadFile("/proc/thread-self/net/snmp6")
	if err != nil {
		return -1
	}
	fields := bytes.Fields(text)
	return lost(len(fields)/2, func(i int) ([]byte, []byte) {
		name, _ := bytes.CutPrefix(fields[2*i], []byte("Ip6"))
		return name, fields[2*i+1]
	})
}

// accounted are the counters of packets that were not dropped in silence: those that
// were delivered, forwarded, or not for this machine, as where a route leads in a loop.
var accounted = []string{"InDelivers", "ForwDatagrams", "OutForwDatagrams", "InAddrErrors", "InHdrErrors", "InNoRoutes"}

// lost returns how many of the packets received no other counter accounts for; at
// gives the name and the value of the i-th of n. It is negative if there is no count
// of those received.
func lost(n int, at func(i int) (name, value []byte)) int64 {
	var received, others int64 = -1, 0
	for i := range n {
		name, value := at(i)
		count, err := strconv.ParseInt(string(value), 10, 64)
		switch {
		case err != nil:
		case string(name) == "InReceives":
			received = count
		case slices.Contains(accounted, string(name)):
			others += count
		}
	}
	if received < 0 {
		return -1
	}
	return max(received-others, 0)
}
