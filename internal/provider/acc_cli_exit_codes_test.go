package provider_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestAccExitCodes measures the table of the guide "Exit codes":
// what each configuration gives while a port is closed that the last apply
// found open.
func TestAccExitCodes(t *testing.T) {
	table := guideTable(t)
	const postcondition = `
  lifecycle {
    postcondition {
      condition     = self.passed != false
      error_message = "ports are closed"
    }
  }`
	rows := []struct {
		name, config string
		codes        [4]int // plan, plan -refresh-only, apply, destroy
	}{
		{"check resource, `on_drift = \"recheck\"` (default)", web(""), [4]int{2, 2, 1, 0}},
		{"check resource, `on_drift = \"recheck\"` and `on_failure = \"warning\"`", web(`on_failure = "warning"`), [4]int{2, 2, 0, 0}},
		{"check resource, `on_drift = \"warning\"`", web(`on_drift = "warning"`), [4]int{0, 2, 0, 0}},
		{"check resource, `on_drift = \"warning\"`, and a `postcondition` on `self.passed`", web(`on_drift = "warning"` + postcondition), [4]int{1, 2, 1, 0}},
		{"check resource, `on_drift = \"error\"`", web(`on_drift = "error"`), [4]int{1, 2, 1, 1}},
		{"check resource, `on_drift = \"ignore\"`", web(`on_drift = "ignore"`), [4]int{0, 0, 0, 0}},
		{"data source (default, `on_failure = \"warning\"`)", data(""), [4]int{0, 0, 0, 0}},
		{"data source, and a `check` block that refers to it", data("") + outerCheck, [4]int{0, 0, 0, 0}},
		{"data source, and a `postcondition` on `self.passed`", data(postcondition), [4]int{1, 0, 1, 0}},
		{"data source, `on_failure = \"error\"`", data(`on_failure = "error"`), [4]int{1, 1, 1, 1}},
		{"data source nested in a `check` block", nestedCheck, [4]int{2, 0, 0, 0}},
		{"output of the root module made of a result that changed", data("") + `output "web" { value = data.portcheck.web.passed }`, [4]int{2, 2, 0, 0}},
		{"ephemeral resource (default, `on_failure = \"error\"`) that a provider refers to", gated(`"198.51.100.1"`, ""), [4]int{1, 1, 1, 1}},
		{"ephemeral resource that a provider refers to, `on_failure = \"warning\"`", gated(`"198.51.100.1"`, `on_failure = "warning"`), [4]int{0, 0, 0, 0}},
	}
	if len(rows) != len(table) {
		t.Errorf("%d rows are measured, the guide has %d", len(rows), len(table))
	}
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443)
		for _, row := range rows {
			w.firewall(80, porttest.Accept)
			w.write(row.config)
			w.apply().exits(0)
			w.firewall(80, porttest.RejectAdmin)
			// What changes state comes last; each begins with the same.
			got := [4]int{w.plan().exit, w.plan("-refresh-only").exit, w.apply().exit, w.destroy().exit}
			if got != row.codes {
				t.Errorf("%s: %v, want %v", row.name, got, row.codes)
			}
			for i, cell := range table[row.name] {
				if !slices.Contains(cell, got[i]) {
					t.Errorf("%s: the guide says %v in column %d, measured is %d", row.name, cell, i+1, got[i])
				}
			}
			if table[row.name] == nil {
				t.Errorf("%s: not in the guide", row.name)
			}
			w.firewall(80, porttest.Accept) // an ephemeral resource does not open before
			w.destroy("-refresh=false").exits(0)
		}
	})
}

var exitCode = regexp.MustCompile(`\b[012]\b`)

// guideTable reads the exit codes that each cell of the guide names, by the
// text of the first column. A destroy that is not blocked ends with 0.
func guideTable(t *testing.T) map[string][][]int {
	t.Helper()
	text, err := os.ReadFile("../../templates/guides/exit-codes.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][][]int{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 5 || strings.HasPrefix(line, "| configuration") {
			continue
		}
		name := strings.TrimSpace(cells[0])
		for _, cell := range cells[1:] {
			codes := []int{}
			for _, code := range exitCode.FindAllString(strings.ReplaceAll(cell, "not blocked", "0"), -1) {
				codes = append(codes, int(code[0]-'0'))
			}
			table[name] = append(table[name], codes)
		}
	}
	if len(table) == 0 {
		t.Fatal(fmt.Errorf("the guide has no table"))
	}
	return table
}
