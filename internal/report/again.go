package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// Waited is how long an apply, or what else waits, looked before it gave up.
type Waited struct {
	By      string // who looked, for the beginning of a sentence: "Apply"
	For     time.Duration
	Most    time.Duration // the time-out
	Timeout string        // its name: "timeouts.create"
}

// about says how long w was, given what is not as declared, and what to do if it
// was too short. Apply ends before its time when none of the ports closes that are
// open and declared closed, and when a place does not let it look.
func (w Waited) about(findings []verdict.Finding) string {
	looked := fmt.Sprintf("%s probed again and again for %s", w.By, rounded(w.For))
	notOpen := func(f verdict.Finding) bool { return f.Last.State != look.Open }
	switch {
	case w.For >= w.Most-time.Second:
		return fmt.Sprintf("%s, until %s (%s) was over. If the ports only need longer, raise it.", looked, w.Timeout, w.Most)
	case slices.ContainsFunc(findings, notOpen):
		return fmt.Sprintf("%s. The rest of %s (%s) would not have helped.", looked, w.Timeout, w.Most)
	}
	return fmt.Sprintf("%s. What is declared closed stayed open all the time, so it did not wait for the rest of %s (%s).", looked, w.Timeout, w.Most)
}

// again stands for the table and the explanations where a warning has them
// already: the number of endpoints for each cause and, of an apply, which may be
// read elsewhere than its plan, the next step.
func again(groups []portGroup, occasion Occasion) []string {
	total := 0
	table := newColumns("CAUSE", "ENDPOINTS", "FIRST")
	var next []string
	for _, cause := range sortedCauses(groups) {
		n, first := 0, verdict.Finding{}
		for _, g := range groups {
			if g.first().Cause != cause {
				continue
			}
			if n == 0 {
				first = g.first()
			}
			n += size(g.findings)
		}
		total += n
		table.row(cause, count(n), first.Key())
		next = append(next, wrap(fmt.Sprintf("Next, %s: %s", cause, wordsOf(cause, groups).next)))
	}
	known := "This is the endpoint that the last refresh found. Its warning says why."
	if total > 1 {
		known = fmt.Sprintf("These are the %s that the last refresh found. Its warning has each of them and says why.", counted(total, "endpoint"))
	}
	parts := []string{wrap(known), table.String()}
	if occasion == Apply {
		parts = append(parts, strings.Join(next, "\n"))
	}
	return parts
}
