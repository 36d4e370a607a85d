// Command notices writes the licences of all modules that are linked into the
// provider, on any system that it is released for. Run it in the root of the
// repository: go run ./internal/tools/notices >THIRD_PARTY_NOTICES
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// systems are those that the provider is released for, as far as they link other
// modules (.goreleaser.yml).
var systems = []string{"linux", "darwin", "windows", "freebsd"}

// licence is how files with terms are called.
var licence = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([-.].*)?$`)

// module is one that is linked.
type module struct {
	Path, Version, Dir string
	Main               bool
}

func main() {
	log.SetFlags(0)
	modules, err := linked(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	out := bufio.NewWriter(os.Stdout)
	if err := write(out, modules); err != nil {
		log.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

// linked returns the modules that are linked on any of systems, in the order of
// their paths, with Go itself first.
func linked(ctx context.Context) ([]module, error) {
	modules := map[string]module{}
	for _, system := range systems {
		list := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Module", ".")
		list.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		list.Stderr = os.Stderr
		out, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct{ Module *module }
			if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, fmt.Errorf("what go list prints: %w", err)
			}
			if p.Module != nil && !p.Module.Main {
				modules[p.Module.Path] = *p.Module
			}
		}
	}
	all := []module{{Path: "Go's standard library", Version: "", Dir: runtime.GOROOT()}} //nolint:staticcheck // go run sets it
	for _, m := range modules {
		all = append(all, m)
	}
	slices.SortFunc(all[1:], func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// write writes each text once, below the modules that it is the licence of.
func write(out io.Writer, modules []module) error {
	owners := map[string][]string{}
	var texts []string
	for _, m := range modules {
		files, err := os.ReadDir(m.Dir)
		if err != nil {
			return err
		}
		found := false
		for _, file := range files {
			if file.IsDir() || !licence.MatchString(file.Name()) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(m.Dir, file.Name()))
			if err != nil {
				return err
			}
			found = true
			body := strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n"))
			if owners[body] == nil {
				texts = append(texts, body)
			}
			owners[body] = append(owners[body], strings.TrimSpace(m.Path+" "+m.Version)+" ("+file.Name()+")")
		}
		if !found {
			return fmt.Errorf("%s: no file with a licence in %s", m.Path, m.Dir)
		}
	}
	fmt.Fprintln(out, "terraform-provider-portcheck contains these modules. Each list of modules is followed by its terms.")
	for _, text := range texts {
		fmt.Fprintf(out, "\n%s\n\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(owners[text], "\n"), text)
	}
	return nil
}
