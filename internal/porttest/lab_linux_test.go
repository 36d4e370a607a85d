package porttest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// check compares what a dial says with the errno that is expected, 0 for a
// connection and ETIMEDOUT for the dialer's own timeout.
func check(t *testing.T, what string, dst netip.AddrPort, want syscall.Errno) time.Duration {
	t.Helper()
	timeout := patience
	if want == syscall.ETIMEDOUT {
		timeout = silence
	}
	start := time.Now()
	_, err := dial(t, dst, timeout)
	took := time.Since(start)
	var timedOut net.Error
	switch {
	case want == 0 && err == nil:
	case want == syscall.ETIMEDOUT && errors.As(err, &timedOut) && timedOut.Timeout():
	case want != 0 && want != syscall.ETIMEDOUT && errors.Is(err, want):
	default:
		t.Errorf("%s: %s: got %v after %v, want %s", what, dst, err, took, nameOf(want))
	}
	return took
}

func nameOf(want syscall.Errno) string {
	if want == 0 {
		return "a connection"
	}
	return want.Error()
}

func TestUnroute(t *testing.T) {
	lab := NewLab(t)
	addrs := []netip.AddrPort{
		lab.Listen(netip.AddrPortFrom(ServerAddr(1), 0), Silent).Addr(),
		lab.Listen(netip.AddrPortFrom(ServerAddr6(1), 0), Silent).Addr(),
	}
	lab.Unroute()
	for _, addr := range addrs {
		check(t, "no route", addr, syscall.ENETUNREACH)
	}
	lab.Reroute()
	for _, addr := range addrs {
		check(t, "rerouted", addr, 0)
	}
}

func TestDownHost(t *testing.T) {
	NewLab(t)
	for _, addr := range []netip.Addr{DownAddr, DownAddr6} {
		if took := check(t, "host down", netip.AddrPortFrom(addr, 80), syscall.EHOSTUNREACH); took < 2*time.Second {
			t.Errorf("%s: %v, but three solicitations take about 3 s", addr, took)
		}
	}
}

func TestCloseServer(t *testing.T) {
	lab := NewLab(t)
	for _, addr := range []netip.Addr{ServerAddr(4), ServerAddr6(4)} {
		server := lab.Listen(netip.AddrPortFrom(addr, 4242), AcceptClose)
		next := server.NextClient()
		check(t, "open", server.Addr(), 0)
		<-next
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		check(t, "closed", server.Addr(), syscall.ECONNREFUSED)
		if got := server.Accepted(); got != 1 {
			t.Errorf("accepted %d, want 1", got)
		}
	}
}

func TestLabsInSequence(t *testing.T) {
	for range 3 {
		t.Run("", func(t *testing.T) {
			start := time.Now()
			lab := NewLab(t)
			server := lab.Listen(netip.AddrPortFrom(ServerAddr(1), 80), AcceptClose).Addr()
			check(t, "new lab", server, 0)
			server6 := lab.Listen(netip.AddrPortFrom(ServerAddr6(1), 80), AcceptClose).Addr()
			check(t, "new lab", server6, 0)
			t.Logf("lab and first connections: %v", time.Since(start))
			lab.Set(Router, server, Drop) // Not to be there in the next one.
			if other, err := OpenLab(nil); err == nil {
				t.Error("a second lab at the same time: no error", other.Close())
			}
		})
		if _, err := net.InterfaceByName("prober0"); err == nil {
			t.Error("prober0 outlives its lab")
		}
	}
}

func TestBadRuleFails(t *testing.T) {
	var failed error
	if Unavailable() != "" {
		t.Skip(Unavailable())
	}
	lab, err := OpenLab(func(err error) {
		failed = err
		panic(err)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer lab.Close()
	server := lab.Listen(netip.AddrPortFrom(ServerAddr6(1), 0), AcceptClose).Addr()
	for _, bad := range []struct {
		at   Place
		rule Rule
	}{{Router, RejectProto}, {Host, "reject with a smile"}, {"moon", Drop}} {
		failed = nil
		func() {
			defer func() { _ = recover() }()
			lab.Set(bad.at, server, bad.rule)
		}()
		if failed == nil {
			t.Errorf("%v: no failure", bad)
		}
		t.Log(failed)
	}
	lab.Set(Router, server, Accept) // The bad ones are forgotten.
	check(t, "after bad rules", server, 0)
}

// stoppedTB records how NewLab ends a test.
type stoppedTB struct {
	testing.TB
	how string
}

func (s *stoppedTB) Helper() {}
func (s *stoppedTB) Skipf(f string, args ...any) {
	s.how = "skip: " + fmt.Sprintf(f, args...)
	panic(s)
}
func (s *stoppedTB) Fatalf(f string, args ...any) {
	s.how = "fail: " + fmt.Sprintf(f, args...)
	panic(s)
}

func TestNewLabWithoutLab(t *testing.T) {
	before := unavailable
	unavailable = "nft is not installed"
	defer func() { unavailable = before }()
	for require, want := range map[string]string{"": "skip: ", "1": "fail: "} {
		t.Setenv(RequireEnv, require)
		tb := &stoppedTB{}
		func() {
			defer func() { _ = recover() }()
			NewLab(tb)
		}()
		if !strings.HasPrefix(tb.how, want) || !strings.Contains(tb.how, unavailable) {
			t.Errorf("%s=%q: got %q, want %s…", RequireEnv, require, tb.how, want)
		}
	}
	if _, err := OpenLab(nil); err == nil {
		t.Error("OpenLab: no error")
	}
}

func TestNothingIsMounted(t *testing.T) {
	before, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	NewLab(t)
	after, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}
