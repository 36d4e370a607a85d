package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/portcheck/terraform-provider-portcheck"

// TestArrows holds the layout: what each package may import of this module.
// Only main and internal/provider know Terraform.
func TestArrows(t *testing.T) {
	allowed := map[string][]string{
		"":                              {"internal/provider"},
		"internal/provider":             {"internal/report", "internal/baseline", "internal/scan", "internal/verdict", "internal/probe", "internal/endpoint"},
		"internal/report":               {"internal/verdict", "internal/probe", "internal/endpoint"},
		"internal/baseline":             {"internal/endpoint"},
		"internal/scan":                 {"internal/verdict", "internal/probe", "internal/endpoint"},
		"internal/verdict":              {"internal/probe", "internal/endpoint"},
		"internal/probe":                {"internal/endpoint"},
		"internal/endpoint":             {},
		"internal/porttest":             {},
		"internal/porttest/demo":        {"internal/porttest"},
		"internal/porttest/diagnostics": {"internal/porttest"},
		"internal/tools/benchtable":     {},
		"internal/tools/testlog":        {},
	}
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); seen++ {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&pkg); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(pkg.ImportPath, module), "/")
		arrows, ok := allowed[name]
		if !ok {
			t.Errorf("%s is not part of the layout", pkg.ImportPath)
		}
		for _, imported := range pkg.Imports {
			local, ours := strings.CutPrefix(imported, module+"/")
			if ours && !slices.Contains(arrows, local) {
				t.Errorf("%s imports %s", pkg.ImportPath, imported)
			}
			if strings.HasPrefix(imported, "github.com/hashicorp/terraform-") && name != "" && name != "internal/provider" {
				t.Errorf("%s imports %s", pkg.ImportPath, imported)
			}
		}
	}
	if seen != len(allowed) {
		t.Errorf("%d packages, %d in the layout", seen, len(allowed))
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
