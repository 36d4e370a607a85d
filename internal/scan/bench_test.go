package scan

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// A peer does the same work by other means, in the same run.
type peer struct {
	name string
	run  func(tb testing.TB)
}

// compare times ours and each peer in turns and reports our time as a share of
// each peer's.
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
}

func nmap(arguments ...string) peer {
	return peer{"nmap", func(tb testing.TB) {
		tb.Helper()
		out, err := exec.Command("nmap", append([]string{"-sT", "-n", "-Pn", "-oG", "-"}, arguments...)...).CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("Host: ")) {
			tb.Fatalf("nmap: %v\n%s", err, out)
		}
	}}
}

// BenchmarkLoopback sweeps all TCP ports of the loopback address, which refuses
// all but three.
func BenchmarkLoopback(b *testing.B) {
	for range 3 {
		porttest.Listen(b, porttest.AcceptClose)
	}
	declared := declare(b, "127.0.0.1", "", "1-65535")
	ours := func(tb testing.TB) {
		tb.Helper()
		v, err := New(Config{Limits: Limits{MaxChecks: 256, MaxHosts: 1}}).Run(tb.Context(), declared, Options{Timeout: 5 * time.Second})
		if err != nil || len(v.Failures()) != 3 {
			tb.Fatalf("%v, %d ports are open, want 3", err, len(v.Failures()))
		}
	}
	dialer := peer{"net.Dialer", func(tb testing.TB) {
		tb.Helper()
		if open := dialAll(tb.Context()); open < 3 {
			tb.Fatalf("%d ports are open, want 3", open)
		}
	}}
	peers := []peer{dialer}
	if _, err := exec.LookPath("nmap"); err == nil {
		peers = append(peers, nmap("-T5", "-p1-65535", "127.0.0.1"))
	}
	compare(b, ours, peers)
}

// dialAll is what a port scanner with the standard dialer does: 256 workers.
func dialAll(ctx context.Context) int {
	ports := make(chan int)
	open := 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 256 {
		wg.Go(func() {
			dialer := net.Dialer{Timeout: 5 * time.Second}
			for port := range ports {
				conn, err := dialer.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
				if err != nil {
					continue
				}
				_ = conn.Close()
				mu.Lock()
				open++
				mu.Unlock()
			}
		})
	}
	for port := 1; port <= 65535; port++ {
		ports <- port
	}
	close(ports)
	wg.Wait()
	return open
}

// BenchmarkDropped looks at a thousand ports that a firewall drops, of a host
// that answers on none, for a second each.
func BenchmarkDropped(b *testing.B) {
	lab := porttest.NewLab(b)
	lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
	declared := declare(b, porttest.ServerAddr(1).String(), "1-1000", "")
	ours := func(tb testing.TB) {
		tb.Helper()
		v, err := New(Config{Limits: Limits{MaxChecks: 1000, MaxHosts: 1}}).Run(tb.Context(), declared, Options{Timeout: time.Second})
		if err != nil || len(v.Select(func(f verdict.Finding) bool { return f.Cause == verdict.HostDown })) != 1000 {
			tb.Fatalf("%v, %d failures", err, len(v.Failures()))
		}
	}
	var peers []peer
	if _, err := exec.LookPath("nmap"); err == nil {
		peers = append(peers, nmap("-T5", "--max-retries", "0", "--initial-rtt-timeout", "1s", "--max-rtt-timeout", "1s", "--min-parallelism", "900", "-p1-1000", porttest.ServerAddr(1).String()))
	}
	compare(b, ours, peers)
}
