package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// BenchmarkBaselinePlan and BenchmarkBaselineApply hold 1,000 hosts to ten open
// ports each, in one baseline, next to a terraform_data that holds the same map:
// what the CLI takes for the map itself, and what this provider adds to that.
func BenchmarkBaselinePlan(b *testing.B) {
	check, plain := thousandHosts(b, heldToThem), thousandHosts(b, plainMap)
	mustRun(b, check, "apply", "-auto-approve")
	mustRun(b, plain, "apply", "-auto-approve")
	ratio(b, func() { mustRun(b, check, "plan") }, func() { mustRun(b, plain, "plan") })
}

func BenchmarkBaselineApply(b *testing.B) {
	applyAnew(b, heldToThem)
}

// BenchmarkBaselineRecord has portcheck_baseline find the same.
func BenchmarkBaselineRecord(b *testing.B) {
	applyAnew(b, recordThem)
}

func applyAnew(b *testing.B, config string) {
	b.Helper()
	ours, plain := thousandHosts(b, config), thousandHosts(b, plainMap)
	ratio(b, func() { mustRun(b, ours, "apply", "-auto-approve") }, func() { mustRun(b, plain, "apply", "-auto-approve") }, ours, plain)
}

const (
	plainMap   = `resource "terraform_data" "estate" { input = local.estate }`
	heldToThem = `resource "portcheck_check" "estate" { baseline = local.estate }`
	recordThem = `resource "portcheck_baseline" "estate" {
  hosts       = keys(local.estate)
  ports       = local.ports
  require_all = true
}`
)

// ratio times ours and theirs in turns, each time without a state in anew, and
// reports our time as a share of theirs.
func ratio(b *testing.B, ours, theirs func(), anew ...*porttest.CLI) {
	b.Helper()
	var took time.Duration
	for b.Loop() {
		ours()
		b.StopTimer()
		began := time.Now()
		theirs()
		took += time.Since(began)
		for _, w := range anew {
			if err := os.Remove(filepath.Join(w.Dir, "terraform.tfstate")); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(took), "x:terraform_data")
}

// thousandHosts is a root module with config, which finds in local.estate a
// thousand loopback addresses with ten ports that are open on each.
func thousandHosts(b *testing.B, config string) *porttest.CLI {
	b.Helper()
	cli, err := porttest.NewCLI(benchCLI(b), b.TempDir(), porttest.Provider())
	if err != nil {
		b.Fatal(err)
	}
	text := header + fmt.Sprintf(`
provider "portcheck" { max_rate = 0 }
locals {
  ports  = [%s]
  estate = { for i in range(1000) : "127.1.${floor(i / 250)}.${i %% 250 + 1}" => local.ports }
}
`, strings.Join(openEverywhere(b, 10), ", ")) + config
	if err := os.WriteFile(filepath.Join(cli.Dir, "main.tf"), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return cli
}
