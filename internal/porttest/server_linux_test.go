package porttest

import (
	"net/netip"
	"syscall"
	"testing"
	"time"
)

// A hung server takes two connections and answers nobody else, until it is
// closed.
func TestHung(t *testing.T) {
	lab := NewLab(t)
	for _, addr := range []netip.Addr{ServerAddr(1), ServerAddr6(1)} {
		server := lab.Listen(netip.AddrPortFrom(addr, 0), Hung)
		for range 2 {
			check(t, "in the queue", server.Addr(), time.Second, 0)
		}
		for range 2 {
			check(t, "queue full", server.Addr(), 300*time.Millisecond, syscall.ETIMEDOUT)
		}
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		check(t, "closed", server.Addr(), time.Second, syscall.ECONNREFUSED)
		if got := server.Accepted(); got != 0 {
			t.Errorf("accepted %d, want 0", got)
		}
	}
}

func TestListenAll(t *testing.T) {
	lab := NewLab(t)
	server := lab.ListenAll(4000, AcceptClose)
	addrs := []netip.Addr{ManyAddr(1), ManyAddr(5000), ManyAddr(Many), ServerAddr(Servers), ServerAddr6(Servers)}
	for _, addr := range addrs {
		check(t, "all addresses", netip.AddrPortFrom(addr, 4000), time.Second, 0)
		check(t, "another port", netip.AddrPortFrom(addr, 4001), time.Second, syscall.ECONNREFUSED)
	}
	lab.SetAll(Router, ManyAddr(5000), Drop)
	check(t, "dropped", netip.AddrPortFrom(ManyAddr(5000), 4000), 200*time.Millisecond, syscall.ETIMEDOUT)
	check(t, "beside", netip.AddrPortFrom(ManyAddr(5001), 4000), time.Second, 0)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := server.Accepted(), len(addrs)+1; got != want {
		t.Errorf("accepted %d, want %d", got, want)
	}
}

func TestManyAddr(t *testing.T) {
	for i, want := range map[int]string{1: "198.18.0.1", 256: "198.18.1.0", 1 << 16: "198.19.0.0", Many: "198.19.255.254"} {
		if got := ManyAddr(i).String(); got != want {
			t.Errorf("%d: got %s, want %s", i, got, want)
		}
	}
	for _, bad := range []int{0, Many + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d: no panic", bad)
				}
			}()
			ManyAddr(bad)
		}()
	}
}
