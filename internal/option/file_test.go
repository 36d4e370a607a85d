package option

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func TestAuthoritiesIn(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	ca := porttest.NewCA(t).PEM
	good := write("ca.pem", ca)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(good, link); err != nil {
		t.Skip(err)
	}
	largest, large := write("largest", ca), write("large", ca)
	for file, size := range map[string]int64{largest: maxFile, large: maxFile + 1} {
		if err := os.Truncate(file, size); err != nil { // with a hole, which takes no disk
			t.Fatal(err)
		}
	}
	for file, want := range map[string]string{
		good:                         "",
		link:                         "",
		largest:                      "",
		large:                        "which cannot be read: it has more than 16 MiB",
		dir:                          "which cannot be read: it is a folder",
		filepath.Join(dir, "not"):    "which cannot be read: no such file or directory",
		write("key", "-----BEGIN X"): "which has no certificate; its first block is damaged",
		write("empty", ""):           "which has no certificate",
		write("text", "s3cr3t "+"x"): "which has no certificate",
	} {
		_, err := AuthoritiesIn(t.Context(), file)
		if (err == nil) != (want == "") || err != nil && !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", filepath.Base(file), err, want)
		}
	}
	ended, cancel := context.WithCancelCause(t.Context())
	why := errors.New("interrupted")
	cancel(why)
	if _, err := AuthoritiesIn(ended, good); !errors.Is(err, why) {
		t.Errorf("interrupted: %v", err)
	}
}
