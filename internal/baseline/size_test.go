//go:build !race

// The race detector has nothing to find in this package, and takes a minute for
// files of this size.

package baseline_test

import (
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

const large = 70_000_000 // bytes; estates have Nessus files of this size

// TestMemory holds the memory that a parser needs beside a large text to half the
// size of that text; a tree of it would be several times its size.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("large texts take a while")
	}
	const limit, attempts = large / 2, 3
	for _, file := range largeFiles {
		t.Run(file.name, func(t *testing.T) {
			text := file.make(large)
			// What a parser throws away while the collection runs counts too, and
			// on a busy machine that is much: the least peak is the true one.
			least := uint64(math.MaxUint64)
			for range attempts {
				if least = min(least, peak(t, file, text)); least <= limit {
					break
				}
			}
			t.Logf("%.1f MB; %.1f MB more heap at the peak", float64(len(text))/1e6, float64(least)/1e6)
			if least > limit {
				t.Errorf("more than %d bytes", limit)
			}
		})
	}
}

// peak is how much more memory was in use while text was parsed.
func peak(t *testing.T, file largeFile, text string) uint64 {
	t.Helper()
	before := heap()
	done := make(chan error, 1)
	go func() {
		_, err := file.parse(t.Context(), text)
		done <- err
	}()
	most := before
	for tick := time.Tick(10 * time.Millisecond); ; {
		select {
		case <-tick:
			most = max(most, heap())
			continue
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
		}
		break
	}
	runtime.KeepAlive(text)
	return most - before
}

// heap is how much memory is in use, without the garbage of before.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkParse(b *testing.B) {
	for _, file := range largeFiles {
		b.Run(file.name, func(b *testing.B) {
			text := file.make(large)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := file.parse(b.Context(), text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestLargeElements: what would be in memory several times has a bound.
func TestLargeElements(t *testing.T) {
	long := strings.Repeat("y", 16<<20)
	for name, test := range map[string]struct {
		parse parser
		text  string
		want  string
	}{
		"attribute": {nmapByAddress, "<nmaprun><x a=\"" + long + "\"/></nmaprun>", "line 1: an element, a text or a comment is larger than 16 MiB"},
		"text":      {nessusByIP, "<NessusClientData_v2>\n<x>" + long + "</x></NessusClientData_v2>", "line 2: an element, a text or a comment is larger than 16 MiB"},
		"comment":   {openvasByIP, "<report><!--" + long + "--></report>", "line 1: an element, a text or a comment is larger than 16 MiB"},
		"CDATA":     {openvasByIP, "<report><![CDATA[" + long + "]]></report>", "line 1: an element, a text or a comment is larger than 16 MiB"},
		"record":    {baseline.Naabu, `{"ip": "192.0.2.1", "port": 80}` + "\n" + `{"ip": "` + long + `"}`, "line 2: a record is larger than 16 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.parse(t.Context(), test.text)
			if err == nil || !strings.HasPrefix(err.Error(), test.want+". Expected ") {
				t.Errorf("got %.200v, want %s", err, test.want)
			}
		})
	}
	whole := "<report><!--" + long[:len(long)-100] + "--><ports><port>80/tcp<host>192.0.2.1</host></port></ports></report>"
	parser(openvasByIP).is(t, whole, baseline.Baseline{"192.0.2.1": {"80"}})
}
