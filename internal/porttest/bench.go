package porttest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// Peer does the same work as a benchmark by other means, in the same run.
type Peer struct {
	Name string
	Run  func(tb testing.TB)
}

// leastCPU is what a peer has to take of processors in a turn to be compared by that:
// one that sleeps does not.
const leastCPU = 10 * time.Millisecond

// Compare times ours and each peer in turns. It reports the median of our times, and
// for each peer the median of our time as a share of its own in the same turn, with
// the least and the greatest (x:, lo:, hi:), and the median share of the processors'
// time (cpu:), in which nobody else on the machine has a part.
func Compare(b *testing.B, ours func(tb testing.TB), peers ...Peer) {
	b.Helper()
	timed := func(run func(tb testing.TB)) (wall, cpu float64) {
		began, used := time.Now(), cpuTime()
		run(b)
		return float64(time.Since(began)), float64(cpuTime() - used)
	}
	var took []float64
	shares, ofCPU := make([][]float64, len(peers)), make([][]float64, len(peers))
	for b.Loop() {
		wall, cpu := timed(ours)
		took = append(took, wall)
		for i, p := range peers {
			itsWall, itsCPU := timed(p.Run)
			shares[i] = append(shares[i], wall/itsWall)
			if itsCPU >= float64(leastCPU) {
				ofCPU[i] = append(ofCPU[i], cpu/itsCPU)
			}
		}
	}
	b.ReportMetric(median(took), "ns/op")
	for i, p := range peers {
		b.ReportMetric(median(shares[i]), "x:"+p.Name)
		b.ReportMetric(slices.Min(shares[i]), "lo:"+p.Name)
		b.ReportMetric(slices.Max(shares[i]), "hi:"+p.Name)
		if len(ofCPU[i]) == len(took) {
			b.ReportMetric(median(ofCPU[i]), "cpu:"+p.Name)
		}
	}
}

// ReportPeaks does ours once more and reports what this process has of memory and
// descriptors meanwhile.
func ReportPeaks(b *testing.B, ours func(tb testing.TB)) {
	b.Helper()
	megabytes, descriptors := peaks(func() { ours(b) })
	b.ReportMetric(megabytes, "peak-MB")
	b.ReportMetric(float64(descriptors), "peak-descriptors")
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
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

// Nmap is a peer where it is installed, by connects and, for root, by raw packets.
func Nmap(arguments ...string) []Peer {
	if _, err := exec.LookPath("nmap"); err != nil {
		return nil
	}
	by := func(how string) Peer {
		return Peer{"nmap" + how, func(tb testing.TB) {
			tb.Helper()
			all := append([]string{how, "-n", "-Pn", "-T5", "-oG", "-"}, arguments...)
			out, err := exec.CommandContext(tb.Context(), "nmap", all...).CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte("Host: ")) {
				tb.Fatalf("nmap: %v\n%s", err, out)
			}
		}}
	}
	if os.Geteuid() != 0 {
		return []Peer{by("-sT")}
	}
	return []Peer{by("-sT"), by("-sS")}
}

// Masscan is a peer where it is installed and finds the open ports: at a rate beyond
// what the path bears it does not, nor on loopback.
func Masscan(open int, arguments ...string) []Peer {
	if _, err := exec.LookPath("masscan"); err != nil || os.Geteuid() != 0 {
		return nil
	}
	found := func() int {
		all := append([]string{"--rate", "50000", "--wait", "1", "-oL", "-"}, arguments...)
		out, err := exec.CommandContext(context.Background(), "masscan", all...).Output()
		if err != nil {
			return -1
		}
		return bytes.Count(out, []byte("open tcp "))
	}
	if found() < open {
		return nil
	}
	return []Peer{{"masscan", func(tb testing.TB) {
		tb.Helper()
		if n := found(); n < open {
			tb.Logf("masscan found %d of %d open ports", n, open)
		}
	}}}
}
