package provider_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

const ciExample = "../../examples/ci"

// TestAccPipelineScript runs the script of the pipelines on their root module.
func TestAccPipelineScript(t *testing.T) {
	porttest.Program(t, "bash")
	porttest.Program(t, "jq")
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443, 5432)
		copyFiles(t, ciExample, w.Dir, "main.tf", "portcheck.sh")
		w.Env = append(w.Env, "TERRAFORM="+w.Path, "PORTCHECK_CHECKS_READ_TIMEOUT=200ms", "PORTCHECK_RECHECK_INTERVAL=50ms",
			`TF_VAR_web_hosts=["198.51.100.1"]`, `TF_VAR_database_hosts=["198.51.100.1"]`)
		const failure = "`tcp://198.51.100.1:443` | open | filtered | no-response | filtered |"

		w.pipeline("plan").exits(0).says("### Port checks: not known before apply")
		w.pipeline("apply").exits(0)
		w.reports("### Port checks: 2 passed", 0)
		w.pipeline("drift").exits(0)
		w.reports("### Port checks: 2 passed", 0)

		w.firewall(443, porttest.Drop)
		w.pipeline("drift").exits(2).says("Port drift found while planning: tcp://198.51.100.1:443 is filtered")
		w.reports(failure, 1)
		w.pipeline("drift").exits(2) // nothing was written into state
		w.pipeline("plan").exits(0)
		w.reports(failure, 1)
		// A workflow finds its comment again by how it begins.
		if comment := w.read("reports/comment.md"); !strings.HasPrefix(comment, "### Port checks") || !strings.Contains(comment, failure) || !strings.Contains(comment, "0 to add, 1 to change") {
			t.Errorf("the comment is\n%s", comment)
		}

		w.firewall(443, porttest.Accept)
		w.pipeline("apply").exits(0)
		w.reports("### Port checks: 2 passed", 0)
		w.pipeline("drift").exits(0)

		w.Env = append(w.Env, `TF_VAR_web_hosts=["198.51.100.1/24"]`)
		w.pipeline("drift").exits(1).says("has host bits set")
		w.pipeline("").exits(1).says("usage: ")
	})
}

// TestPipelineComment: a comment on GitHub has 65,536 characters at most, however
// long the report and the plan are. The plan stays in its fence, is cut at a whole
// character, and says that it is cut.
func TestPipelineComment(t *testing.T) {
	porttest.Program(t, "bash")
	porttest.Program(t, "jq")
	const cut = "<summary>Plan, cut here: the artefact plan.txt has all of it</summary>"
	for _, tt := range []struct {
		name, plan  string
		report      int
		head, fence string // of the plan
		shown       string // of the plan; empty: its beginning
	}{
		{"short", "a\n<b>\n", 10, "<summary>Plan</summary>", "~~~~", "a\n<b>\n"},
		{"no end of line", "a", 10, "<summary>Plan</summary>", "~~~~", "a"},
		{"empty", "", 10, "<summary>Plan</summary>", "~~~~", ""},
		{"long", strings.Repeat("x", 100_000), 60_000, cut, "~~~~", ""},
		{"long characters", "x" + strings.Repeat("€", 100_000), 60_000, cut, "~~~~", ""},
		{"longer characters", strings.Repeat("😀", 100_000), 59_999, cut, "~~~~", ""},
		{"a fence", "a\n~~~~\n</details>\n  ~~~~~~\nb~~~\n", 10, "<summary>Plan</summary>", strings.Repeat("~", 10), "a\n~~~~\n</details>\n  ~~~~~~\nb~~~\n"},
		{"nothing but a fence", strings.Repeat("~", 100_000), 60_000, cut, "", ""},
		{"many fences", strings.Repeat("~~~~\n", 100_000), 60_000, cut, strings.Repeat("~", 8), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			comment := commentOn(t, tt.plan, tt.report)
			head, rest, ok := strings.Cut(comment, "\n<details>"+tt.head+"\n\n")
			fence, rest, _ := strings.Cut(rest, "\n")
			shown, end, closed := strings.Cut(rest, "\n"+fence+"\n")
			if !ok || !closed || len(head) != tt.report || end != "\n</details>\n" || strings.Trim(fence, "~") != "" || tt.fence != "" && fence != tt.fence {
				t.Fatalf("%d bytes that begin with %.80q, in a fence of %d, and end with %q", len(comment), comment[len(head):], len(fence), comment[max(0, len(comment)-40):])
			}
			if strings.Contains(shown, fence) || !strings.HasPrefix(tt.plan, shown) || !utf8.ValidString(shown) || tt.head != cut && shown != tt.shown {
				t.Errorf("the plan is %.200q … %q", shown, shown[max(0, len(shown)-20):])
			}
			if tt.head == cut && (len(comment) > 65_536 || tt.fence != "" && len(comment) < 64_000) {
				t.Errorf("%d bytes", len(comment))
			}
		})
	}
}

// commentOn is the comment for a plan and a report of so many characters.
func commentOn(t *testing.T, plan string, report int) string {
	t.Helper()
	dir := t.TempDir()
	outputs := fmt.Sprintf(`{"planned_values":{"outputs":{"report_html":{"value":""},"report_junit":{"value":""},"report_markdown":{"value":"%s"}}}}`, strings.Repeat("r", report))
	for name, text := range map[string]string{
		"cli": "#!/bin/sh\ncase $1 in\nplan) cat \"$0.plan\" ;;\nshow) cat \"$0.show\" ;;\nesac\n", "cli.plan": plan, "cli.show": outputs,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs(filepath.Join(ciExample, "portcheck.sh"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("bash", script, "plan")
	command.Dir, command.Env = dir, append(os.Environ(), "TERRAFORM="+filepath.Join(dir, "cli"))
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%.500s", err, out)
	}
	comment, err := os.ReadFile(filepath.Join(dir, "reports", "comment.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(comment)
}

// TestAccPipelineApplyFails: the reports of an apply that failed have what it
// found, not what the apply before left in state.
func TestAccPipelineApplyFails(t *testing.T) {
	porttest.Program(t, "bash")
	porttest.Program(t, "jq")
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.serve(80, 443, 5432)
		copyFiles(t, ciExample, w.Dir, "main.tf", "portcheck.sh")
		w.write(strings.ReplaceAll(w.read("main.tf"), "open   = ", "timeouts {\n    create = \"1s\"\n    update = \"1s\"\n  }\n  open   = "))
		w.Env = append(w.Env, "TERRAFORM="+w.Path, "PORTCHECK_CHECKS_READ_TIMEOUT=200ms", "PORTCHECK_RECHECK_INTERVAL=50ms",
			`TF_VAR_web_hosts=["198.51.100.1"]`, `TF_VAR_database_hosts=["198.51.100.1"]`)
		w.pipeline("plan").exits(0)
		w.pipeline("apply").exits(0)
		w.firewall(443, porttest.Drop)
		w.pipeline("plan").exits(0)
		w.pipeline("apply").exits(1).says("Port check failed: tcp://198.51.100.1:443 is filtered")
		w.reports("| filtered |", 1)
	})
}

func copyFiles(t *testing.T, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// pipeline runs the script with one argument, after removing its reports.
func (w *workspace) pipeline(command string) result {
	w.t.Helper()
	if err := os.RemoveAll(filepath.Join(w.Dir, "reports")); err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command("./portcheck.sh", command)
	cmd.Dir, cmd.Env = w.Dir, w.Env
	out, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		w.t.Fatal(err)
	}
	return result{w.t, "portcheck.sh " + command, string(out), cmd.ProcessState.ExitCode()}
}

func (w *workspace) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.Dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// reports holds the three reports to what the Markdown says and to how many
// test cases fail.
func (w *workspace) reports(markdown string, failing int) {
	w.t.Helper()
	if got := w.read("reports/report.md"); !strings.Contains(got, markdown) {
		w.t.Errorf("the Markdown report does not say %q:\n%s", markdown, got)
	}
	var junit struct {
		Suites []struct {
			Cases []struct {
				Failure *struct{} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(w.read("reports/report.xml")), &junit); err != nil {
		w.t.Error(err)
	}
	failed := 0
	for _, suite := range junit.Suites {
		for _, c := range suite.Cases {
			if c.Failure != nil {
				failed++
			}
		}
	}
	if len(junit.Suites) != 2 || failed != failing {
		w.t.Errorf("JUnit: %d suites, %d failures, want 2 and %d", len(junit.Suites), failed, failing)
	}
	if got := w.read("reports/report.html"); !strings.HasSuffix(strings.TrimSpace(got), "</html>") || !strings.Contains(got, "198.51.100.1") {
		w.t.Errorf("the HTML report is %q", got)
	}
}

// TestPipelines holds the pipelines to their script: they call it with what it
// knows, keep and read what it writes, and their own commands are Bash.
func TestPipelines(t *testing.T) {
	bash := porttest.Program(t, "bash")
	for name, wanted := range map[string][]string{
		"github.yml": {"terraform_wrapper: false", "persist-credentials: false", `cron: "17 3 * * *"`, "reports/comment.md", "head.repo.full_name == github.repository", "retention-days: "},
		"gitlab.yml": {"when: always", `$CI_PIPELINE_SOURCE == "schedule"`, "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID", "expire_in: "},
	} {
		text, err := os.ReadFile(filepath.Join(ciExample, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range append(wanted, "reports/report.md") {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s has no %q", name, want)
			}
		}
		// A tag can be moved to other code, a commit cannot.
		for _, action := range regexp.MustCompile(`uses: .*`).FindAllString(string(text), -1) {
			if !regexp.MustCompile(`@[0-9a-f]{40} # v[0-9.]+$`).MatchString(action) {
				t.Errorf("%s: %q names no commit", name, action)
			}
		}
		var pipeline any
		if err := yaml.Unmarshal(text, &pipeline); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var called []string
		for _, command := range commandsIn(pipeline) {
			if out, err := exec.Command(bash, "-n", "-c", command).CombinedOutput(); err != nil {
				t.Errorf("%s: %s\n%s", name, out, command)
			}
			for _, call := range scriptCall.FindAllStringSubmatch(command, -1) {
				called = append(called, call[1])
			}
		}
		slices.Sort(called)
		if want := []string{"apply", "drift", "plan"}; !slices.Equal(slices.Compact(called), want) {
			t.Errorf("%s calls the script with %q, want %q", name, called, want)
		}
	}
}

var scriptCall = regexp.MustCompile(`\./portcheck\.sh (\w+)`)

// commandsIn are those in a pipeline of either kind.
func commandsIn(node any) (commands []string) {
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			if text, ok := value.(string); ok && key == "run" {
				commands = append(commands, text)
				continue
			}
			if list, ok := value.([]any); ok && (key == "script" || key == "before_script") {
				for _, command := range list {
					commands = append(commands, command.(string))
				}
				continue
			}
			commands = append(commands, commandsIn(value)...)
		}
	case []any:
		for _, value := range node {
			commands = append(commands, commandsIn(value)...)
		}
	}
	return commands
}
