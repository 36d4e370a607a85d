// Command testlog reads the output of go test -json and writes what a person
// wants of it: a line for each package, all of a test that failed, and which
// tests were skipped and why. It fails when a test failed, and with -strict also
// when a test was skipped that .ci/allowed-skips does not name.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"regexp"
	"strings"
)

// allowedSkips has a line for each test that may be skipped in CI: package,
// test, and the reason why it cannot run there. A # starts a comment.
const allowedSkips = ".ci/allowed-skips"

func main() {
	log.SetFlags(0)
	strict := flag.Bool("strict", false, "fail when a test was skipped that "+allowedSkips+" does not name")
	flag.Parse()
	var allowed string
	if *strict {
		text, err := os.ReadFile(allowedSkips)
		if err != nil {
			log.Fatal(err)
		}
		allowed = string(text)
	}
	s := newSummary(os.Stdout)
	if err := s.read(os.Stdin); err != nil {
		log.Fatal(err)
	}
	if !s.finish(allowed, *strict) {
		os.Exit(1)
	}
}

// event is what go test -json writes on a line; see go doc test2json.
type event struct {
	Action, Package, Test, Output string
}

// test names one test.
type test struct{ pkg, name string }

type summary struct {
	out     io.Writer
	outputs map[test]*strings.Builder // of tests that have not passed
	skipped []test
	failed  bool
	tests   int
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, outputs: map[test]*strings.Builder{}}
}

func (s *summary) read(from io.Reader) error {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			s.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// line takes in one line. What is not an event is what the go command itself
// has to say.
func (s *summary) line(line string) {
	var e event
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		fmt.Fprint(s.out, line)
		return
	}
	t := test{e.Package, e.Test}
	switch e.Action {
	case "output", "build-output":
		s.output(t, e.Output)
	case "pass":
		delete(s.outputs, t)
		if e.Test != "" {
			s.tests++
		}
	case "skip":
		if e.Test != "" {
			s.skipped = append(s.skipped, t)
		}
	case "fail", "build-fail":
		s.failed = true
		s.show(t)
	}
}

// passLine is what test binaries write when all is well; the package's line
// says the same.
var passLine = regexp.MustCompile(`^(PASS|coverage: .*)\n$`)

// output keeps what a test writes for the case that it fails, and writes what
// a package says at once.
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

// finish writes what is left to say and whether all is well.
func (s *summary) finish(allowed string, strict bool) bool {
	known := reasons(allowed)
	refused := 0
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
		fmt.Fprintf(s.out, "skipped: %s: %s\n         %s\n", g.pkg, g.name, strings.Join(groups[g], " "))
	}
	for t := range s.outputs { // a test that never ended, as after a crash
		s.show(t)
		s.failed = true
	}
	fmt.Fprintf(s.out, "%d tests passed, %d skipped\n", s.tests, len(s.skipped))
	if refused > 0 {
		fmt.Fprintf(s.out, "FAIL: skipped but should run: %d; %s names the tests that may be skipped\n", refused, allowedSkips)
	}
	return !s.failed && refused == 0
}

// location is the file and line before a message of a test.
var location = regexp.MustCompile(`(?m)^\s+\S+\.go:\d+: (.*)$`)

// reason is what a skipped test gave as its reason.
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
