// Benchtable reads the output of go test -bench and writes it as one table: a
// row for each benchmark and peer, with our time, the peer's time and their
// ratio. A peer is a metric whose unit begins with "x:", our time as a share of
// the peer's; "lo:" and "hi:" are the least and the greatest such share, if there
// was more than one, and "cpu:" is the share of the processors' time.
//
// With -check it compares the ratios with those recorded in a file, and fails if
// one is worse by a quarter, or is not there: that of processors' time where there
// is one, since on a busy machine all else wobbles. With -record it writes that file.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
)

func main() {
	check := flag.String("check", "", "file of ratios that none may be worse than by a quarter")
	record := flag.String("record", "", "file to record the ratios in")
	flag.Parse()
	rows, err := read(os.Stdin)
	if err == nil {
		err = table(rows, os.Stdout)
	}
	if err == nil && *check != "" {
		err = checked(rows, *check)
	}
	if err == nil && *record != "" {
		err = os.WriteFile(*record, recorded(rows), 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// row is a benchmark and one of its peers.
type row struct {
	name, peer string
	metrics    map[string]float64
}

// ratio is our time as a share of the peer's.
func (r row) ratio() float64 { return r.metrics["x:"+r.peer] }

// decisive is the ratio that -check goes by.
func (r row) decisive() (ratio float64, of string) {
	if cpu, ok := r.metrics["cpu:"+r.peer]; ok {
		return cpu, "cpu"
	}
	return r.ratio(), "time"
}

// read reads the rows. It fails if a benchmark failed, and then repeats its output.
func read(in io.Reader) ([]row, error) {
	var rows []row
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
		for _, unit := range units(lines.Text()) {
			if peer, isPeer := strings.CutPrefix(unit, "x:"); isPeer {
				rows = append(rows, row{name, peer, metrics})
			}
		}
	}
	if failed {
		return nil, fmt.Errorf("a benchmark failed:\n%s", strings.Join(other, "\n"))
	}
	return rows, lines.Err()
}

// table writes rows for people.
func table(rows []row, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "benchmark\tours\tpeak memory\tpeak descriptors\tpeer\tpeer's\tratio\tfrom - to\tof CPU")
	for _, r := range rows {
		ours := r.metrics["ns/op"] / 1e9
		fmt.Fprintf(w, "%s\t%.3f s\t%s\t%s\t%s\t%.3f s\t%.2f\t%s\t%s\n", r.name, ours,
			optional(r.metrics, "peak-MB", "%.0f MB"), optional(r.metrics, "peak-descriptors", "%.0f"), r.peer, ours/r.ratio(), r.ratio(),
			optional(r.metrics, "lo:"+r.peer, "%.2f")+" - "+optional(r.metrics, "hi:"+r.peer, "%.2f"), optional(r.metrics, "cpu:"+r.peer, "%.2f"))
	}
	return w.Flush()
}

// worse is by how much a ratio may be worse than the recorded one.
const worse = 1.25

// checked fails if a row that is recorded in file is worse, or missing.
func checked(rows []row, file string) error {
	text, err := os.ReadFile(file) //nolint:gosec // a file that the caller names
	if err != nil {
		return err
	}
	measured := map[string]float64{}
	for _, r := range rows {
		ratio, of := r.decisive()
		measured[r.name+" "+r.peer+" "+of] = ratio
	}
	var bad []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) != 4 {
			return fmt.Errorf("%s: %q: expected a benchmark, a peer, cpu or time, and a ratio", file, strings.TrimSpace(line))
		}
		most, err := strconv.ParseFloat(fields[3], 64)
		if err != nil {
			return fmt.Errorf("%s: %q: expected a number in the fourth column", file, strings.TrimSpace(line))
		}
		switch ratio, ok := measured[strings.Join(fields[:3], " ")]; {
		case !ok:
			bad = append(bad, fmt.Sprintf("%s beside %s was not measured (%s)", fields[0], fields[1], fields[2]))
		case ratio > most*worse:
			bad = append(bad, fmt.Sprintf("%s takes %.2f of the %s of %s, recorded are %.2f", fields[0], ratio, fields[2], fields[1], most))
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("worse than recorded in %s by more than a quarter:\n%s", file, strings.Join(bad, "\n"))
	}
	return nil
}

// recorded is what checked reads.
func recorded(rows []row) []byte {
	var b strings.Builder
	b.WriteString("# benchmark, peer, what is compared, ours as a share of the peer's: make bench-check RECORD=1\n")
	for _, r := range rows {
		ratio, of := r.decisive()
		fmt.Fprintf(&b, "%s %s %s %.2f\n", r.name, r.peer, of, ratio)
	}
	return []byte(b.String())
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

// optional is a metric as format has it, or a dash.
func optional(metrics map[string]float64, unit, format string) string {
	if value, ok := metrics[unit]; ok {
		return fmt.Sprintf(format, value)
	}
	return "-"
}
