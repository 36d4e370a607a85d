package report_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

func TestOpenMetrics(t *testing.T) {
	goldenFile(t, "report.prom", report.OpenMetrics(someChecks()))
	goldenFile(t, "report-empty.prom", report.OpenMetrics(nil))
}

// TestPromtool: whatever the names, Prometheus reads the report in its own text
// format, as a textfile collector or a Pushgateway does, and as OpenMetrics.
func TestPromtool(t *testing.T) {
	promtool := porttest.Program(t, "promtool")
	var all []report.Check
	for _, text := range append([]string{strings.Repeat("x", 700_000)}, hostile...) {
		all = append(all, named(text)...)
	}
	for i, checks := range [][]report.Check{nil, someChecks(), {manyFailures()}, all, manyOpen()} {
		text := report.OpenMetrics(checks)
		lint := exec.Command(promtool, "check", "metrics")
		lint.Stdin = strings.NewReader(text)
		if out, err := lint.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%d, as Prometheus' text: %v\n%.2000s", i, err, out)
		}
		if len(checks) == 0 { // of which promtool makes no block
			continue
		}
		// It is a reader of OpenMetrics that wants a time in each line.
		file := filepath.Join(t.TempDir(), "report")
		if err := os.WriteFile(file, regexp.MustCompile(`(?m)^([^#].*)$`).ReplaceAll([]byte(text), []byte("$1 1700000000")), 0o600); err != nil {
			t.Fatal(err)
		}
		block := exec.Command(promtool, "tsdb", "create-blocks-from", "openmetrics", file, filepath.Join(t.TempDir(), "blocks"))
		if out, err := block.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("NUM SERIES")) {
			t.Errorf("%d, as OpenMetrics: %v\n%.2000s", i, err, out)
		}
	}
}

// manyOpen are checks with more endpoints than a report lists, of which the last
// has the failure.
func manyOpen() []report.Check {
	open := results{}
	for port := range uint16(report.MaxSeries - 1) {
		open[tcp("web.example.com", port+1)] = look.Open
	}
	failed := someChecks()[5]
	return []report.Check{{Name: "open", Probed: true, Passed: true, Results: open, Failures: failures{}}, failed}
}

var (
	metricLine = regexp.MustCompile(`^(portcheck_[a-z_]+)\{((?:[a-z]+="(?:[^"\\]|\\["\\])*",?)+)\} ([0-9-]+)$`)
	labelPair  = regexp.MustCompile(`([a-z]+)="((?:[^"\\]|\\["\\])*)"`)
)

// samplesOf are the samples in a report, their labels by name. It is an error if
// anything in it is not a sample or a comment, or is there twice.
func samplesOf(text string) (map[string][]map[string]string, error) {
	text, ended := strings.CutSuffix(text, "# EOF\n")
	if !ended {
		return nil, fmt.Errorf("no end: %.200q", text)
	}
	samples := map[string][]map[string]string{}
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsGraphic(r) }) || len(line) > 8_000 {
			return nil, fmt.Errorf("%.200q of %d bytes", line, len(line))
		}
		if strings.HasPrefix(line, "# TYPE ") || strings.HasPrefix(line, "# HELP ") {
			continue
		}
		parts := metricLine.FindStringSubmatch(line)
		series := line[:strings.LastIndexByte(line, ' ')+1]
		if parts == nil || seen[series] {
			return nil, fmt.Errorf("no sample, or one more: %.200q", line)
		}
		seen[series] = true
		labels := map[string]string{"": parts[3]}
		for _, pair := range labelPair.FindAllStringSubmatch(parts[2], -1) {
			labels[pair[1]] = pair[2]
		}
		samples[parts[1]] = append(samples[parts[1]], labels)
	}
	return samples, nil
}

// TestOpenMetricsBounds: failures come before what passed, and the report says
// which checks it does not list whole.
func TestOpenMetricsBounds(t *testing.T) {
	checks := append(manyOpen(), manyFailures())
	samples, err := samplesOf(report.OpenMetrics(checks))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]int{}
	for _, s := range samples["portcheck_endpoint_passed"] {
		listed[s["check"]+" "+s[""]]++
	}
	complete := map[string]string{}
	for _, s := range samples["portcheck_complete"] {
		complete[s["check"]] = s[""]
	}
	got := fmt.Sprint(listed, complete)
	if want := "map[many 0:1001 open 1:8992 web 0:7] map[many:0 open:0 web:0]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestOpenMetricsPlaces: one endpoint from several places is as many series.
func TestOpenMetricsPlaces(t *testing.T) {
	here := tcp("web", 443)
	there := endpoint.NewKey(here.Endpoint, "vpc-a")
	c := report.Check{Name: "web", Probed: true, Passed: true, Results: results{here: look.Open, there: look.Open}, Failures: failures{}}
	want := `portcheck_endpoint_passed{check="web",endpoint="tcp://web:443",place="local",state="open",reason="",cause=""} 1
portcheck_endpoint_passed{check="web",endpoint="tcp://web:443",place="vpc-a",state="open",reason="",cause=""} 1
`
	if got := report.OpenMetrics([]report.Check{c}); !strings.Contains(got, want) {
		t.Errorf("without\n%s\nin\n%s", want, got)
	}
}

// TestOpenMetricsNames: two checks whose names are one in a label stay two.
func TestOpenMetricsNames(t *testing.T) {
	long := strings.Repeat("x", 1000)
	var checks []report.Check
	for _, name := range []string{"a\x01", "a\x02", "a\ufffd", long + "1", long + "2", "a\ufffd (2)"} {
		checks = append(checks, report.Check{Name: name, Probed: true})
	}
	samples, err := samplesOf(report.OpenMetrics(checks))
	if err != nil || len(samples["portcheck_passed"]) != len(checks) {
		t.Errorf("%v\n%v", err, samples)
	}
}

func FuzzOpenMetrics(f *testing.F) {
	for _, name := range hostile {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		text := report.OpenMetrics(named(name)[2:]) // few, for speed
		if _, err := samplesOf(text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	})
}
