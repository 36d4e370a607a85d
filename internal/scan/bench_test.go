package scan

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// A peer does the same work by other means, in the same run.
type peer struct {
	name string
	run  func(tb testing.TB)
}

// compare times ours and each peer in turns and reports our time as a share of
// each peer's, and what ours had of memory and descriptors at most.
func compare(b *testing.B, ours func(tb testing.TB), peers []peer) {
	b.Helper()
	took := make([]time.Duration, len(peers))
	for b.Loop() {
		ours(b)
		b.StopTimer()
		for i, p := range peers {
			began := time.Now()
			p.run(b)
			took[i] += time.Since(began)
		}
		b.StartTimer()
	}
	for i, p := range peers {
		if took[i] > 0 {
			b.ReportMetric(float64(b.Elapsed())/float64(took[i]), "x:"+p.name)
		}
	}
	megabytes, descriptors := peaks(func() { ours(b) })
	b.ReportMetric(megabytes, "peak-MB")
	b.ReportMetric(float64(descriptors), "peak-descriptors")
}

// peaks samples what this process has of memory and descriptors while it does
// something.
func peaks(do func()) (megabytes float64, descriptors int) {
	ended, sampled := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sampled)
		for {
			if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
				descriptors = max(descriptors, len(entries))
			}
			var pages, resident int
			if b, err := os.ReadFile("/proc/self/statm"); err == nil {
				_, _ = fmt.Sscan(string(b), &pages, &resident)
			}
			megabytes = max(megabytes, float64(resident*os.Getpagesize())/1e6)
			select {
			case <-ended:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	do()
	close(ended)
	<-sampled
	return megabytes, descriptors
}

// nmap is a peer where it is installed.
func nmap(arguments ...string) []peer {
	if _, err := exec.LookPath("nmap"); err != nil {
		return nil
	}
	return []peer{{"nmap-sT", func(tb testing.TB) {
		tb.Helper()
		all := append([]string{"-sT", "-n", "-Pn", "-T5", "-oG", "-"}, arguments...)
		out, err := exec.Command("nmap", all...).CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("Host: ")) {
			tb.Fatalf("nmap: %v\n%s", err, out)
		}
	}}}
}

// dialer is what a port scanner with the standard dialer does: a pool of
// workers.
func dialer(hosts []string, first, last, workers int, timeout time.Duration, open int) peer {
	return peer{"net.Dialer", func(tb testing.TB) {
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

// sweep is what portcheck does, once, with failures as expected.
func sweep(declared *endpoint.Declared, limits Limits, timeout time.Duration, failures int) func(tb testing.TB) {
	return func(tb testing.TB) {
		tb.Helper()
		s := New(Config{Vantage: From(probe.Prober{}), Limits: limits})
		v, err := s.Run(context.Background(), declared, Options{Timeout: timeout})
		if err != nil || len(v.Failures()) != failures {
			tb.Fatalf("%v, %d failures, want %d", err, len(v.Failures()), failures)
		}
	}
}

// BenchmarkLoopback sweeps all TCP ports of the loopback address, which refuses
// all but three.
func BenchmarkLoopback(b *testing.B) {
	for range 3 {
		porttest.Listen(b, porttest.AcceptClose)
	}
	ours := sweep(declare(b, "127.0.0.1", "", "1-65535"), Limits{MaxChecks: 256, MaxHosts: 1}, 5*time.Second, 3)
	peers := append(bareLoops(), dialer([]string{"127.0.0.1"}, 1, 65535, 256, 5*time.Second, 3))
	compare(b, ours, append(peers, nmap("-p1-65535", "127.0.0.1")...))
}

// BenchmarkDropped looks at a thousand ports that a firewall drops, of a host
// that answers on none, for a second each.
func BenchmarkDropped(b *testing.B) {
	lab := porttest.NewLab(b)
	host := porttest.ServerAddr(1)
	lab.SetAll(porttest.Router, host, porttest.Drop)
	ours := sweep(declare(b, host.String(), "1-1000", ""), Limits{MaxChecks: 1000, MaxHosts: 1}, time.Second, 1000)
	peers := []peer{
		{"one-time-out", func(testing.TB) { time.Sleep(time.Second) }},
		dialer([]string{host.String()}, 1, 1000, 1000, time.Second, 0),
	}
	peers = append(peers, nmap(
		"--max-retries", "0",
		"--initial-rtt-timeout", "1s",
		"--max-rtt-timeout", "1s",
		"--min-parallelism", "900",
		"-p1-1000",
		host.String(),
	)...)
	compare(b, ours, peers)
}

// BenchmarkHosts looks at ten open ports of each of 5,000 hosts over a line
// with a round trip of 20 ms.
func BenchmarkHosts(b *testing.B) {
	lab := porttest.NewLab(b)
	const first, last = 1000, 1009
	var hosts []string
	for i := range 5000 {
		hosts = append(hosts, porttest.ManyAddr(i+1).String())
	}
	for port := first; port <= last; port++ {
		lab.ListenAll(uint16(port), porttest.AcceptClose)
	}
	lab.Impair(porttest.Impairment{Delay: 10 * time.Millisecond})
	declared := declare(b, strings.Join(hosts, " "), fmt.Sprintf("%d-%d", first, last), "")
	ours := sweep(declared, Limits{MaxChecks: DefaultLimits.MaxChecks, MaxHosts: DefaultLimits.MaxHosts}, 5*time.Second, 0)
	// The pool has as many in flight as 64 hosts of ten ports make.
	peers := []peer{dialer(hosts, first, last, 640, 5*time.Second, len(hosts)*10)}
	compare(b, ours, append(peers, nmap(append([]string{fmt.Sprintf("-p%d-%d", first, last)}, hosts...)...)...))
}

// BenchmarkServices looks at 1,000 services of HTTP and at as many of TLS, which waits
// a moment after each handshake, a port each.
func BenchmarkServices(b *testing.B) {
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
			limits := Limits{MaxChecks: DefaultLimits.MaxChecks, MaxHosts: DefaultLimits.MaxHosts, MaxRate: DefaultLimits.MaxRate}
			ours := sweep(declare(b, "127.0.0.1", strings.Join(open, " "), ""), limits, 5*time.Second, 0)
			// The peer is a second itself: no sleep waits for anything here.
			compare(b, ours, []peer{{"one-second", func(testing.TB) { time.Sleep(time.Second) }}})
		})
	}
}

// TestDescriptors: looks leave no descriptor behind.
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
	scanner := New(Config{Vantage: From(probe.Prober{}), Limits: Limits{MaxChecks: 256, MaxHosts: 1}})
	run := func() {
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
