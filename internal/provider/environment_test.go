package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMisspelt: a variable that is nearly one of ours is named, once for each, and
// neither its value nor what belongs to others.
func TestMisspelt(t *testing.T) {
	environ := []string{
		"PATH=/bin", "PORTCHECK=1", "PORTCHECK_=1", "PORTCHECK_TERRAFORM=x", "PORTCHECK_VERSION=1.2",
		"PORTCHECK_MAX_RATE=5", "PORTCHECK_MAX_RATES=5", "PORTCHECK_MAX_RATE_CEILING=5", "PORTCHECK_ALLOW=192.0.2.1",
		"portcheck_rechecks=2", "PORTCHECK_ENABLE=false", "PORTCHECK_DENIY=192.0.2.1", "PORTCHECK_PROMETHEUS_PASWORD=hunter2", "PORTCHECK_MAX_CHEKS_CEILING=1",
	}
	right := environment{"PORTCHECK_MAX_RATE": "5"}
	says := func(name, near string) string {
		return "Misspelt environment variable " + name + ": The environment variable " + name +
			" has no effect: this provider does not read it. The nearest that it reads is " + near + "."
	}
	want := []string{
		says("PORTCHECK_DENIY", "PORTCHECK_DENY"),
		says("PORTCHECK_ENABLE", "PORTCHECK_ENABLED"),
		says("PORTCHECK_MAX_CHEKS_CEILING", "PORTCHECK_MAX_CHECKS_CEILING"),
		says("PORTCHECK_PROMETHEUS_PASWORD", "PORTCHECK_PROMETHEUS_PASSWORD"),
		says("portcheck_rechecks", "PORTCHECK_RECHECKS"),
	}
	if diff := cmp.Diff(want, textsOf(misspelt(environ, right.lookup))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	windows := environment{"PORTCHECK_RECHECKS": "2"} // finds it whatever its case
	if got := textsOf(misspelt([]string{"portcheck_rechecks=2"}, windows.lookup)); len(got) > 0 {
		t.Errorf("a variable that is read: %q", got)
	}
}
