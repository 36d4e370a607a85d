package report_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

var hostileHTML = []string{
	`<script>window.pwned=1</script>`, `"><img src=x onerror="window.pwned=1">`, `'></title></style></script><svg onload=window.pwned=1>`,
	`--><iframe src="javascript:window.pwned=1">`, `{{.}}`, `</td></table><base href="http://192.0.2.1/">`, "a\x00b\nc\u202ed\x7f\xff", "`${window.pwned=1}`",
	`<meta http-equiv=refresh content="0;url=http://192.0.2.1/">`, `<link rel=stylesheet href=http://192.0.2.1/x>`, `javascript:window.pwned=1`, `onmouseover=window.pwned=1 x=`,
}

// hostileChecks say s wherever a report takes text from elsewhere.
func hostileChecks(s string) []report.Check {
	e := endpoint.Key{Endpoint: endpoint.Endpoint{Scheme: endpoint.Scheme("x" + s), Host: endpoint.Host(s), Port: 443}}
	listed := map[endpoint.Key]look.State{e: look.State(s)}
	for port := range uint16(100) {
		listed[tcp(endpoint.Host(s), port+1)] = look.Open
	}
	failures := map[endpoint.Key]verdict.Record{e: {Declared: endpoint.Want(s), State: look.State(s), Reason: look.Reason(s), Cause: verdict.Cause(s)}}
	return []report.Check{
		{Name: s, Probed: true, PassedAt: s, Results: map[endpoint.Key]look.State{e: look.State(s)}, Failures: failures},
		{Name: s, Probed: true, PassedAt: s, Results: listed, Failures: failures},
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range hostileHTML {
		f.Add(s)
	}
	plain := skeleton(parseHTML(f, report.HTML(hostileChecks("plain"))))
	f.Fuzz(func(t *testing.T, s string) {
		known := []look.State{"", look.Open, look.Closed, look.Filtered, look.OpenFiltered, look.Unresponsive, look.Unknown}
		if slices.Contains(known, look.State(s)) || slices.Contains(verdict.Causes(), verdict.Cause(s)) {
			return // these mean something
		}
		doc := parseHTML(t, report.HTML(hostileChecks(s)))
		if diff := cmp.Diff(plain, skeleton(doc)); diff != "" {
			t.Fatalf("%q changes elements or attributes (-plain +hostile)\n%s", s, diff)
		}
		want := visible(s)
		for _, bdi := range elements(doc, "bdi") {
			if got := content(bdi); got != want {
				t.Errorf("the check %q reads %q", s, got)
			}
		}
		hosts := 0
		for _, table := range elements(doc, "table") {
			class := attribute(table, "class")
			if class == "checks" || class == "legend" {
				continue
			}
			for _, tr := range elements(elements(table, "tbody")[0], "tr") {
				hosts++
				if got := strings.TrimRight(content(elements(tr, "th")[0]), "\n"); got != strings.TrimRight(want, "\n") {
					t.Errorf("the host %q reads %q", s, got)
				}
			}
		}
		if hosts == 0 {
			t.Error("no hosts")
		}
	})
}

// visible is s with a sign for what cannot be seen.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if !unicode.IsGraphic(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	return b.String()
}

func parseHTML(tb testing.TB, page string) *html.Node {
	tb.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

// skeleton is the page without its text: elements, the names of attributes,
// and the values of those that are not for text.
func skeleton(doc *html.Node) []string {
	var lines []string
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode {
			lines = append(lines, "comment")
		}
		if n.Type != html.ElementNode {
			continue
		}
		line := n.Data
		for _, a := range n.Attr {
			line += " " + a.Key
			if !slices.Contains([]string{"title", "datetime"}, a.Key) {
				line += "=" + a.Val
			}
		}
		lines = append(lines, line)
		if n.Data == "script" || n.Data == "style" {
			lines = append(lines, content(n))
		}
	}
	return lines
}

func elements(root *html.Node, name string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			found = append(found, n)
		}
	}
	return found
}

func content(root *html.Node) string {
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return b.String()
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
