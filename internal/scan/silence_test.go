package scan

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// runFor does a run in a bubble of time and returns how long it took.
func runFor(t *testing.T, net *network, limits Limits, hosts, open, closed string, options func(*Options)) (v verdict.Verdict, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := defaults
		if options != nil {
			options(&o)
		}
		began := time.Now()
		var err error
		v, err = New(Config{Vantage: net, Limits: limits}).Run(t.Context(), declare(t, hosts, open, closed), o)
		if err != nil {
			t.Fatal(err)
		}
		took = time.Since(began)
	})
	return v, took
}

// TestSilentPortsAreAskedTwice: of many silent ports of one address a sample is asked
// slowly, and all are asked again.
func TestSilentPortsAreAskedTwice(t *testing.T) {
	net := &network{pings: map[string]bool{"192.0.2.1": true}}
	v, took := runFor(t, net, Limits{MaxChecks: 1000, MaxHosts: 1}, "192.0.2.1", "1-1000", "", func(o *Options) { o.Timeout = time.Second })
	// One second; the pause; the sample's 15 gaps of 20 ms; its two seconds.
	if took != 4300*time.Millisecond {
		t.Errorf("took %s", took)
	}
	asked, patiently := map[string]int{}, 0
	for _, line := range net.looks {
		at := strings.Fields(line)
		asked[at[1]]++
		if at[2] == "2s" {
			patiently++
		}
	}
	for at, n := range asked {
		if n != 2 {
			t.Fatalf("%s was asked %d times", at, n)
		}
	}
	if len(asked) != 1000 || patiently != alikeSample {
		t.Errorf("%d ports asked, %d of them patiently", len(asked), patiently)
	}
	for _, f := range v.Findings {
		if f.Cause != verdict.ProberBlocked || f.Looks != 2 {
			t.Fatalf("%s: %s after %d looks", f.Endpoint, f.Cause, f.Looks)
		}
	}
}

// TestSilenceIsBroken: as soon as anything of an address comes back, what is still
// silent there is asked slowly and patiently.
func TestSilenceIsBroken(t *testing.T) {
	tests := []struct {
		name string
		say  string // the answer to the second look
		port int
	}{
		{"by a port of the sample", "open", 1},
		{"by a refusal of the sample", "closed", 501},
		{"by an ICMP error", "host-unreach", 1},
		{"by one of the rest", "open", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at, late := fmt.Sprint("192.0.2.1:", tt.port), "192.0.2.1:778"
			net := &network{ports: answers{at: {"silent", tt.say}, late: {"silent", "silent", "open"}}}
			if tt.port != 2 {
				net.ports[late] = []string{"silent", "open"} // it is asked once more, patiently
			}
			v, took := runFor(t, net, Limits{MaxChecks: 1000, MaxHosts: 1}, "192.0.2.1", "1-1000", "", nil)
			if took < 20*time.Second {
				t.Errorf("took %s", took)
			}
			for _, f := range v.Findings {
				if name := f.Endpoint.String(); name == "tcp://"+late && !f.AsDeclared() {
					t.Errorf("%s is %s", late, f.Last.State)
				} else if f.Looks < 2 {
					t.Errorf("%s was looked at once", name)
				}
			}
			patiently := 0
			for _, line := range net.looks {
				if strings.HasSuffix(line, " 10s") {
					patiently++
				}
			}
			if patiently < 999 {
				t.Errorf("%d were asked patiently", patiently)
			}
		})
	}
}

// TestOneAnswersLater: one port among many silent ones that is heard at the second
// look only is found, wherever it is.
func TestOneAnswersLater(t *testing.T) {
	for _, port := range []int{1, 2, 499, 1000} {
		at := fmt.Sprint("192.0.2.1:", port)
		v, _ := runFor(t, &network{ports: answers{at: {"silent", "open"}}}, DefaultLimits, "192.0.2.1", "1-1000", "", nil)
		for _, f := range v.Findings {
			if f.Endpoint.String() == "tcp://"+at && !f.Flapping() {
				t.Errorf("%s is %s", at, f.Last.State)
			}
		}
	}
}

// TestSampleComesFirst: the sample has its head start also where many UDP ports are asked
// slowly with it.
func TestSampleComesFirst(t *testing.T) {
	net := &network{}
	_, _ = runFor(t, net, DefaultLimits, "192.0.2.1", "1-1000 2001-2500/udp", "", nil)
	sampled := 0
	for _, line := range net.looks {
		at := strings.Fields(line)
		switch tcp := netip.MustParseAddrPort(at[1]).Port() <= 1000; {
		case tcp && at[2] == "10s":
			sampled++
		case tcp && at[2] == longestSecond.String() && sampled < alikeSample:
			t.Fatalf("the rest is asked after %d of the sample", sampled)
		}
	}
	if sampled != alikeSample {
		t.Errorf("%d are in the sample", sampled)
	}
}

// TestFewSilentPorts, and many of an address that answers elsewhere, are all asked
// slowly.
func TestFewSilentPorts(t *testing.T) {
	tests := []struct {
		name, open, closed string
		ports              answers
		silent             int
	}{
		{"few", "1-49", "", nil, 49},
		{"one of them is open", "1-100", "", answers{"192.0.2.1:7": {"open"}}, 99},
		{"a port declared closed refuses", "1-100", "101", answers{"192.0.2.1:101": {"closed"}}, 100},
		{"one is rejected", "1-100", "", answers{"192.0.2.1:7": {"host-unreach"}}, 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			net := &network{ports: tt.ports}
			_, _ = runFor(t, net, DefaultLimits, "192.0.2.1", tt.open, tt.closed, nil)
			patiently := 0
			for _, line := range net.looks {
				if strings.HasSuffix(line, " 10s") {
					patiently++
				}
			}
			if patiently != tt.silent {
				t.Errorf("%d were asked patiently, want %d", patiently, tt.silent)
			}
		})
	}
}

// TestSilentHostsAreWaitedFor: hosts that are silent do not keep others from being
// probed, but for a moment.
func TestSilentHostsAreWaitedFor(t *testing.T) {
	for _, declared := range []struct {
		open, closed string
		want         time.Duration
	}{
		{"", "1-100", 3*waitAfter + 5*time.Second},
		// The re-check has 15 gaps of 20 ms. No host waits for another in it.
		{"1-100", "", 3*waitAfter + 5*time.Second + time.Second + 10*time.Second + 300*time.Millisecond},
	} {
		_, took := runFor(t, &network{}, Limits{MaxChecks: 256, MaxHosts: 64}, "192.0.2.0/24", declared.open, declared.closed, nil)
		if took > declared.want {
			t.Errorf("open %q, closed %q: took %s, want %s", declared.open, declared.closed, took, declared.want)
		}
	}
}

// TestWaitingLater: where too many addresses are waited for, one that is silent gives its
// place to another as soon as it may, and once.
func TestWaitingLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(Limits{MaxChecks: 2, MaxHosts: 1})
		first := netip.MustParseAddr("192.0.2.1")
		addr := first
		for range waitFactor {
			w, err := l.enter(t.Context(), addr)
			if err != nil || !l.wait(w) {
				t.Fatal(err)
			}
			addr = addr.Next()
		}
		last, err := l.enter(t.Context(), addr)
		if err != nil || l.acquire(t.Context(), last) != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * waitAfter) // of the bubble's time: last's timer has fired, and nobody left
		l.leave(first)
		time.Sleep(waitAfter)
		synctest.Wait()
		if !last.waiting.Load() {
			t.Error("it keeps its place")
		}
		if !l.wait(last) || len(l.waiting) != waitFactor || len(l.hosts) != 0 {
			t.Errorf("%d are waited for, %d probed", len(l.waiting), len(l.hosts))
		}
	})
}

// TestWaiting: a host that answers later than others gets its place back before it is
// looked at again, and what waits is bounded.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(Limits{MaxChecks: 2, MaxHosts: 1})
		var windows []*window
		addr := netip.MustParseAddr("192.0.2.1")
		for range waitFactor {
			w, err := l.enter(t.Context(), addr)
			if err != nil || l.acquire(t.Context(), w) != nil {
				t.Fatal(err)
			}
			l.release(w)
			windows = append(windows, w)
			time.Sleep(waitAfter)
			synctest.Wait()
			addr = addr.Next()
		}
		if len(l.waiting) != waitFactor || len(l.hosts) != 0 {
			t.Errorf("%d are waited for, %d probed", len(l.waiting), len(l.hosts))
		}
		last, err := l.enter(t.Context(), addr) // nobody may be waited for besides
		if err != nil || l.acquire(t.Context(), last) != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * waitAfter)
		windows[0].heard.Store(true)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := l.acquire(t.Context(), windows[0]); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if !windows[0].waiting.Load() {
			t.Error("looked at beyond max_hosts")
		}
		l.release(last)
		l.leave(addr)
		wg.Wait()
		got := []int{len(l.waiting), len(l.hosts), len(windows[0].tokens)}
		if diff := cmp.Diff([]int{waitFactor - 1, 1, 2}, got); diff != "" {
			t.Errorf("waited for, probed, in flight (-want +got)\n%s", diff)
		}
		for i, a := 0, netip.MustParseAddr("192.0.2.1"); i < waitFactor; i, a = i+1, a.Next() {
			l.leave(a)
		}
		if len(l.waiting)+len(l.hosts)+len(l.windows) != 0 {
			t.Error("places are not given back")
		}
	})
}
