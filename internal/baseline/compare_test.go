package baseline_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/baseline"
)

func TestCompare(t *testing.T) {
	before := baseline.Baseline{
		"192.0.2.10": {"22", "8000-8009"},
		"192.0.2.9":  {"22"},
		"down":       {"80"},
		"same":       {"80", "53/udp"},
		"quiet":      {},
	}
	after := baseline.Baseline{
		"192.0.2.10": {"22", "8001-8010", "53/udp"},
		"192.0.2.9":  {"22", "443"},
		"new":        {},
		"same":       {"80", "53/udp"},
	}
	want := []baseline.Change{
		{Host: "192.0.2.9", Added: []string{"443"}, Removed: []string{}},
		{Host: "192.0.2.10", Added: []string{"8010", "53/udp"}, Removed: []string{"8000"}},
		{Host: "down", Added: []string{}, Removed: []string{"80"}},
		{Host: "new", Added: []string{}, Removed: []string{}},
		{Host: "quiet", Added: []string{}, Removed: []string{}},
	}
	if diff := cmp.Diff(want, baseline.Compare(before, after)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if changes := baseline.Compare(before, before); changes != nil {
		t.Errorf("the same differs in %v", changes)
	}
}
