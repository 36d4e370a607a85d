// Benchtable reads the output of go test -bench and writes it as one table: a
// row for each benchmark and peer, with our time, the peer's time and their
// ratio. A peer is a metric whose unit begins with "x:", our time as a share of
// the peer's.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run fails if a benchmark failed, and then repeats its output.
func run(in io.Reader, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "benchmark\tours\tpeak memory\tpeak descriptors\tpeer\tpeer's\tratio")
	var other []string
	failed := false
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		name, metrics, ok := parse(lines.Text())
		if !ok {
			other = append(other, lines.Text())
			failed = failed || strings.HasPrefix(lines.Text(), "FAIL") || strings.HasPrefix(lines.Text(), "--- FAIL")
			continue
		}
		ours := metrics["ns/op"] / 1e9
		for _, unit := range units(lines.Text()) {
			if peer, isPeer := strings.CutPrefix(unit, "x:"); isPeer {
				fmt.Fprintf(w, "%s\t%.3f s\t%s\t%s\t%s\t%.3f s\t%.2f\n", name, ours,
					optional(metrics, "peak-MB", " MB"), optional(metrics, "peak-descriptors", ""), peer, ours/metrics[unit], metrics[unit])
			}
		}
	}
	if failed {
		return fmt.Errorf("a benchmark failed:\n%s", strings.Join(other, "\n"))
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return w.Flush()
}

// parse reads "BenchmarkName-2  3  123 ns/op  0.5 x:peer".
func parse(line string) (name string, metrics map[string]float64, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
		return "", nil, false
	}
	name = strings.TrimPrefix(fields[0], "Benchmark")
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i] // the number of processors
	}
	metrics = map[string]float64{}
	for i := 2; i+1 < len(fields); i += 2 {
		value, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return "", nil, false
		}
		metrics[fields[i+1]] = value
	}
	return name, metrics, true
}

// units returns the units of the metrics of a line, in its order.
func units(line string) []string {
	var units []string
	fields := strings.Fields(line)
	for i := 3; i < len(fields); i += 2 {
		units = append(units, fields[i])
	}
	return units
}

func optional(metrics map[string]float64, unit, suffix string) string {
	if value, ok := metrics[unit]; ok {
		return fmt.Sprintf("%.0f%s", value, suffix)
	}
	return "-"
}
