package report_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/report"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// parts are the texts of a check that may come from elsewhere.
type parts struct {
	name, scheme, host, from, passedAt, waiver string
	declared, state, reason, cause             string // which mean something to a report
}

// ownParts are parts as the provider writes them.
func ownParts() *parts {
	return &parts{"web", "https", "web.example.com", "vpc-a", "2026-11-22T23:11:50Z", "CHG-1234", "open", "unresponsive", "status-503", "unhealthy"}
}

// each are the parts one by one, to be replaced; those from meaning on mean something.
func (p *parts) each() []*string {
	return []*string{&p.name, &p.scheme, &p.host, &p.from, &p.passedAt, &p.waiver, &p.declared, &p.state, &p.reason, &p.cause}
}

const meaning = 6

func (p parts) checks() []report.Check {
	key := endpoint.Key{Endpoint: endpoint.Endpoint{Scheme: endpoint.Scheme(p.scheme), Host: endpoint.Host(p.host), Port: 443}, From: p.from}
	excused := key
	excused.Endpoint.Port = 8443
	record := verdict.Record{Declared: endpoint.Want(p.declared), State: look.State(p.state), Reason: look.Reason(p.reason), Cause: verdict.Cause(p.cause)}
	return []report.Check{{
		Name: p.name, Probed: true, PassedAt: p.passedAt, Results: results{key: look.State(p.state), excused: look.State(p.state)},
		Failures: failures{key: record}, Waived: failures{excused: record},
		Waivers: func(e endpoint.Endpoint) *endpoint.Waiver {
			if e.Port != excused.Endpoint.Port {
				return nil
			}
			return &endpoint.Waiver{Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Reason: p.waiver}
		},
	}}
}

// harmless tells what of the reports is more than text, or too long for any.
func (p parts) harmless() error {
	markdown, junit := report.Markdown(p.checks()), report.JUnit(p.checks())
	got := render(markdown)
	for _, cells := range got.cells {
		// The tables of what failed and of what is waived, with places or without, and the
		// matrix from place to endpoint.
		if n := len(cells); !slices.Contains([]int{7, 6, 9, 8, 2}, n) {
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
	if text := report.JSON(p.checks()); !json.Valid([]byte(text)) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }) {
		return fmt.Errorf("JSON: %.2000q", text)
	}
	if _, err := samplesOf(report.OpenMetrics(p.checks())); err != nil {
		return fmt.Errorf("OpenMetrics: %w", err)
	}
	if !json.Valid([]byte(report.JSON(p.checks()))) {
		return errors.New("JSON: not valid")
	}
	for name, text := range map[string]string{"Markdown": markdown, "JUnit": junit} {
		if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }) || len(text) > 20_000 {
			return fmt.Errorf("%s: %d bytes\n%q", name, len(text), text)
		}
	}
	return nil
}

// hostileTexts are more than 500 texts that want to be more than text: by themselves,
// behind what passes, around it, and at the beginning of a line.
func hostileTexts() []string {
	texts := []string{strings.Repeat("x", 700_000), "status-" + strings.Repeat("x", 700_000), "status-50", "status-5033", "status-５０３", "STATUS-503", "status-503 "}
	for _, text := range slices.Concat(hostile, hostileHTML) {
		texts = append(texts, text, "status-"+text, "status-503"+text, text+"status-503", "syn-ack "+text, "x"+text+"x", "\n"+text, "\n\n"+text+"\n", "a | "+text+" | b", strings.Repeat(text, 30))
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// TestHostileParts puts hostile text into each part alone: what one part means
// must not let another through.
func TestHostileParts(t *testing.T) {
	texts := hostileTexts()
	if len(texts) < 500 {
		t.Errorf("%d texts", len(texts))
	}
	plain := skeleton(parseHTML(t, report.HTML(ownParts().checks())))
	for _, text := range texts {
		for i := range ownParts().each() {
			p := ownParts()
			*p.each()[i] = text
			if err := p.harmless(); err != nil {
				t.Errorf("part %d is %.60q: %v", i, text, err)
			}
			if i < meaning {
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
