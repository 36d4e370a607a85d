package report_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// parts are the texts of a check that may come from elsewhere.
type parts struct{ name, host, from, declared, state, reason, cause, passedAt string }

// ownParts are parts as the provider writes them.
func ownParts() *parts {
	return &parts{"web", "web.example.com", "vpc-a", "open", "unresponsive", "status-503", "unhealthy", "2026-11-22T23:11:50Z"}
}

// each are the parts one by one, to be replaced.
func (p *parts) each() []*string {
	return []*string{&p.name, &p.host, &p.from, &p.declared, &p.state, &p.reason, &p.cause, &p.passedAt}
}

func (p parts) checks() []report.Check {
	key := endpoint.Key{Endpoint: endpoint.Endpoint{Scheme: endpoint.HTTPS, Host: endpoint.Host(p.host), Port: 443}, From: p.from}
	return []report.Check{{
		Name: p.name, Probed: true, PassedAt: p.passedAt, Results: results{key: look.State(p.state)},
		Failures: failures{key: {Declared: endpoint.Want(p.declared), State: look.State(p.state), Reason: look.Reason(p.reason), Cause: verdict.Cause(p.cause)}},
	}}
}

// harmless tells what of the reports is more than text, or too long for any.
func (p parts) harmless() error {
	markdown, junit := report.Markdown(p.checks()), report.JUnit(p.checks())
	got := render(markdown)
	for _, cells := range got.cells {
		if n := len(cells); n != 7 && n != 6 && n != 2 { // the table, with places or without, and the matrix from place to endpoint
			return fmt.Errorf("Markdown: %d cells in %q", n, cells)
		}
	}
	for kind, n := range got.kinds {
		switch kind.String() {
		case "Link", "AutoLink", "Image", "RawHTML", "HTMLBlock", "CodeBlock", "FencedCodeBlock", "Blockquote", "ThematicBreak":
			return fmt.Errorf("Markdown: %d %s", n, kind)
		}
	}
	if _, err := read(p.checks()); err != nil {
		return fmt.Errorf("JUnit: %w", err)
	}
	if _, err := samplesOf(report.OpenMetrics(p.checks())); err != nil {
		return fmt.Errorf("OpenMetrics: %w", err)
	}
	for name, text := range map[string]string{"Markdown": markdown, "JUnit": junit} {
		if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }) || len(text) > 20_000 {
			return fmt.Errorf("%s: %d bytes\n%q", name, len(text), text)
		}
	}
	return nil
}

// TestHostileParts puts hostile text into each part alone: what one part means
// must not let another through.
func TestHostileParts(t *testing.T) {
	texts := append([]string{strings.Repeat("x", 700_000), "status-" + strings.Repeat("x", 700_000)}, hostileHTML...)
	for _, text := range hostile {
		texts = append(texts, text, "status-"+text, "status-503"+text)
	}
	plain := skeleton(parseHTML(t, report.HTML(ownParts().checks())))
	for _, text := range texts {
		for i := range ownParts().each() {
			p := ownParts()
			*p.each()[i] = text
			if err := p.harmless(); err != nil {
				t.Errorf("part %d is %.60q: %v", i, text, err)
			}
			if i < 3 || i > 6 { // the others mean something to the page
				if diff := cmp.Diff(plain, skeleton(parseHTML(t, report.HTML(p.checks())))); diff != "" && text != "" {
					t.Errorf("part %d is %.60q (-plain +hostile)\n%s", i, text, diff)
				}
			}
		}
	}
}

// FuzzParts: reason, cause and host apart, so that a cause that repeats its reason
// meets a hostile one.
func FuzzParts(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, "unhealthy", "web.example.com")
		f.Add("status-"+text, "unhealthy", "web.example.com")
		f.Add("host-unreach", text, "web.example.com")
		f.Add("vantage-failed", "vantage-failed", text)
	}
	f.Fuzz(func(t *testing.T, reason, cause, host string) {
		p := ownParts()
		p.reason, p.cause, p.host = reason, cause, host
		if err := p.harmless(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestPassedAtOfState: a time out of a state that was tampered with is harmless on
// a terminal.
func TestPassedAtOfState(t *testing.T) {
	web := finding("web.example.com", 443, "open", look.Closed, look.ConnRefused)
	for _, text := range hostile {
		got := report.Failures([]verdict.Finding{web}, report.Context{PassedAt: "x" + text + strings.Repeat("x", 1000)}).Detail
		if strings.ContainsFunc(got, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }) || len(got) > 2000 {
			t.Errorf("%q: %q", text, got)
		}
	}
}
