package porttest

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// serverAddrs are the same server in both families.
var serverAddrs = []netip.Addr{ServerAddr(1), ServerAddr6(1)}

// answered asks dst from many sockets at once and returns how many were
// answered within a second.
func answered(t *testing.T, dst netip.AddrPort, many int) int {
	t.Helper()
	return count(many, func() bool { return askFor(t, dst, time.Second) == nil })
}

// count runs f in many goroutines and returns how often it is true.
func count(many int, f func() bool) int {
	var n atomic.Int64
	var running sync.WaitGroup
	for range many {
		running.Go(func() {
			if f() {
				n.Add(1)
			}
		})
	}
	running.Wait()
	return int(n.Load())
}

// connected connects to dst many times at once and returns how many succeed
// before a SYN is sent again, a second later.
func connected(t *testing.T, dst netip.AddrPort, many int) int {
	t.Helper()
	return count(many, func() bool {
		dialer := net.Dialer{Timeout: 900 * time.Millisecond}
		conn, err := dialer.DialContext(t.Context(), "tcp", dst.String())
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// Half of 400 is 200, and a fair coin is within six standard deviations of it,
// 60, but once in 500 million times.
func TestLoss(t *testing.T) {
	lab := NewLab(t)
	for _, addr := range serverAddrs {
		server := lab.ListenUDP(netip.AddrPortFrom(addr, 0), Echo)
		for percent, want := range map[float64][2]int{0: {400, 400}, 50: {140, 260}, 100: {0, 0}} {
			lab.Set(Router, server.Addr(), Loss(percent))
			before := server.Received()
			got := answered(t, server.Addr(), 400)
			if got < want[0] || got > want[1] {
				t.Errorf("%s: loss of %v %%: %d of 400 answered, want %v", addr, percent, got, want)
			}
			if received := server.Received() - before; received != got {
				t.Errorf("%s: loss of %v %%: %d received, %d answered: lost on the way back", addr, percent, received, got)
			}
		}
	}
}

// Loss in both directions: a half of the half that arrives is answered in vain.
func TestLose(t *testing.T) {
	lab := NewLab(t)
	for _, addr := range serverAddrs {
		server := lab.ListenUDP(netip.AddrPortFrom(addr, 0), Echo)
		lab.Set(Router, server.Addr(), Accept) // is after the loss
		lab.Lose(50)
		got, received := answered(t, server.Addr(), 400), server.Received()
		if received < 140 || received > 260 {
			t.Errorf("%s: %d of 400 received, want 140 to 260", addr, received)
		}
		if lost := received - got; lost < received/5 || lost > received*4/5 {
			t.Errorf("%s: of %d received %d are lost on the way back, want about half", addr, received, lost)
		}
		lab.Lose(0)
		if got := answered(t, server.Addr(), 50); got != 50 {
			t.Errorf("%s: no loss: %d of 50 answered", addr, got)
		}
	}
}

// A policer lets the burst pass and then one SYN a second; it
// counts SYNs and nothing else.
func TestPolicer(t *testing.T) {
	lab := NewLab(t)
	for _, addr := range serverAddrs {
		tcp := lab.Listen(netip.AddrPortFrom(addr, 0), AcceptClose).Addr()
		udp := lab.ListenUDP(netip.AddrPortFrom(addr, tcp.Port()), Echo).Addr()
		lab.SetAll(Router, addr, Policer(1, 20))
		if got := answered(t, udp, 50); got != 50 {
			t.Errorf("%s: %d of 50 datagrams answered", addr, got)
		}
		// Those that a second or two of the test add.
		if got := connected(t, tcp, 60); got < 20 || got > 25 {
			t.Errorf("%s: %d of 60 connected, want 20", addr, got)
		}
		lab.SetAll(Router, addr, Accept)
	}
}

func TestBan(t *testing.T) {
	lab := NewLab(t)
	for _, addr := range serverAddrs {
		tcp := lab.Listen(netip.AddrPortFrom(addr, 0), AcceptClose).Addr()
		udp := lab.ListenUDP(netip.AddrPortFrom(addr, 0), Echo).Addr()
		for at, duration := range map[Place]time.Duration{Router: 2 * time.Second, Host: time.Hour} {
			lab.SetAll(at, addr, Ban(30, duration))
			if got := answered(t, udp, 50); got != 50 {
				t.Errorf("%s: %d of 50 datagrams answered: only SYNs count", addr, got)
			}
			if got := connected(t, tcp, 10); got != 10 {
				t.Errorf("%s: %d of 10 connected", addr, got)
			}
			start := time.Now()
			if got := connected(t, tcp, 100); got >= 100 {
				t.Errorf("%s: %d of 100 connected, no ban", addr, got)
			}
			if duration == time.Hour {
				check(t, "banned", tcp, syscall.ETIMEDOUT)
				if err := ask(t, udp); err == nil {
					t.Errorf("%s: UDP passes in spite of the ban", addr)
				}
			} else if check(t, "ban over", tcp, 0); time.Since(start) < duration {
				t.Errorf("%s: the ban took %v, want %v", addr, time.Since(start), duration)
			}
			lab.SetAll(at, addr, Ban(30, duration))
			check(t, "set again: forgotten", tcp, 0)
			lab.SetAll(at, addr, Accept)
		}
	}
}

func TestLimitICMP(t *testing.T) {
	for _, limited := range []bool{false, true} {
		t.Run("", func(t *testing.T) {
			lab := NewLab(t)
			if limited {
				lab.LimitICMP()
			}
			for at, port := range map[Place]uint16{Router: 4000, Host: 4001} {
				for _, addr := range serverAddrs {
					dst := netip.AddrPortFrom(addr, port)
					lab.Set(at, dst, RejectPort)
					got := refused(t, dst, 50)
					// Without a limit one of 50 is lost now and then: the kernel drops an
					// ICMP error while it sends another on the same processor
					// (net/ipv4/icmp.c, icmp_xmit_lock). With one, few are answered.
					if most := 45; limited && (got == 0 || got > most) || !limited && got <= most {
						t.Errorf("limited is %v: %s at the %s: %d of 50 are answered", limited, addr, at, got)
					}
				}
			}
		})
	}
}

// TestBanBy: what answers for the endpoints during a ban is the device.
func TestBanBy(t *testing.T) {
	lab := NewLab(t)
	for _, addr := range serverAddrs {
		tcp := lab.Listen(netip.AddrPortFrom(addr, 0), AcceptClose).Addr()
		for _, rule := range []Rule{RejectReset, RejectAdmin} {
			want := syscall.EHOSTUNREACH
			if rule == RejectReset {
				want = syscall.ECONNREFUSED
			} else if addr.Is6() {
				want = syscall.EACCES
			}
			lab.SetAll(Router, addr, BanBy(rule, 30, time.Hour))
			if got := connected(t, tcp, 100); got == 0 || got == 100 {
				t.Errorf("%s, %s: %d of 100 connected", rule, addr, got)
			}
			check(t, string(rule), tcp, want)
		}
	}
}

// refused asks dst many times at once and returns how many get an ICMP error.
func refused(t *testing.T, dst netip.AddrPort, many int) int {
	t.Helper()
	return count(many, func() bool { return isRefused(askFor(t, dst, time.Second)) })
}

// A rule is a string: what nft is not to see must come back out of it.
func TestParseBan(t *testing.T) {
	for rule, want := range map[Rule]ban{
		Ban(100, 20*time.Second):                {100, 20000, Drop},
		BanBy(RejectReset, 5, 20*time.Second):   {5, 20000, RejectReset},
		BanBy(RejectCode(13), 5, time.Second/2): {5, 500, RejectCode(13)},
	} {
		if got, ok := parseBan(rule); !ok || got != want {
			t.Errorf("%s: got %v, %v, want %v", rule, got, ok, want)
		}
	}
	for _, rule := range []Rule{Drop, RejectCode(3), Loss(10), Policer(1, 2)} {
		if _, ok := parseBan(rule); ok {
			t.Errorf("%s is no ban", rule)
		}
	}
}
