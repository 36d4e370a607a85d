package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// TestEveryCauseHasWords holds the list of causes, their texts and the golden
// files together.
func TestEveryCauseHasWords(t *testing.T) {
	for _, cause := range verdict.Causes() {
		golden, err := os.ReadFile(filepath.Join("testdata", string(cause)+".txt"))
		if err != nil || !strings.Contains(string(golden), "  "+string(cause)+": ") {
			t.Errorf("%s has no example: %v", cause, err)
		}
		if text := causeTexts[cause]; text.meaning == "" || text.next == "" {
			t.Errorf("%s has no words", cause)
		}
	}
	if len(causeTexts) != len(verdict.Causes()) {
		t.Errorf("%d texts for %d causes", len(causeTexts), len(verdict.Causes()))
	}
}

// TestForgedReason: a reason that only looks like a status is not repeated. The
// argument of a report may have any.
func TestForgedReason(t *testing.T) {
	for reason, known := range map[look.Reason]bool{
		"status-503":              true,
		"status-5033":             false,
		"status-\x1b[31m @nobody": false,
		"no-greeting":             true,
		"":                        false,
	} {
		if got := reasonText(reason) != ""; got != known {
			t.Errorf("%q has words: %t", reason, got)
		}
	}
}
