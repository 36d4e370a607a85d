package report_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
)

func TestJUnit(t *testing.T) {
	goldenFile(t, "report.xml", report.JUnit(someChecks()))
	goldenFile(t, "report-empty.xml", report.JUnit(nil))
}

// TestJUnitSchema: whatever the names, xmllint finds the report valid.
func TestJUnitSchema(t *testing.T) {
	xmllint := porttest.Program(t, "xmllint")
	var files []string
	add := func(checks []report.Check) {
		t.Helper()
		file := filepath.Join(t.TempDir(), fmt.Sprintf("%d.xml", len(files)))
		if err := os.WriteFile(file, []byte(report.JUnit(checks)), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	add(nil)
	add(someChecks())
	add([]report.Check{manyFailures()})
	for _, name := range hostile {
		add(named(name))
	}
	args := append([]string{"--nonet", "--noout", "--schema", filepath.Join("testdata", "junit.xsd")}, files...)
	if out, err := exec.Command(xmllint, args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// junit is what a reader takes from a report.
type junit struct {
	Suites []struct {
		Name      string `xml:"name,attr"`
		Timestamp string `xml:"timestamp,attr"`
		Tests     int    `xml:"tests,attr"`
		Failures  int    `xml:"failures,attr"`
		Errors    int    `xml:"errors,attr"`
		Skipped   int    `xml:"skipped,attr"`
		Cases     []struct {
			Class   string   `xml:"classname,attr"`
			Name    string   `xml:"name,attr"`
			Failure *problem `xml:"failure"`
			Error   *problem `xml:"error"`
			Skipped *problem `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

type problem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// read tells whether the report is XML whose counts are those of its cases.
func read(checks []report.Check) (junit, error) {
	var j junit
	if err := xml.Unmarshal([]byte(report.JUnit(checks)), &j); err != nil {
		return j, err
	}
	if len(j.Suites) != len(checks) {
		return j, fmt.Errorf("%d suites for %d checks", len(j.Suites), len(checks))
	}
	for _, s := range j.Suites {
		failures, errors, skipped := 0, 0, 0
		for _, c := range s.Cases {
			if c.Failure != nil {
				failures++
			}
			if c.Error != nil {
				errors++
			}
			if c.Skipped != nil {
				skipped++
			}
			if c.Class != s.Name || c.Name == "" {
				return j, fmt.Errorf("a case of %q is %q of %q", s.Name, c.Name, c.Class)
			}
		}
		if s.Tests == 0 || s.Tests != len(s.Cases) || s.Failures != failures || s.Errors != errors || s.Skipped != skipped {
			return j, fmt.Errorf("the counts of %+v are wrong", s)
		}
	}
	return j, nil
}

// TestJUnitCases: what failed, what could not be tested and what was not probed
// are different things.
func TestJUnitCases(t *testing.T) {
	checks := append(someChecks(), manyFailures(), report.Check{Name: "odd", Probed: true})
	j, err := read(checks)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"backup 2026-11-23T12:00:00 2 0 0 0",
		"estate 1970-01-01T00:00:00 1 0 0 0",
		"later 1970-01-01T00:00:00 1 0 0 1",
		"offline 1970-01-01T00:00:00 1 0 1 0",
		"sweep 1970-01-01T00:00:00 1 0 0 0",
		"web 1970-01-01T00:00:00 8 6 1 0",
		"many 1970-01-01T00:00:00 1003 1001 0 1",
		"odd 1970-01-01T00:00:00 1 1 0 0",
	}
	for i, s := range j.Suites {
		if got := fmt.Sprint(s.Name, " ", s.Timestamp, " ", s.Tests, s.Failures, s.Errors, s.Skipped); got != want[i] {
			t.Errorf("%s, want %s", got, want[i])
		}
	}
}

func FuzzJUnit(f *testing.F) {
	for _, name := range hostile {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if _, err := read(named(name)[2:4]); err != nil { // few, for speed
			t.Fatalf("%v\n%s", err, report.JUnit(named(name)))
		}
	})
}
