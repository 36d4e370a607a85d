package report

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// The types follow both schemas in common use for JUnit's XML: Ant's as Windy
// Road wrote it down, and that of Jenkins' xUnit plugin. Ant's demands every
// element and attribute here except skipped and message, in this order.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Package    string          `xml:"package,attr"`
		ID         int             `xml:"id,attr"`
		Name       string          `xml:"name,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Hostname   string          `xml:"hostname,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Properties junitProperties `xml:"properties"`
		Cases      []junitCase     `xml:"testcase"`
		SystemOut  string          `xml:"system-out"`
		SystemErr  string          `xml:"system-err"`
	}
	junitProperties struct {
		Properties []junitProperty `xml:"property"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Classname string        `xml:"classname,attr"`
		Name      string        `xml:"name,attr"`
		Time      string        `xml:"time,attr"`
		Skipped   *junitSkipped `xml:"skipped"`
		Error     *junitProblem `xml:"error"`
		Failure   *junitProblem `xml:"failure"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",cdata"`
	}
)

const (
	// maxJUnitName is how many characters a name in an attribute has at most.
	maxJUnitName = 400
	// noTime is the timestamp of a suite without a known time. State has the
	// time of a pass only, and the duration of no run.
	noTime = "1970-01-01T00:00:00"
)

// JUnit writes the results of checks in JUnit's XML: a test suite for each
// check, and a test case for each endpoint that is listed, from each place.
func JUnit(checks []Check) string {
	var all junitSuites
	for i, c := range checks {
		all.Suites = append(all.Suites, c.suite(i))
	}
	text, _ := xml.MarshalIndent(all, "", "  ") // strings and numbers can always be written
	return xml.Header + string(text) + "\n"
}

func (c Check) suite(id int) junitSuite {
	s := junitSuite{
		Package: "portcheck", ID: id, Name: oneLine(c.Name, maxJUnitName),
		Timestamp: noTime, Hostname: "localhost", Time: "0",
	}
	if c.PassedAt != "" {
		s.Properties.Properties = []junitProperty{{attrPassedAt, oneLine(c.PassedAt, maxJUnitName)}}
	}
	if at, err := time.Parse(time.RFC3339, c.PassedAt); err == nil && c.Passed && at.Year() < 10_000 {
		s.Timestamp = at.UTC().Format("2006-01-02T15:04:05")
	}
	s.Cases = c.cases()
	s.Tests = len(s.Cases)
	for i := range s.Cases {
		one := &s.Cases[i]
		one.Classname, one.Time = s.Name, "0"
		switch {
		case one.Failure != nil:
			s.Failures++
		case one.Error != nil:
			s.Errors++
		case one.Skipped != nil:
			s.Skipped++
		}
	}
	return s
}

const attrPassedAt = "passed_at"

// cases returns a case for each endpoint, failures first, and one for all
// endpoints that are not listed. There is always a case: a suite without cases
// is an error to some readers.
func (c Check) cases() []junitCase {
	if !c.Probed {
		return []junitCase{{Name: "all endpoints", Skipped: &junitSkipped{"nothing was ever probed"}}}
	}
	j := c.judge()
	var cases []junitCase
	for _, f := range j.failures {
		one := junitCase{Name: oneLine(f.Key(), maxJUnitName)}
		if f.Inconclusive() {
			one.Error = problem(f)
		} else {
			one.Failure = problem(f)
		}
		cases = append(cases, one)
	}
	for _, f := range j.waived {
		message := fmt.Sprintf("%s is %s, declared %s: %s", f.Key(), f.Last.State, f.Want, waivedWords(f))
		cases = append(cases, junitCase{Name: oneLine(f.Key(), maxJUnitName), Skipped: &junitSkipped{oneLine(message, maxJUnitName)}})
	}
	for _, e := range j.passed {
		cases = append(cases, junitCase{Name: oneLine(e.String(), maxJUnitName)})
	}
	for _, e := range j.unsure {
		cases = append(cases, junitCase{Name: oneLine(e.String(), maxJUnitName), Skipped: &junitSkipped{
			"open; there are too many failures to list, and it may be one of them"}})
	}
	if c.closed(j) > 0 {
		cases = append(cases, junitCase{Name: "endpoints declared closed that are not open"})
	}
	if c.Results == nil || len(cases) == 0 {
		cases = append(cases, c.rest(len(j.failures)))
	}
	return cases
}

// rest returns the case for the endpoints that are not listed; failures is how
// many listed ones failed.
func (c Check) rest(failures int) junitCase {
	one := junitCase{Name: "all endpoints"}
	if failures > 0 {
		one.Name = "all other endpoints"
	}
	switch {
	case c.cut():
		one.Skipped = &junitSkipped{"there are too many failures to list"}
	case !c.Passed && failures == 0:
		one.Failure = &junitProblem{Message: "not as declared", Type: "unknown"}
	}
	return one
}

func problem(f verdict.Finding) *junitProblem {
	message := fmt.Sprintf("%s is %s, declared %s", f.Key(), f.Last.State, f.Want)
	if f.Inconclusive() {
		message = fmt.Sprintf("%s could not be tested: %s", f.Key(), f.Last.Reason)
	}
	p := &junitProblem{Message: oneLine(message, maxJUnitName), Type: "unknown"}
	lines := []string{p.Message}
	if f.Last.Reason != "" {
		lines = append(lines, oneLine("Reason: "+string(f.Last.Reason), maxJUnitName))
	}
	if f.WaiverEnded {
		lines = append(lines, endedWords(f))
	}
	if f.Cause != "" {
		p.Type = oneLine(string(f.Cause), maxJUnitName)
		alone := []portGroup{{findings: []verdict.Finding{f}}}
		text := wordsOf(f.Cause, alone)
		lines = append(lines, strings.TrimSuffix(p.Type+": "+meaning(f.Cause, alone), ": "))
		if text.next != "" {
			lines = append(lines, "Next: "+text.next)
		}
	}
	p.Text = strings.Join(lines, "\n")
	return p
}
