package scan

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

var cheap = flag.Bool("cheap", false, "of the benchmarks only those that take seconds, without peers that take longer")

// compare is porttest.Compare, with what ours takes of this process.
func compare(b *testing.B, ours func(tb testing.TB), peers ...porttest.Peer) {
	b.Helper()
	porttest.Compare(b, ours, peers...)
	porttest.ReportPeaks(b, ours)
}

// scanners are the peers that find open ports, so many, with these arguments.
func scanners(open int, arguments ...string) []porttest.Peer {
	if *cheap {
		return nil
	}
	return append(porttest.Nmap(arguments...), porttest.Masscan(open, arguments...)...)
}

// dialer is what a port scanner with the standard dialer does: a pool of
// workers.
func dialer(hosts []string, first, last, workers int, timeout time.Duration, open int) porttest.Peer {
	return porttest.Peer{Name: "net.Dialer", Run: func(tb testing.TB) {
		tb.Helper()
		endpoints := make(chan string)
		found := 0
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				dialer := net.Dialer{Timeout: timeout}
				for e := range endpoints {
					conn, err := dialer.DialContext(context.Background(), "tcp", e)
					if err != nil {
						continue
					}
					_ = conn.Close()
					mu.Lock()
					found++
					mu.Unlock()
				}
			})
		}
		for _, host := range hosts {
			for port := first; port <= last; port++ {
				endpoints <- fmt.Sprintf("%s:%d", host, port)
			}
		}
		close(endpoints)
		wg.Wait()
		if found < open {
			tb.Errorf("net.Dialer found %d open ports, want %d", found, open)
		}
	}}
}

// scans is what portcheck does, once, with failures as expected.
func scans(declared *endpoint.Declared, limits Limits, o Options, failures int) func(tb testing.TB) {
	return func(tb testing.TB) {
		tb.Helper()
		s := New(Config{Vantage: From(probe.Prober{}), Limits: limits})
		defer func() { _ = s.Close() }()
		v, err := s.Run(context.Background(), declared, o)
		if err != nil || len(v.Failures()) != failures {
			tb.Fatalf("%v, %d failures, want %d", err, len(v.Failures()), failures)
		}
	}
}

// unlimited are the default limits without a rate.
func unlimited() Limits {
	return Limits{MaxChecks: DefaultLimits.MaxChecks, MaxHosts: DefaultLimits.MaxHosts}
}

// BenchmarkLoopback sweeps all TCP ports of the loopback address, which refuses
// all but three.
func BenchmarkLoopback(b *testing.B) {
	for range 3 {
		porttest.Listen(b, porttest.AcceptClose)
	}
	ours := scans(declare(b, "127.0.0.1", "", "1-65535"), unlimited(), Options{Timeout: 5 * time.Second}, 3)
	peers := append(bareLoops(), dialer([]string{"127.0.0.1"}, 1, 65535, 256, 5*time.Second, 3))
	compare(b, ours, append(peers, scanners(3, "-p1-65535", "127.0.0.1")...)...)
}

// BenchmarkMillion sweeps all TCP ports of fifteen loopback addresses, as many as one
// object may declare. What it is about is the memory.
func BenchmarkMillion(b *testing.B) {
	if *cheap {
		b.Skip("takes ten seconds each time")
	}
	var hosts []string
	for i := range 15 {
		hosts = append(hosts, fmt.Sprintf("127.9.9.%d", i+1))
	}
	ours := scans(declare(b, strings.Join(hosts, " "), "", "1-65535"), unlimited(), Options{Timeout: 5 * time.Second}, 0)
	// The table has rows of peers alone.
	compare(b, ours, porttest.Peer{Name: "one-second", Run: func(testing.TB) { time.Sleep(time.Second) }})
}

// BenchmarkDropped looks at a thousand ports that a firewall drops, of a host that
// answers on none, at a time-out of a second: the first look alone, and with the
// re-check of the defaults.
func BenchmarkDropped(b *testing.B) {
	lab := porttest.NewLab(b)
	host := porttest.ServerAddr(1)
	lab.SetAll(porttest.Router, host, porttest.Drop)
	declared := declare(b, host.String(), "1-1000", "")
	second := porttest.Peer{Name: "one-time-out", Run: func(testing.TB) { time.Sleep(time.Second) }}
	b.Run("once", func(b *testing.B) {
		peers := []porttest.Peer{second}
		if !*cheap {
			peers = append(peers, dialer([]string{host.String()}, 1, 1000, 1000, time.Second, 0))
			peers = append(peers, porttest.Nmap("--max-retries", "0", "--initial-rtt-timeout", "1s",
				"--max-rtt-timeout", "1s", "--min-parallelism", "900", "-p1-1000", host.String())...)
		}
		compare(b, scans(declared, DefaultLimits, Options{Timeout: time.Second}, 1000), peers...)
	})
	b.Run("re-checked", func(b *testing.B) {
		o := Options{Timeout: time.Second, Rechecks: 1, RecheckInterval: time.Second}
		compare(b, scans(declared, DefaultLimits, o, 1000), second)
	})
}

// BenchmarkDroppedHosts looks at a hundred ports of each of 256 hosts that answer on
// none, with the defaults.
func BenchmarkDroppedHosts(b *testing.B) {
	if *cheap {
		b.Skip("takes half a minute each time")
	}
	lab := porttest.NewLab(b)
	var hosts []string
	for i := range 256 {
		hosts = append(hosts, porttest.ManyAddr(i+1).String())
		lab.SetAll(porttest.Router, porttest.ManyAddr(i+1), porttest.Drop)
	}
	timeout := porttest.Peer{Name: "one-time-out", Run: func(testing.TB) { time.Sleep(defaults.Timeout) }}
	for _, want := range []string{"open", "closed"} {
		b.Run("declared-"+want, func(b *testing.B) {
			declared, failures := declare(b, strings.Join(hosts, " "), "1-100", ""), 256*100
			if want == "closed" {
				declared, failures = declare(b, strings.Join(hosts, " "), "", "1-100"), 0
			}
			compare(b, scans(declared, DefaultLimits, defaults, failures), timeout)
		})
	}
}

// BenchmarkHosts looks at ten open ports of each of many hosts behind two routers, as
// fast as they answer and with the defaults.
func BenchmarkHosts(b *testing.B) {
	lab := porttest.NewLab(b)
	const first, last = 1000, 1009
	for port := first; port <= last; port++ {
		lab.ListenAll(uint16(port), porttest.AcceptClose)
	}
	for _, bench := range []struct {
		name   string
		hosts  int
		limits Limits
		short  bool
	}{
		{"500", 500, unlimited(), true},
		{"5000", 5000, unlimited(), false},
		{"5000-defaults", 5000, DefaultLimits, false},
	} {
		b.Run(bench.name, func(b *testing.B) {
			if *cheap && !bench.short {
				b.Skip("takes too long")
			}
			hosts := manyHosts(bench.hosts)
			declared := declare(b, strings.Join(hosts, " "), fmt.Sprintf("%d-%d", first, last), "")
			// The pool has as many in flight as 64 hosts of ten ports make.
			peers := []porttest.Peer{dialer(hosts, first, last, 640, 5*time.Second, len(hosts)*10)}
			peers = append(peers, scanners(len(hosts)*10, append([]string{fmt.Sprintf("-p%d-%d", first, last)}, hosts...)...)...)
			compare(b, scans(declared, bench.limits, Options{Timeout: 5 * time.Second}, 0), peers...)
		})
	}
}

// manyHosts are the first n hosts of the lab's network of many.
func manyHosts(n int) (hosts []string) {
	for i := range n {
		hosts = append(hosts, porttest.ManyAddr(i+1).String())
	}
	return hosts
}

// BenchmarkFarHosts looks at ten open ports of each of 1,000 hosts over a line with a
// round trip of 20 ms, 160 at once. That takes 10,000 / 160 round trips at least. The
// standard dialer shows how much longer the round trips of the lab's line are.
func BenchmarkFarHosts(b *testing.B) {
	if *cheap {
		b.Skip("the lab's line takes most of a processor")
	}
	const delay, atOnce = 10 * time.Millisecond, 16 // each way; hosts
	lab := porttest.NewLab(b)
	for port := range uint16(10) {
		lab.ListenAll(1000+port, porttest.AcceptClose)
	}
	lab.Impair(porttest.Impairment{Delay: delay})
	declared := declare(b, strings.Join(manyHosts(1000), " "), "1000-1009", "")
	ours := scans(declared, Limits{MaxChecks: 10, MaxHosts: atOnce}, Options{Timeout: 5 * time.Second}, 0)
	// This peer is a clock: no sleep waits for anything here.
	trips := porttest.Peer{Name: "round-trips", Run: func(testing.TB) { time.Sleep(1000 / atOnce * 2 * delay) }}
	compare(b, ours, trips, dialer(manyHosts(1000), 1000, 1009, 10*atOnce, 5*time.Second, 10_000))
}

// BenchmarkServices looks at 1,000 services of HTTP and at as many of TLS, which waits
// a moment after each handshake, a port each.
func BenchmarkServices(b *testing.B) {
	if *cheap {
		b.Skip("its peer is a clock")
	}
	now := time.Now()
	config := &tls.Config{Certificates: []tls.Certificate{porttest.NewCA(b).Certificate(b, now.Add(-time.Hour), now.Add(time.Hour), "localhost")}}
	for _, scheme := range []string{"http", "tls"} {
		b.Run(scheme, func(b *testing.B) {
			var open []string
			for range 1000 {
				server := httptest.NewUnstartedServer(http.NotFoundHandler())
				if scheme == "tls" {
					server.TLS = config
					server.StartTLS()
				} else {
					server.Start()
				}
				defer server.Close()
				_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
				open = append(open, port+"/"+scheme)
			}
			ours := scans(declare(b, "127.0.0.1", strings.Join(open, " "), ""), DefaultLimits, Options{Timeout: 5 * time.Second}, 0)
			// The peer is a second itself: no sleep waits for anything here.
			compare(b, ours, porttest.Peer{Name: "one-second", Run: func(testing.TB) { time.Sleep(time.Second) }})
		})
	}
}

// TestDescriptors: looks leave no descriptor behind once their place is closed.
func TestDescriptors(t *testing.T) {
	silent := porttest.Listen(t, porttest.Silent)
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(entries)
	}
	declared := declare(t, "127.0.0.1", silent.Addr().String()[len("127.0.0.1:"):], "1-25000 1-25000/udp")
	run := func() {
		scanner := New(Config{Vantage: From(probe.Prober{}), Limits: Limits{MaxChecks: 256, MaxHosts: 1}})
		defer func() { _ = scanner.Close() }()
		v, err := scanner.Run(t.Context(), declared, Options{Timeout: time.Second})
		if err != nil || len(v.Select(func(f verdict.Finding) bool { return f.Inconclusive() })) > 0 {
			t.Fatal(err, told(v))
		}
	}
	run()
	silent.Close()
	before := count()
	run()
	run()
	if after := count(); after > before {
		t.Errorf("%d descriptors before, %d after 100,000 looks", before, after)
	}
}
