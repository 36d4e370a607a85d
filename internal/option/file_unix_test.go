//go:build unix

package option

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestNoFile: what has no end or waits for somebody is refused before it is read.
func TestNoFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		pipe:        "it is a named pipe",
		"/dev/zero": "it is a device",
		"/dev/null": "it is a device",
	} {
		if _, err := AuthoritiesIn(t.Context(), file); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
}
