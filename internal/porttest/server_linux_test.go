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
			check(t, "in the queue", server.Addr(), 0)
		}
		for range 2 {
			check(t, "queue full", server.Addr(), syscall.ETIMEDOUT)
		}
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		check(t, "closed", server.Addr(), syscall.ECONNREFUSED)
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
		check(t, "all addresses", netip.AddrPortFrom(addr, 4000), 0)
		check(t, "another port", netip.AddrPortFrom(addr, 4001), syscall.ECONNREFUSED)
	}
	lab.SetAll(Router, ManyAddr(5000), Drop)
	check(t, "dropped", netip.AddrPortFrom(ManyAddr(5000), 4000), syscall.ETIMEDOUT)
	check(t, "beside", netip.AddrPortFrom(ManyAddr(5001), 4000), 0)
	want := len(addrs) + 1
	// A client may know of its connection before the service does.
	for next := server.NextClient(); server.Accepted() < want; next = server.NextClient() {
		select {
		case <-next:
		case <-time.After(patience):
			t.Fatalf("accepted %d, want %d", server.Accepted(), want)
		}
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if got := server.Accepted(); got != want {
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
