package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	in := `goos: linux
BenchmarkLoopback-2   	       5	 400000000 ns/op	        43.13 peak-MB	        20.00 peak-descriptors	         0.5000 x:nmap-sT	         1.250 x:bare-loop
BenchmarkPlan/100-2   	       1	1500000000 ns/op	         1.500 x:without-probing
PASS
`
	want := `benchmark  ours     peak memory  peak descriptors  peer             peer's   ratio
Loopback   0.400 s  43 MB        20                nmap-sT          0.800 s  0.50
Loopback   0.400 s  43 MB        20                bare-loop        0.320 s  1.25
Plan/100   1.500 s  -            -                 without-probing  1.000 s  1.50
`
	var out strings.Builder
	if err := run(strings.NewReader(in), &out); err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
	if err := run(strings.NewReader(in+"--- FAIL: BenchmarkX\n"), &out); err == nil || !strings.Contains(err.Error(), "BenchmarkX") {
		t.Errorf("a failure gives %v", err)
	}
}
