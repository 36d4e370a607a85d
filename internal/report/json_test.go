package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

func TestJSON(t *testing.T) {
	goldenFile(t, "report.json", report.JSON(someChecks()))
	goldenFile(t, "report-empty.json", report.JSON(nil))
	web := report.Check{Name: "web", Probed: true, PassedAt: "2026-11-22T23:11:50Z", Results: results{tcp("web.example.com", 80): look.Open, tcp("web.example.com", 443): look.Closed}, Failures: failures{
		tcp("web.example.com", 443): {Declared: "open", State: look.Closed, Reason: look.ConnRefused, Cause: verdict.ServiceDown},
	}}
	goldenFile(t, "../../../examples/functions/report_json/report.json", report.JSON([]report.Check{{Name: "later"}, web})) // for the guide
}

// jsonSchema is the schema that users have, and one under which a field that it
// does not describe is an error.
func jsonSchema(tb testing.TB) (published, strict *jsonschema.Schema) {
	tb.Helper()
	text, err := os.ReadFile("report.schema.json")
	if err != nil {
		tb.Fatal(err)
	}
	compile := func(text []byte) *jsonschema.Schema {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			tb.Fatal(err)
		}
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource("report.schema.json", doc); err != nil {
			tb.Fatal(err)
		}
		schema, err := compiler.Compile("report.schema.json")
		if err != nil {
			tb.Fatal(err)
		}
		return schema
	}
	closed := bytes.ReplaceAll(text, []byte(`"type": "object",`), []byte(`"type": "object", "additionalProperties": false,`))
	return compile(text), compile(closed)
}

// validJSON tells whether the schema has all that is in the report, and whether the
// report is one for a terminal too.
func validJSON(schema *jsonschema.Schema, text string) error {
	if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }) {
		return fmt.Errorf("it has characters that cannot be seen: %.2000q", text)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(doc)
}

// TestJSONSchema: whatever the names, a report is as the schema says.
func TestJSONSchema(t *testing.T) {
	published, strict := jsonSchema(t)
	all := [][]report.Check{nil, someChecks(), {manyFailures()}, {{Name: "odd", Probed: true}}}
	for _, text := range hostile {
		all = append(all, named(text))
	}
	for _, checks := range all {
		text := report.JSON(checks)
		if err := validJSON(strict, text); err != nil {
			t.Errorf("%v\n%.2000s", err, text)
		}
	}
	later := strings.Replace(report.JSON(someChecks()), `"version": 1,`, `"version": 1, "later": true,`, 1)
	if err := validJSON(published, later); err != nil {
		t.Errorf("a field that a later version adds: %v", err)
	}
	for _, wrong := range [][2]string{{`"version": 1`, `"version": 2`}, {`"port": 443`, `"port": "443"`}, {`"outcome": "failed"`, `"outcome": "bad"`}, {`"name": "web",`, ``}} {
		if validJSON(published, strings.Replace(report.JSON(someChecks()), wrong[0], wrong[1], 1)) == nil {
			t.Errorf("%s instead of %s is valid", wrong[1], wrong[0])
		}
	}
}

// jsonRead is what a reader takes from a report.
type jsonRead struct {
	Checks []struct {
		Name, Outcome string
		Passed        *bool
		Complete      bool
		Counts        map[string]int
		Endpoints     []struct{ Key, Outcome, State string }
	}
}

// TestJSONOutcomes: what failed, what could not be tested and what was not probed
// are different things, and the counts are those of the endpoints.
func TestJSONOutcomes(t *testing.T) {
	var got jsonRead
	if err := json.Unmarshal([]byte(report.JSON(append(someChecks(), manyFailures(), report.Check{Name: "odd", Probed: true}))), &got); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"backup passed true 0 0 2 0",
		"estate passed false 0 0 0 0",
		"later not_probed false 0 0 0 0",
		"offline inconclusive true 0 1 0 0",
		"sweep passed true 0 0 0 0",
		"web failed true 6 1 1 0",
		"many failed false 1001 0 1 1",
		"odd failed false 0 0 0 0",
	}
	for i, c := range got.Checks {
		n := map[string]int{}
		for _, e := range c.Endpoints {
			n[e.Outcome]++
		}
		if line := fmt.Sprint(c.Name, " ", c.Outcome, " ", c.Complete, n["failed"], n["inconclusive"], n["passed"], n["uncertain"]); line != want[i] {
			t.Errorf("%s, want %s", line, want[i])
		}
		for _, outcome := range []string{"failed", "inconclusive", "passed"} {
			if c.Counts[outcome] != n[outcome] {
				t.Errorf("%s has %d %s and counts %d", c.Name, n[outcome], outcome, c.Counts[outcome])
			}
		}
		if (c.Passed == nil) != (c.Outcome == "not_probed") {
			t.Errorf("%s is %s and passed is %v", c.Name, c.Outcome, c.Passed)
		}
	}
}

// TestJSONIsExact: a program reads the names as they are.
func TestJSONIsExact(t *testing.T) {
	for _, text := range append([]string{strings.Repeat("x", 700_000), "\U000e0001\u0085\u202e"}, hostile...) {
		var got jsonRead
		if err := json.Unmarshal([]byte(report.JSON([]report.Check{{Name: text}})), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.ToValidUTF8(text, "\ufffd"), got.Checks[0].Name); diff != "" && text != "\xff\xfe" { // each byte becomes a sign
			t.Errorf("%.60q: %s", text, diff)
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, name := range hostile {
		f.Add(name)
	}
	_, strict := jsonSchema(f)
	f.Fuzz(func(t *testing.T, name string) {
		text := report.JSON(named(name)[2:4]) // few, for speed
		if err := validJSON(strict, text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	})
}
