package provider

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

func TestSummaries(t *testing.T) {
	const one, more, gap = "tcp://web:443 is filtered, declared open", "web is closed (and 2 more hosts)", "Nothing recorded of web: stopped-answering (no-response)"
	warning := func(summary string) *tfprotov6.Diagnostic {
		return &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: summary}
	}
	said := func(diagnostics []*tfprotov6.Diagnostic) (all []string) {
		for _, d := range diagnostics {
			all = append(all, d.Summary)
		}
		return all
	}
	s := &summaries{said: map[string]int{}}
	for range 2 { // the next configuration begins anew
		s.forget()
		diagnostics := []*tfprotov6.Diagnostic{
			warning(one), warning(more), warning(gap), warning(one), warning(more), warning(gap), warning(one),
			{Severity: tfprotov6.DiagnosticSeverityError, Summary: one},
		}
		s.tellApart("check", diagnostics)
		if diff := cmp.Diff([]string{
			one, more, gap, one + " (2nd check of it)", "web is closed (and 2 more hosts; 2nd check of it)", gap + " (2nd check of it)", one + " (3rd check of it)", one,
		}, said(diagnostics)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}

	// At once, each is told apart from the others.
	s.forget()
	var want []string
	diagnostics := make([]*tfprotov6.Diagnostic, 120)
	var calls sync.WaitGroup
	for i := range diagnostics {
		diagnostics[i] = warning(one)
		calls.Go(func() { s.tellApart("check", diagnostics[i:i+1]) })
		want = append(want, fmt.Sprintf("%s (%s check of it)", one, ordinal(i+1)))
	}
	calls.Wait()
	want[0] = one
	got := said(diagnostics)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("at once (-want +got)\n%s", diff)
	}
}

func TestOrdinal(t *testing.T) {
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 102: "102nd", 111: "111th", 1013: "1013th"} {
		if got := ordinal(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
