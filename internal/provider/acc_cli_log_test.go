package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// logged runs a plan with a log at a level and returns the provider's lines,
// without time and without what the framework adds, in order.
func logged(t *testing.T, w *workspace, level string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "log")
	quiet := w.Env
	w.Env = append(slices.Clone(quiet), "TF_LOG_PROVIDER="+level, "TF_LOG_PATH="+file)
	w.plan()
	w.Env = quiet
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		_, line, ours := strings.Cut(line, "terraform-provider-portcheck")
		if ours && strings.Contains(line, "internal/provider/") {
			_, line, _ = strings.Cut(line, ": ")
			message, _, _ := strings.Cut(line, ":")
			fields := field.FindAllString(volatile.ReplaceAllString(line, ""), -1)
			slices.Sort(fields)
			lines = append(lines, message+": "+strings.Join(fields, " "))
		}
	}
	slices.Sort(lines)
	return lines
}

var (
	field = regexp.MustCompile(`\w+=("[^"]*"|\S+)`)
	// volatile is what differs between two runs. Where the refusal came before
	// connect returned, the system no longer knows the local port.
	volatile = regexp.MustCompile(` (@\w+|tf_\w+|timestamp|rtt_ms|duration_ms|looks_per_s|local)=\S+`)
)

// TestAccLog: one line for each look and one for the run, none of them twice.
func TestAccLog(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80)
		w.firewall(443, porttest.RejectAdmin)
		w.write(fast + `
data "portcheck" "web" {
  hosts  = ["198.51.100.1"]
  open   = ["80", "443"]
  closed = ["22"]
}`)
		run := "Checked ports: declared_closed=1 declared_filtered=0 declared_open=2 declared_unfiltered=0 failed=1 flapping=0 hosts=1 inconclusive=0 looks=5"
		look := func(port, attempt, state, reason, icmp string) string {
			return "Looked at an endpoint: attempt=" + attempt + " endpoint=tcp://198.51.100.1:" + port + icmp +
				" reason=" + reason + " remote=198.51.100.1:" + port + " state=" + state
		}
		const rejected = ` icmp="3/13 from 192.0.2.254"`
		looks := []string{ // in the order of the text
			run,
			look("22", "1", "closed", "conn-refused", ""),
			look("443", "1", "filtered", "admin-prohibited", rejected),
			look("80", "1", "open", "syn-ack", ""),
			look("443", "2", "filtered", "admin-prohibited", rejected),
			look("80", "2", "open", "syn-ack", ""), // does what was open still open?
		}
		for level, want := range map[string][]string{"WARN": nil, "INFO": {run}, "DEBUG": looks, "TRACE": looks} {
			got := logged(t, w, level)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", level, diff)
			}
		}
	})
}
