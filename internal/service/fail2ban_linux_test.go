package service_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// counted is how many of the lines of a log Debian's filter of fail2ban takes for an
// attempt to break in; prefix goes before each, as syslog would have it. The filter
// may have options in brackets.
func counted(t *testing.T, filter, prefix string, log []string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "log")
	text := prefix + strings.Join(log, "\n"+prefix) + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(porttest.Program(t, "fail2ban-regex"), file, filter).CombinedOutput()
	if err != nil {
		t.Fatalf("fail2ban-regex: %v\n%s", err, out)
	}
	found := regexp.MustCompile(`(\d+) matched`).FindSubmatch(out)
	if found == nil {
		t.Fatalf("fail2ban-regex says\n%s", out)
	}
	return string(found[1])
}

// counts holds what Debian's filters count of a log to the guide.
func counts(t *testing.T, prefix string, log []string, filters map[string]string) {
	t.Helper()
	for filter, want := range filters {
		if got := counted(t, filter, prefix, log); got != want {
			t.Errorf("fail2ban's %s counts %s of\n%s\nwant %s", filter, got, strings.Join(log, "\n"), want)
		}
	}
}
