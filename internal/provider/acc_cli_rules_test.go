package provider_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAccRules plans the examples of the functions for the rules of clouds: what
// their comments say is known before anything is made.
func TestAccRules(t *testing.T) {
	want := map[string]map[string][]string{
		"aws_ingress":           {"from_anywhere": {"22", "80-443"}, "from_this_machine": {"80-443"}},
		"google_firewall_allow": {"ports": {"53", "8000-8010", "53/udp"}, "tcp": {"53", "8000-8010"}},
		"azure_rule_ports":      {"from_inside": {"20-25", "443"}, "from_outside": {"20-21", "23-25", "443"}},
	}
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.mockClouds()
		for name, outputs := range want {
			copyFiles(t, filepath.Join("../../examples/functions", name), w.Dir, "function.tf")
			w.write(header + "provider \"azurerm\" {\n  features {}\n}\n")
			w.plan("-out=plan").exits(2)
			if diff := cmp.Diff(outputs, w.plannedPorts()); diff != "" {
				t.Errorf("%s (-want +got)\n%s", name, diff)
			}
		}
		if err := os.Remove(filepath.Join(w.Dir, "function.tf")); err != nil {
			t.Fatal(err)
		}
		w.write(header + "resource \"aws_security_group\" \"web\" {\n  ingress = []\n}\noutput \"ports\" {\n  value = provider::portcheck::aws_ingress(aws_security_group.web)\n}\n")
		w.plan().exits(1).says(`Invalid value for "ingress" parameter: ingress is a whole aws_security_group. Expected its attribute, as in aws_security_group.web.ingress.`)
	})
}

// plannedPorts are the outputs of a saved plan, which are lists of ports.
func (w *workspace) plannedPorts() map[string][]string {
	w.t.Helper()
	var plan struct {
		Values struct {
			Outputs map[string]struct{ Value []string }
		} `json:"planned_values"`
	}
	shown := w.run("show", "-json", "plan").exits(0)
	if err := json.Unmarshal([]byte(shown.out), &plan); err != nil {
		w.t.Fatalf("%v\n%s", err, shown.out)
	}
	ports := map[string][]string{}
	for name, output := range plan.Values.Outputs {
		ports[name] = output.Value
	}
	return ports
}

// TestAccClouds validates and plans the examples of the clouds: what the rules of
// each let in is declared unfiltered, and known in the plan.
func TestAccClouds(t *testing.T) {
	examples := map[string][]string{
		"aws-security-group":   {"80", "443"},
		"google-firewall":      {"80", "443", "8000-8010"},
		"azure-security-group": {"20-22", "24-25", "80", "443"},
	}
	onEachCLI(t, func(t *testing.T, w *workspace) {
		w.mockClouds()
		w.Env = append(w.Env, "TF_VAR_vpc_id=vpc-1", "TF_VAR_web_host=198.51.100.1", "TF_VAR_this_machine=192.0.2.7", "TF_VAR_network=web", "TF_VAR_resource_group=web")
		for name, want := range examples {
			copyFiles(t, filepath.Join("../../examples", name), w.Dir, "main.tf")
			w.run("validate").exits(0)
			w.plan("-out=plan").exits(2)
			if diff := cmp.Diff(want, w.plannedUnfiltered()); diff != "" {
				t.Errorf("%s (-want +got)\n%s", name, diff)
			}
			w.write(strings.Replace(w.read("main.tf"), "protocol ", "proto ", 1))
			w.run("validate").exits(1).says("proto") // so the schema is looked at
		}
	})
}

// plannedUnfiltered are the ports that portcheck_check.web declares unfiltered in a
// saved plan.
func (w *workspace) plannedUnfiltered() []string {
	w.t.Helper()
	var plan struct {
		Values struct {
			Root struct {
				Resources []struct {
					Address string
					Values  struct{ Unfiltered []string }
				}
			} `json:"root_module"`
		} `json:"planned_values"`
	}
	shown := w.run("show", "-json", "plan").exits(0)
	if err := json.Unmarshal([]byte(shown.out), &plan); err != nil {
		w.t.Fatalf("%v\n%s", err, shown.out)
	}
	for _, r := range plan.Values.Root.Resources {
		if r.Address == "portcheck_check.web" {
			return r.Values.Unfiltered
		}
	}
	return nil
}
