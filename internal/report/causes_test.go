package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
