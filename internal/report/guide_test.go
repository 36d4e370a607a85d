package report

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestGuide holds the guide's table of reasons to the list of them.
func TestGuide(t *testing.T) {
	var b strings.Builder
	b.WriteString("| reason | meaning |\n|---|---|\n")
	for _, r := range reasonTexts {
		reason := string(r.reason)
		if strings.HasSuffix(reason, "-") {
			reason += "…"
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", reason, strings.TrimSuffix(r.text, "."))
	}
	porttest.Guide(t, "../../templates/guides/services.md.tmpl", "reasons", b.String(), flag.Lookup("update").Value.String() == "true")
}
