package report

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/verdict"
)

// TestEveryCauseHasWords holds the list of causes and their texts together.
func TestEveryCauseHasWords(t *testing.T) {
	for _, cause := range verdict.Causes {
		if text := causeTexts[cause]; text.meaning == "" || text.next == "" {
			t.Errorf("%s has no words", cause)
		}
	}
	if len(causeTexts) != len(verdict.Causes) {
		t.Errorf("%d texts for %d causes", len(causeTexts), len(verdict.Causes))
	}
}
