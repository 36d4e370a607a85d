package endpoint_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

var update = flag.Bool("update", false, "write the guide's table")

// TestGuide holds the guide's table of the schemes to the list of them.
func TestGuide(t *testing.T) {
	var b strings.Builder
	b.WriteString("| scheme | usual port | what is sent | what counts as speaking |\n|---|---|---|---|\n")
	for _, info := range endpoint.Infos() {
		if !info.Scheme.Service() {
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %d/%s | %s | %s |\n", info.Scheme, info.Port, info.Transport, info.Sends, info.Speaks)
	}
	porttest.Guide(t, "../../templates/guides/services.md.tmpl", "schemes", b.String(), *update)
}
