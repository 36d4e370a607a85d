package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/portcheck/terraform-provider-portcheck"

// listed is a package as the go command describes it.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// goList asks the go command for packages as they are built on goos.
func goList(t *testing.T, goos string, arguments ...string) []byte {
	t.Helper()
	list := exec.Command("go", append([]string{"list"}, arguments...)...)
	list.Env = append(os.Environ(), "GOOS="+goos, "GOFLAGS=") // -race needs cgo, which go has for no other system
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// arrows reads which packages each package may import, from the one list of them
// in CONTRIBUTING.md. What only its tests may import stands under "tests of" and
// its name.
func arrows(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "The arrows point down only")
	_, list, _ = strings.Cut(list, "```\n")
	list, _, _ = strings.Cut(list, "```")
	allowed := map[string][]string{}
	for line := range strings.Lines(list) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		from, to, ok := strings.Cut(line, "->")
		if !ok {
			t.Fatalf("no arrow: %q", line)
		}
		from = strings.TrimSpace(from)
		allowed[from] = []string{}
		for name := range strings.SplitSeq(to, ",") {
			if name = strings.TrimSpace(name); name != "nothing" {
				allowed[from] = append(allowed[from], name)
			}
		}
	}
	return allowed
}

// knowTerraform are the packages that may import the plugin framework and its siblings:
// the provider, what serves it, and what writes its schemas down.
var knowTerraform = []string{"provider", "main.go", "tools/newschemas"}

// TestArrows holds the layout: what each package may import of this module, and
// that only knowTerraform does.
func TestArrows(t *testing.T) {
	allowed := arrows(t)
	seen := map[string]bool{}
	for _, goos := range []string{"linux", "windows"} {
		out := goList(t, goos, "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
		for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
			var p listed
			if err := decoder.Decode(&p); err != nil {
				t.Fatal(err)
			}
			name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/internal/")
			if p.ImportPath == module {
				name = "main.go"
			}
			seen[name] = true
			to, ok := allowed[name]
			if !ok {
				t.Errorf("%s is not part of the layout", p.ImportPath)
			}
			checkArrows(t, name, p.Imports, to)
			forTests := slices.Concat(to, allowed["tests of "+name], []string{name, "porttest"})
			checkArrows(t, name, append(p.TestImports, p.XTestImports...), forTests)
		}
	}
	for name := range allowed {
		if name = strings.TrimPrefix(name, "tests of "); !seen[name] {
			t.Errorf("%s is in the layout, and there is no such package", name)
		}
	}
}

// checkArrows: of this module, name may import what allowed has.
func checkArrows(t *testing.T, name string, imports, allowed []string) {
	t.Helper()
	for _, imported := range imports {
		ours, ok := strings.CutPrefix(imported, module+"/internal/")
		if ok && !slices.Contains(allowed, ours) {
			t.Errorf("%s imports %s", name, imported)
		}
		if strings.HasPrefix(imported, "github.com/hashicorp/terraform-") && !slices.Contains(knowTerraform, name) {
			t.Errorf("%s imports %s", name, imported)
		}
	}
}

// TestLinks: what only judges and words things has no socket and no gRPC in it,
// however far down.
func TestLinks(t *testing.T) {
	for linked := range strings.FieldsSeq(string(goList(t, "linux", "-deps", "."))) {
		if strings.HasPrefix(linked, "github.com/hashicorp/terraform-plugin-testing") || strings.HasPrefix(linked, "github.com/hashicorp/terraform-plugin-sdk") {
			t.Errorf("the provider links %s, which is for tests", linked)
		}
	}
	for _, name := range []string{"endpoint", "look", "verdict", "report", "baseline", "rules"} {
		for _, goos := range []string{"linux", "windows"} {
			for linked := range strings.FieldsSeq(string(goList(t, goos, "-deps", "./internal/"+name))) {
				if linked == "net" || linked == "os/exec" || strings.HasPrefix(linked, "google.golang.org/grpc") || strings.HasPrefix(linked, "golang.org/x/") {
					t.Errorf("%s links %s on %s", name, linked, goos)
				}
			}
		}
	}
}

// TestManifest starts the provider as a CLI does and holds the protocol that it
// offers to the one that the registry's manifest promises.
func TestManifest(t *testing.T) {
	text, err := os.ReadFile("terraform-registry-manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Version  int
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		}
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "provider")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	plugin := exec.CommandContext(t.Context(), binary)
	// The handshake of go-plugin with the cookie that Terraform sends
	// (terraform-plugin-go, tfprotov6/tf6server/plugin.go).
	plugin.Env = append(os.Environ(), "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=4,5,6")
	stdout, err := plugin.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := plugin.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_ = plugin.Process.Kill()
	_ = plugin.Wait()
	if err != nil {
		t.Fatal(err)
	}
	served := strings.Split(line, "|")[1] + ".0"
	if manifest.Version != 1 || !slices.Equal(manifest.Metadata.ProtocolVersions, []string{served}) {
		t.Errorf("manifest %+v, served is %s (%q)", manifest, served, line)
	}
}

// TestLogLevels: nothing is logged that the CLI does not show.
func TestLogLevels(t *testing.T) {
	const framework, provider = "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_PORTCHECK"
	variables := []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK", framework, provider}
	for _, tt := range []struct {
		set                 [2]string // TF_LOG, TF_LOG_PROVIDER
		variable, value     string
		framework, provider string // wanted
	}{
		{[2]string{"", ""}, "", "", "off", "off"},
		{[2]string{"trace", ""}, "", "", "trace", "trace"},
		{[2]string{"trace", "debug"}, "", "", "debug", "debug"},
		{[2]string{"", "info"}, "TF_LOG_SDK", "warn", "", "info"},
		{[2]string{"", "info"}, framework, "error", "error", "info"},
		{[2]string{"trace", ""}, provider, "warn", "trace", "warn"},
	} {
		for _, variable := range variables {
			t.Setenv(variable, "")
		}
		t.Setenv("TF_LOG", tt.set[0])
		t.Setenv("TF_LOG_PROVIDER", tt.set[1])
		if tt.variable != "" {
			t.Setenv(tt.variable, tt.value)
		}
		setLogLevels()
		if got := os.Getenv(framework); got != tt.framework {
			t.Errorf("%+v: the framework's level is %q", tt, got)
		}
		if got := os.Getenv(provider); got != tt.provider {
			t.Errorf("%+v: the provider's level is %q", tt, got)
		}
	}
}
