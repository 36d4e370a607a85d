package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// BenchmarkBaselinePlan and BenchmarkBaselineApply hold 1,000 hosts to ten open
// ports each, in one baseline, next to a terraform_data that holds the same map:
// what the CLI takes for the map itself, and what this provider adds to that. The
// check also keeps the state of each port, so there is a terraform_data of both maps.
func BenchmarkBaselinePlan(b *testing.B) {
	var modules []*porttest.CLI
	for _, config := range []string{heldToThem, plainMap, bothMaps} {
		w := thousandHosts(b, config)
		mustRun(b, w, "apply", "-auto-approve")
		modules = append(modules, w)
	}
	porttest.Compare(b, planning(modules[0]), porttest.Peer{Name: "terraform_data", Run: planning(modules[1])}, porttest.Peer{Name: "terraform_data-of-both-maps", Run: planning(modules[2])})
}

func BenchmarkBaselineApply(b *testing.B) {
	applyAnew(b, heldToThem)
}

// BenchmarkBaselineRecord has portcheck_baseline find the same.
func BenchmarkBaselineRecord(b *testing.B) {
	applyAnew(b, recordThem)
}

// applyAnew applies config and a terraform_data, each time without a state.
func applyAnew(b *testing.B, config string) {
	b.Helper()
	apply := func(w *porttest.CLI) func(tb testing.TB) {
		return func(tb testing.TB) {
			tb.Helper()
			mustRun(tb, w, "apply", "-auto-approve")
			if err := os.Remove(filepath.Join(w.Dir, "terraform.tfstate")); err != nil {
				tb.Fatal(err)
			}
		}
	}
	porttest.Compare(b, apply(thousandHosts(b, config)), porttest.Peer{Name: "terraform_data", Run: apply(thousandHosts(b, plainMap))})
}

const (
	plainMap = `resource "terraform_data" "estate" { input = local.estate }`
	bothMaps = plainMap + `
resource "terraform_data" "results" {
  input = { for e in setproduct(keys(local.estate), local.ports) : "tcp://${e[0]}:${e[1]}" => "open" }
}`
	heldToThem = `resource "portcheck_check" "estate" { baseline = local.estate }`
	recordThem = `resource "portcheck_baseline" "estate" {
  hosts       = keys(local.estate)
  ports       = local.ports
  require_all = true
}`
)

// thousandHosts is a root module with config, which finds in local.estate a
// thousand loopback addresses with ten ports that are open on each.
func thousandHosts(b *testing.B, config string) *porttest.CLI {
	b.Helper()
	return rootModule(b, fmt.Sprintf(`
provider "portcheck" { max_rate = 0 }
locals {
  ports  = [%s]
  estate = { for i in range(1000) : "127.1.${floor(i / 250)}.${i %% 250 + 1}" => local.ports }
}
`, strings.Join(openEverywhere(b, 10), ", "))+config)
}
