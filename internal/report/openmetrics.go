package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

const (
	// MaxSeries is how many endpoints OpenMetrics lists at most: each is a time
	// series in the database that takes it in.
	MaxSeries = 10_000
	// maxLabel is how many characters the value of a label has at most. A host name
	// has 253.
	maxLabel = 400
)

// gauge is a family of metrics that is written in lines. The text is OpenMetrics
// (github.com/prometheus/OpenMetrics, version 1.0) and the older text format of
// Prometheus in one: gauges only, without units and times, whose help needs no
// escape.
type gauge struct {
	name, help string
	samples    []string
	seen       map[string]bool
}

// add takes in a sample; labels are names and values in turns. It does nothing and
// returns false if there is a sample with these labels, of which a reader would
// refuse the whole text.
func (g *gauge) add(value int64, labels ...string) bool {
	var pairs []string
	for i := 0; i+1 < len(labels); i += 2 {
		pairs = append(pairs, labels[i]+`="`+label(labels[i+1])+`"`)
	}
	series := g.name + "{" + strings.Join(pairs, ",") + "}"
	if g.seen[series] {
		return false
	}
	if g.seen == nil {
		g.seen = map[string]bool{}
	}
	g.seen[series] = true
	g.samples = append(g.samples, series+" "+strconv.FormatInt(value, 10))
	return true
}

// String is empty if there is no sample.
func (g *gauge) String() string {
	if len(g.samples) == 0 {
		return ""
	}
	return fmt.Sprintf("# TYPE %s gauge\n# HELP %s %s\n%s\n", g.name, g.name, g.help, strings.Join(g.samples, "\n"))
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// label writes foreign text as the value of a label, without the quotes. A label
// with an empty value is the same as none.
func label(text string) string {
	if text == "" {
		return ""
	}
	return labelEscapes.Replace(oneLine(text, maxLabel))
}

// metrics are the families of [OpenMetrics].
type metrics struct {
	passed, passedAt, complete, endpoints, waivers gauge
}

// OpenMetrics writes the results of checks as OpenMetrics, which is in the text
// format of Prometheus too: whether each check passed and when, and a gauge for
// each endpoint that is listed, failures first, and for each waiver, [MaxSeries] of
// them at most.
func OpenMetrics(checks []Check) string {
	m := metrics{
		passed:    gauge{name: "portcheck_passed", help: "1 if everything in the check is as declared or waived, else 0."},
		passedAt:  gauge{name: "portcheck_passed_at_seconds", help: "When an apply last found everything in the check as declared, in seconds since 1970."},
		complete:  gauge{name: "portcheck_complete", help: "1 if portcheck_endpoint_passed has each endpoint that is declared open, unfiltered or filtered, or is not as declared, else 0."},
		endpoints: gauge{name: "portcheck_endpoint_passed", help: "1 if the endpoint is as declared or waived, else 0. Where the state is unknown, it could not be tested."},
		waivers:   gauge{name: "portcheck_waiver_ends_seconds", help: "When the waiver ends that excuses the endpoint, in seconds since 1970."},
	}
	names := labelNames(checks)
	all := make([]judged, len(checks))
	complete := make([]bool, len(checks))
	for i, c := range checks {
		all[i] = c.judge()
		complete[i] = c.Results != nil && len(all[i].unsure) == 0 && !c.cut()
	}
	for _, kind := range []struct {
		value int64
		of    func(Check, judged) []verdict.Finding
	}{{0, func(_ Check, j judged) []verdict.Finding { return j.failures }}, {1, func(_ Check, j judged) []verdict.Finding { return j.waived }}, {1, Check.passing}} {
		for i, c := range checks {
			for _, f := range kind.of(c, all[i]) {
				complete[i] = m.endpoint(kind.value, names[i], f) && complete[i]
			}
		}
	}
	for i, c := range checks {
		for _, f := range all[i].waived {
			m.waiver(names[i], f)
		}
		if c.Probed {
			m.check(c, names[i], complete[i])
		}
	}
	return m.passed.String() + m.passedAt.String() + m.complete.String() + m.endpoints.String() + m.waivers.String() + "# EOF\n"
}

// passing are the endpoints that passed, which have a state but no declaration.
func (c Check) passing(j judged) []verdict.Finding {
	all := make([]verdict.Finding, len(j.passed))
	for i, k := range j.passed {
		all[i] = verdict.Recorded(k, verdict.Record{State: c.Results[k]})
	}
	return all
}

// check takes in what is said of a whole check.
func (m *metrics) check(c Check, name string, complete bool) {
	m.passed.add(asNumber(c.Passed), "check", name)
	m.complete.add(asNumber(complete), "check", name)
	if at, err := time.Parse(time.RFC3339, c.PassedAt); err == nil {
		m.passedAt.add(at.Unix(), "check", name)
	}
}

// endpoint takes in an endpoint. It returns false if there is no place for it.
func (m *metrics) endpoint(value int64, check string, f verdict.Finding) bool {
	if len(m.endpoints.samples) >= MaxSeries {
		return false
	}
	return m.endpoints.add(value, "check", check, "endpoint", f.Endpoint.String(), "place", placeLabel(f),
		"state", string(f.Last.State), "reason", string(f.Last.Reason), "cause", string(f.Cause))
}

// waiver takes in when the waiver of an endpoint ends.
func (m *metrics) waiver(check string, f verdict.Finding) {
	if until(f) != "" && len(m.waivers.samples) < MaxSeries {
		m.waivers.add(f.Waiver.Ends().Unix(), "check", check, "endpoint", f.Endpoint.String(), "place", placeLabel(f))
	}
}

func placeLabel(f verdict.Finding) string {
	if f.From == "" {
		return endpoint.Local
	}
	return f.From
}

// labelNames are the names of checks, each another one as a label too: names
// that differ in what a label does not have get a number.
func labelNames(checks []Check) []string {
	names := make([]string, len(checks))
	seen := map[string]bool{}
	for i, c := range checks {
		name := oneLine(c.Name, maxLabel)
		for n := 2; seen[name]; n++ {
			suffix := fmt.Sprintf(" (%d)", n)
			name = oneLine(c.Name, maxLabel-utf8.RuneCountInString(suffix)) + suffix
		}
		seen[name] = true
		names[i] = name
	}
	return names
}

func asNumber(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
