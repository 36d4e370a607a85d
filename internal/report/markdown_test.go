package report_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// rendered is what GitHub's Markdown makes of a report.
type rendered struct {
	cells [][]string // of the rows of all tables, the header too
	lines []string   // of all lists
	kinds map[ast.NodeKind]int
	html  []string // raw, line by line
}

// render reads Markdown with all of GitHub's extensions to CommonMark.
func render(source string) rendered {
	r := rendered{kinds: map[ast.NodeKind]int{}}
	in := []byte(source)
	document := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(in))
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		r.kinds[n.Kind()]++
		switch n := n.(type) {
		case *east.TableHeader, *east.TableRow:
			r.cells = append(r.cells, nil)
		case *east.TableCell:
			last := len(r.cells) - 1
			r.cells[last] = append(r.cells[last], plain(n, in))
		case *ast.ListItem:
			r.lines = append(r.lines, plain(n, in))
		case *ast.HTMLBlock:
			r.html = append(r.html, strings.TrimSpace(string(n.Lines().Value(in))))
		}
		return ast.WalkContinue, nil
	})
	return r
}

// plain is the text below n.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

func TestMarkdown(t *testing.T) {
	goldenFile(t, "report.md", report.Markdown(someChecks()))
	goldenFile(t, "report-many.md", report.Markdown([]report.Check{manyFailures(), someChecks()[0]}))
	goldenFile(t, "report-empty.md", report.Markdown(nil))
}

// TestMarkdownTable: the table has the rows it should, each a row of one host's
// ports that failed alike.
func TestMarkdownTable(t *testing.T) {
	got := render(report.Markdown(someChecks()))
	if got.kinds[east.KindTable] != 1 || len(got.cells) != 7 {
		t.Fatalf("%d tables, rows %q", got.kinds[east.KindTable], got.cells)
	}
	all := fmt.Sprint(got.cells)
	for _, want := range []string{
		"[web tcp://web.example.com:80-81,8080 open filtered no-response filtered]",
		"[web tcp://web.example.com:22 closed open syn-ack unexpected-open]",
		`[web udp://ns.example.com:53 open open\|filtered no-response filtered]`,
		"[web tcp://[2001:db8::1]:25 open closed conn-refused service-down]",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no row %s in %s", want, all)
		}
	}
	if many := render(report.Markdown([]report.Check{manyFailures()})); len(many.cells) != 3 { // a thousand hosts that failed alike, and one whose failure was not kept
		t.Errorf("%d rows", len(many.cells))
	}
}

// TestMarkdownCauses: each cause is explained once, and all of it is read as it
// is written.
func TestMarkdownCauses(t *testing.T) {
	for _, cause := range verdict.Causes() {
		c := report.Check{Name: "web", Probed: true, Results: results{}, Failures: failures{}}
		for port := range uint16(3) {
			c.Failures[tcp("web", port+1)] = verdict.Record{Declared: "open", State: look.Filtered, Reason: look.Reason(strings.Repeat("x", int(port))), Cause: cause}
		}
		source := report.Markdown([]report.Check{c})
		if n := strings.Count(source, "**"+string(cause)+"**"); n != 1 {
			t.Errorf("%s is explained %d times", cause, n)
		}
		got := render(source)
		if got.kinds[ast.KindEmphasis] != 2 || got.kinds[ast.KindLink]+got.kinds[ast.KindAutoLink]+got.kinds[ast.KindRawHTML] > 0 {
			t.Errorf("%s is not plain text: %v", cause, got.kinds)
		}
	}
}

// holds tells what of a report of named checks is not as of any others.
func holds(checks []report.Check) error {
	source := report.Markdown(checks)
	got := render(source)
	rows := 0
	for _, row := range got.cells {
		if rows++; len(row) != 6 {
			return fmt.Errorf("%d cells in %q", len(row), row)
		}
	}
	details := `<details><summary>3 checks passed</summary> </details>`
	switch {
	case !utf8.ValidString(source) || len(source) > 60_000:
		return fmt.Errorf("%d bytes, UTF-8: %v", len(source), utf8.ValidString(source))
	case got.kinds[east.KindTable] != 1 || rows < 7 || rows > 9:
		return fmt.Errorf("%d tables, %d rows", got.kinds[east.KindTable], rows)
	case len(got.lines) != 6 || got.kinds[ast.KindList] != 2 || got.kinds[ast.KindHeading] != 1:
		return fmt.Errorf("%d lists of %q, %d headings", got.kinds[ast.KindList], got.lines, got.kinds[ast.KindHeading])
	case got.kinds[ast.KindLink]+got.kinds[ast.KindAutoLink]+got.kinds[ast.KindImage]+got.kinds[ast.KindRawHTML]+got.kinds[ast.KindCodeBlock]+got.kinds[ast.KindFencedCodeBlock] > 0:
		return fmt.Errorf("more than text: %v", got.kinds)
	case strings.Join(got.html, " ") != details:
		return fmt.Errorf("raw HTML %q", got.html)
	}
	return nil
}

func TestMarkdownHostile(t *testing.T) {
	for _, name := range hostile {
		if err := holds(named(name)); err != nil {
			t.Errorf("%q: %v\n%s", name, err, report.Markdown(named(name)))
		}
	}
}

// TestMarkdownLength: whatever there is, it fits into a comment.
func TestMarkdownLength(t *testing.T) {
	var checks []report.Check
	for i := range 3000 {
		for _, c := range someChecks() {
			c.Name = fmt.Sprintf("%s-%d %s", c.Name, i, strings.Repeat("ü`", 100))
			checks = append(checks, c)
		}
	}
	source := report.Markdown(checks)
	if len(source) > 60_000 {
		t.Errorf("%d bytes", len(source))
	}
	for _, text := range []string{"more endpoints", "more checks", "<summary>9,000 checks passed</summary>", "</details>"} {
		if !strings.Contains(source, text) {
			t.Errorf("no %q in the report:\n%s", text, source)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, name := range hostile {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if err := holds(named(name)); err != nil {
			t.Fatalf("%v\n%s", err, report.Markdown(named(name)))
		}
	})
}
