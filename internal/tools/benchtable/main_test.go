package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const output = `goos: linux
BenchmarkLoopback-2   	       5	 400000000 ns/op	 0.6 hi:nmap-sT	        43.13 peak-MB	        20.00 peak-descriptors	         0.5000 x:nmap-sT	         1.250 x:bare-loop	 0.4 lo:nmap-sT	 0.7 cpu:nmap-sT
BenchmarkPlan/100-2   	       1	1500000000 ns/op	         1.500 x:without-probing
PASS
`

func TestTable(t *testing.T) {
	want := `benchmark  ours     peak memory  peak descriptors  peer             peer's   ratio  from - to    of CPU
Loopback   0.400 s  43 MB        20                nmap-sT          0.800 s  0.50   0.40 - 0.60  0.70
Loopback   0.400 s  43 MB        20                bare-loop        0.320 s  1.25   - - -        -
Plan/100   1.500 s  -            -                 without-probing  1.000 s  1.50   - - -        -
`
	rows, err := read(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := table(rows, &out); err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
	if _, err := read(strings.NewReader(output + "--- FAIL: BenchmarkX\n")); err == nil || !strings.Contains(err.Error(), "BenchmarkX") {
		t.Errorf("a failure gives %v", err)
	}
}

func TestChecked(t *testing.T) {
	rows, err := read(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		recorded string
		want     string // in the error; empty: there is none
	}{
		{string(recorded(rows)), ""},
		{"# a comment\n\nLoopback bare-loop time 1.01\n", ""},
		{"Loopback bare-loop time 0.99\n", "Loopback takes 1.25 of the time of bare-loop, recorded are 0.99"},
		{"Loopback nmap-sT cpu 0.5\n", "Loopback takes 0.70 of the cpu of nmap-sT, recorded are 0.50"},
		{"Loopback masscan time 0.99\n", "Loopback beside masscan was not measured"},
		{"Loopback bare-loop 1\n", `"Loopback bare-loop 1": expected a benchmark, a peer, cpu or time, and a ratio`},
		{"Loopback bare-loop time fast\n", `"Loopback bare-loop time fast": expected a number in the fourth column`},
	}
	for _, tt := range tests {
		file := filepath.Join(t.TempDir(), "ratios")
		if err := os.WriteFile(file, []byte(tt.recorded), 0o600); err != nil {
			t.Fatal(err)
		}
		err := checked(rows, file)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%q gives %v, want %q", tt.recorded, err, tt.want)
		}
	}
	if err := checked(rows, filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing file is no error")
	}
}
