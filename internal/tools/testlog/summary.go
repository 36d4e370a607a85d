package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// event is one line of go test -json; see go doc test2json.
type event struct {
	Action, Package, Test, Output string
}

// test names one test, or a package if name is empty.
type test struct{ pkg, name string }

// summary has the results of the tests so far. It counts tests without
// subtests; a test with subtests counts only if it fails although its subtests
// did not.
type summary struct {
	out      io.Writer
	outputs  map[test]*strings.Builder // of tests that have not passed
	parents  map[test]bool             // tests that have subtests, and packages
	ended    map[test]bool             // tests and packages with a failure that is named already
	running  map[string]bool           // packages under way
	skipped  []test
	failures []test // with packages that failed although their tests did not
	passed   int
}

func newSummary(out io.Writer) *summary {
	return &summary{
		out: out, outputs: map[test]*strings.Builder{}, parents: map[test]bool{}, ended: map[test]bool{}, running: map[string]bool{},
	}
}

// line takes in one line. A line that is not an event is a message of the go
// command itself.
func (s *summary) line(line string) {
	var e event
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		fmt.Fprint(s.out, line)
		return
	}
	t := test{e.Package, e.Test}
	if e.Action == "output" || e.Action == "build-output" {
		s.output(t, e.Output)
		return
	}
	if t.name == "" {
		s.packageIs(e.Action, t)
		return
	}
	s.testIs(e.Action, t)
}

// packageIs takes in that a package was started or has ended.
func (s *summary) packageIs(action string, t test) {
	switch action {
	case "start":
		s.running[t.pkg] = true
	case "fail": // a package that is not built fails, too, after its build-fail
		s.fail(t)
		delete(s.running, t.pkg)
	case "pass", "skip":
		delete(s.running, t.pkg)
	}
}

// testIs takes in that a test was started or has ended.
func (s *summary) testIs(action string, t test) {
	switch action {
	case "run":
		if parent, ok := t.parent(); ok {
			s.parents[parent] = true
		}
	case "pass":
		delete(s.outputs, t)
		if !s.parents[t] {
			s.passed++
		}
	case "skip":
		s.skipped = append(s.skipped, t)
	case "fail":
		s.fail(t)
	}
}

// parent returns the test that t is a subtest of, or the package of a test that
// is not a subtest; ok is false for a package.
func (t test) parent() (parent test, ok bool) {
	if t.name == "" {
		return test{}, false
	}
	name := ""
	if i := strings.LastIndexByte(t.name, '/'); i >= 0 {
		name = t.name[:i]
	}
	return test{t.pkg, name}, true
}

// fail shows the output of a test or a package that failed, and names it among
// the failures unless a test inside of it is named.
func (s *summary) fail(t test) {
	s.show(t)
	if !s.ended[t] {
		s.failures = append(s.failures, t)
	}
	for parent, ok := t.parent(); ok; parent, ok = parent.parent() {
		s.ended[parent] = true
	}
}

// module begins the names of all packages here, which are shown without it.
const module = "github.com/portcheck/terraform-provider-portcheck"

func short(pkg string) string {
	if pkg == module {
		return "."
	}
	return strings.TrimPrefix(pkg, module+"/")
}

// progress says how far the tests are.
func (s *summary) progress(elapsed time.Duration) {
	var packages []string
	for _, pkg := range slices.Sorted(maps.Keys(s.running)) {
		packages = append(packages, short(pkg))
	}
	what := "building the tests"
	if len(packages) > 0 {
		what = "under way: " + strings.Join(packages, ", ")
	}
	fmt.Fprintf(s.out, "  … %d s: %d passed, %d failed; %s\n", int(elapsed.Seconds()), s.passed, len(s.failures), what)
}

// passLine matches what test binaries write when all is well; the package's
// line says the same.
var passLine = regexp.MustCompile(`^(PASS|coverage: .*)\n$`)

// output keeps the output of a test in case it fails, and writes that of a
// package at once.
func (s *summary) output(t test, text string) {
	if t.name == "" {
		if !passLine.MatchString(text) {
			fmt.Fprint(s.out, text)
		}
		return
	}
	if s.outputs[t] == nil {
		s.outputs[t] = &strings.Builder{}
	}
	s.outputs[t].WriteString(text)
}

func (s *summary) show(t test) {
	if b := s.outputs[t]; b != nil {
		fmt.Fprint(s.out, b)
		delete(s.outputs, t)
	}
}

// finish writes the skipped tests, the counts and the names of the failed tests,
// and tells whether all is well.
func (s *summary) finish(allowed string, strict bool) bool {
	refused := s.showSkipped(reasons(allowed), strict)
	for _, t := range slices.SortedFunc(maps.Keys(s.outputs), test.compare) { // a test that never ended, as after a crash
		if !s.parents[t] {
			s.fail(t)
		} else {
			s.show(t)
		}
	}
	// The failure of a package that crashed comes before the test that crashed
	// it.
	s.failures = slices.DeleteFunc(s.failures, func(t test) bool { return s.ended[t] })
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, len(s.failures), len(s.skipped))
	if refused > 0 {
		fmt.Fprintf(s.out, "FAIL: skipped but should run: %d; %s names the tests that may be skipped\n", refused, allowedSkips)
	}
	for _, t := range s.failures {
		fmt.Fprintln(s.out, strings.TrimSpace("FAIL: "+short(t.pkg)+" "+t.name))
	}
	return len(s.failures) == 0 && refused == 0
}

func (t test) compare(other test) int {
	return strings.Compare(t.pkg+" "+t.name, other.pkg+" "+other.name)
}

// showSkipped writes the skipped tests by package and reason, and returns how
// many of them are not allowed.
func (s *summary) showSkipped(known map[test]string, strict bool) (refused int) {
	groups := map[test][]string{} // package and reason -> names
	var order []test
	for _, t := range s.skipped {
		why := s.reason(t)
		switch reason := known[t]; {
		case strict && reason != "":
			why += " (allowed: " + reason + ")"
		case strict:
			why += " (NOT ALLOWED)"
			refused++
		}
		g := test{t.pkg, why}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], t.name)
		delete(s.outputs, t)
	}
	for _, g := range order {
		fmt.Fprintf(s.out, "skipped: %s: %s\n         %s\n", short(g.pkg), g.name, strings.Join(groups[g], " "))
	}
	return refused
}

// location is the file and line before a message of a test.
var location = regexp.MustCompile(`(?m)^\s+\S+\.go:\d+: (.*)$`)

// reason returns the reason that a skipped test gave.
func (s *summary) reason(t test) string {
	if b := s.outputs[t]; b != nil {
		if m := location.FindAllStringSubmatch(b.String(), -1); m != nil {
			return m[len(m)-1][1]
		}
	}
	return "no reason given"
}

// reasons reads the list of skips that are allowed.
func reasons(text string) map[test]string {
	known := map[test]string{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if f := strings.Fields(line); len(f) > 2 {
			known[test{f[0], f[1]}] = strings.Join(f[2:], " ")
		}
	}
	return known
}
