package porttest

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Guide fails the test unless text is in the guide, between the lines "<!--
// NAME -->" and "<!-- end -->". With update it writes text there instead.
func Guide(tb testing.TB, file, name, text string, update bool) {
	tb.Helper()
	guide, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end -->\n"
	before, rest, ok := strings.Cut(string(guide), begin)
	shown, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		tb.Fatalf("%s has no %q with an end", file, begin)
	}
	if update {
		if err := os.WriteFile(file, []byte(before+begin+text+end+after), 0o600); err != nil {
			tb.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(text, shown); diff != "" {
		tb.Errorf("%s (-want +got; make generate writes it anew)\n%s", file, diff)
	}
}
