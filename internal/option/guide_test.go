package option

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

var update = flag.Bool("update", false, "write the guide's table")

// TestGuide holds the guide's table of the options to the list of them.
func TestGuide(t *testing.T) {
	var b strings.Builder
	b.WriteString("| attribute | option | meaning |\n|---|---|---|\n")
	for _, m := range Maps() {
		for _, o := range m.Options {
			fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", m.Name, o.Name, strings.ReplaceAll(o.About, "|", "\\|"))
		}
	}
	porttest.Guide(t, "../../templates/guides/services.md.tmpl", "options", b.String(), *update)
}
