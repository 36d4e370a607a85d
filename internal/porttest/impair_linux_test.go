package porttest

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A round trip takes two delays in both families, for TCP, UDP, resets and ICMP
// errors of the server; an error of the router itself takes one.
func TestImpairDelay(t *testing.T) {
	const delay = 60 * time.Millisecond
	lab := NewLab(t)
	lab.Impair(Impairment{Delay: delay})
	for _, addr := range serverAddrs {
		tcp := lab.Listen(netip.AddrPortFrom(addr, 0), AcceptClose).Addr()
		udp := lab.ListenUDP(netip.AddrPortFrom(addr, 0), Echo).Addr()
		closed := netip.AddrPortFrom(addr, 9)
		rejected := map[Place]netip.AddrPort{Router: netip.AddrPortFrom(addr, 10), Host: netip.AddrPortFrom(addr, 11)}
		for at, dst := range rejected {
			lab.Set(at, dst, RejectPort)
		}
		for name, test := range map[string]struct {
			delays int
			want   error
			look   func() error
		}{
			"handshake":       {2, nil, func() error { _, err := dial(t, tcp, patience); return err }},
			"datagram":        {2, nil, func() error { return askFor(t, udp, patience) }},
			"reset":           {2, syscall.ECONNREFUSED, func() error { _, err := dial(t, closed, patience); return err }},
			"closed UDP port": {2, syscall.ECONNREFUSED, func() error { return askFor(t, closed, patience) }},
			"server rejects":  {2, syscall.ECONNREFUSED, func() error { return askFor(t, rejected[Host], patience) }},
			"router rejects":  {1, syscall.ECONNREFUSED, func() error { return askFor(t, rejected[Router], patience) }},
		} {
			start := time.Now()
			err := test.look()
			took := time.Since(start)
			if !errors.Is(err, test.want) {
				t.Errorf("%s %s: got %v, want %v", addr, name, err, test.want)
			}
			if least := time.Duration(test.delays) * delay; took < least {
				t.Errorf("%s %s: took %v, want at least %v", addr, name, took, least)
			}
			t.Logf("%s %s: %v", addr, name, took)
		}
		checkICMP(t, "through the relay", rejected[Router], Router, map[bool]int{true: 3, false: 4}[addr.Is4()])
	}
}

// A line can become worse and good again. When it is good, some of many round
// trips are shorter than one of the bad line could be.
func TestImpairChanges(t *testing.T) {
	lab := NewLab(t)
	udp := lab.ListenUDP(netip.AddrPortFrom(ServerAddr(1), 0), Echo)
	for _, delay := range []time.Duration{0, 100 * time.Millisecond, 0} {
		lab.Impair(Impairment{Delay: delay})
		shortest := time.Hour
		for range 10 {
			start := time.Now()
			if err := askFor(t, udp.Addr(), 10*time.Second); err != nil {
				t.Fatal(err)
			}
			shortest = min(shortest, time.Since(start))
		}
		if bad := shortest >= 200*time.Millisecond; bad != (delay > 0) {
			t.Errorf("delay %v: the shortest of ten round trips is %v", delay, shortest)
		}
	}
	lab.Impair(Impairment{Loss: 100})
	if got := answered(t, udp.Addr(), 20); got != 0 {
		t.Errorf("all is lost: %d of 20 answered", got)
	}
	lab.Impair(Impairment{Loss: 50})
	before := udp.Received()
	got, received := answered(t, udp.Addr(), 400), udp.Received()-before
	if received < 140 || received > 260 || received-got < received/5 || received-got > received*4/5 {
		t.Errorf("half is lost each way: %d of 400 received, %d answered", received, got)
	}
}

// Jitter alone makes packets overtake each other, but not on a line in order.
func TestImpairJitter(t *testing.T) {
	lab := NewLab(t)
	udp := lab.ListenUDP(netip.AddrPortFrom(ServerAddr(1), 0), Echo)
	for _, inOrder := range []bool{false, true} {
		lab.Impair(Impairment{Delay: 50 * time.Millisecond, Jitter: 50 * time.Millisecond, InOrder: inOrder})
		if got := slices.IsSorted(echoes(t, udp.Addr(), 200)); got != inOrder {
			t.Errorf("in order is %v, but the answers are in order: %v", inOrder, got)
		}
	}
}

// echoes sends numbered datagrams and returns the numbers of the answers in the
// order in which they come.
func echoes(t *testing.T, dst netip.AddrPort, many uint32) []uint32 {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(dst))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	for i := range many {
		if _, err := conn.Write(binary.BigEndian.AppendUint32(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	var got []uint32
	for range many {
		buffer := make([]byte, 100)
		if _, err := conn.Read(buffer); err != nil {
			t.Fatalf("%v after %d answers", err, len(got))
		}
		got = append(got, binary.BigEndian.Uint32(buffer))
	}
	return got
}

// A rule acts once on each packet although the packet passes the router twice:
// of a limit of one packet an hour the first takes one, not two.
func TestImpairRulesActOnce(t *testing.T) {
	lab := NewLab(t)
	lab.Impair(Impairment{})
	for _, addr := range serverAddrs {
		udp := lab.ListenUDP(netip.AddrPortFrom(addr, 0), Echo)
		lab.Set(Router, udp.Addr(), "limit rate over 1/hour burst 1 packets drop")
		for i, want := range []bool{true, false} {
			if got := askFor(t, udp.Addr(), time.Second) == nil; got != want {
				t.Errorf("%s: datagram %d: answered is %v", addr, i+1, got)
			}
		}
	}
}

// A host that is down is the router's to report, behind the relay as before it.
func TestImpairDownHost(t *testing.T) {
	lab := NewLab(t)
	lab.Impair(Impairment{Delay: time.Millisecond})
	var dials sync.WaitGroup
	for _, addr := range []netip.Addr{DownAddr, DownAddr6} {
		dials.Go(func() { check(t, "host down", netip.AddrPortFrom(addr, 80), syscall.EHOSTUNREACH) })
	}
	dials.Wait()
	check(t, "many", netip.AddrPortFrom(ManyAddr(1), 80), syscall.ECONNREFUSED)
}

// Streams have segments that their sender leaves to its device to cut and sum.
func TestImpairStream(t *testing.T) {
	lab := NewLab(t)
	lab.Impair(Impairment{Delay: 2 * time.Millisecond})
	for _, addr := range serverAddrs {
		conn, err := dial(t, lab.Listen(netip.AddrPortFrom(addr, 0), Endless).Addr(), patience)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if got, err := io.CopyN(io.Discard, conn, 8<<20); err != nil {
			t.Errorf("%s: %v after %d bytes", addr, err, got)
		}
	}
}

// BenchmarkRelay sends datagrams to an echo service, a few hundred in flight, so
// that the relay sees two packets for each, with a delay and without the relay.
func BenchmarkRelay(b *testing.B) {
	for name, line := range map[string]*Impairment{"none": nil, "0": {}, "5ms": {Delay: 5 * time.Millisecond, Jitter: time.Millisecond}} {
		b.Run(name, func(b *testing.B) {
			lab := NewLab(b)
			if line != nil {
				lab.Impair(*line)
			}
			server := lab.ListenUDP(netip.AddrPortFrom(ServerAddr(1), 0), Echo)
			conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(server.Addr()))
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			message := make([]byte, 20)
			const inFlight = 256
			if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
				b.Fatal(err)
			}
			for i := 0; b.Loop(); i++ {
				if _, err := conn.Write(message); err != nil {
					b.Fatal(err)
				}
				if i >= inFlight {
					if _, err := conn.Read(message); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(2*float64(b.N)/b.Elapsed().Seconds(), "packets/s")
		})
	}
}
