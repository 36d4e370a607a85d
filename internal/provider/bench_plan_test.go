package provider_test

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// benchCLI is the CLI that the benchmarks run: Terraform if there is one.
func benchCLI(b *testing.B) string {
	b.Helper()
	path := cmp.Or(os.Getenv(cliVariables["terraform"]), os.Getenv(cliVariables["tofu"]))
	if path == "" {
		b.Skip("neither PORTCHECK_TERRAFORM nor PORTCHECK_TOFU is set")
	}
	return path
}

// BenchmarkPlan times a plan that probes open loopback ports, beside the same
// plan with probing switched off.
func BenchmarkPlan(b *testing.B) {
	path := benchCLI(b)
	ports := openEverywhere(b, 10)
	for _, bench := range []struct {
		name         string
		hosts, ports int
		settings     string
	}{
		{"1-endpoint", 1, 1, ""}, {"100-endpoints", 10, 10, ""}, {"10000-endpoints", 1000, 10, ""}, {"10000-endpoints-without-max_rate", 1000, 10, "max_rate = 0"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			cli, err := porttest.NewCLI(path, b.TempDir(), porttest.Provider())
			if err != nil {
				b.Fatal(err)
			}
			config := fmt.Sprintf("%s\nprovider \"portcheck\" {\n  %s\n}\nresource \"portcheck_check\" \"all\" {\n  hosts = [for i in range(%d) : \"127.1.${floor(i / 250)}.${i %% 250 + 1}\"]\n  open  = [%s]\n}\n",
				header, bench.settings, bench.hosts, strings.Join(ports[:bench.ports], ", "))
			if err := os.WriteFile(filepath.Join(cli.Dir, "main.tf"), []byte(config), 0o600); err != nil {
				b.Fatal(err)
			}
			mustRun(b, cli, "apply", "-auto-approve")
			quiet := *cli
			quiet.Env = append(slices.Clone(cli.Env), "PORTCHECK_ENABLED=false")
			var without time.Duration
			for b.Loop() {
				mustRun(b, cli, "plan", "-detailed-exitcode")
				b.StopTimer()
				began := time.Now()
				mustRun(b, &quiet, "plan", "-detailed-exitcode")
				without += time.Since(began)
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(without), "x:enabled=false")
		})
	}
}

// mustRun runs a command that has to end with 0: nothing is to be changed.
func mustRun(b *testing.B, cli *porttest.CLI, args ...string) {
	b.Helper()
	if out, exit, err := cli.Run(args...); err != nil || exit != 0 {
		b.Fatalf("%v: %v, exit code %d\n%s", args, err, exit, out)
	}
}

// openEverywhere listens on n ports of all addresses, in quotes.
func openEverywhere(b *testing.B, n int) []string {
	b.Helper()
	var ports []string
	for range n {
		listener, err := net.Listen("tcp", "0.0.0.0:0")
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_ = conn.Close()
			}
		}()
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		ports = append(ports, fmt.Sprintf("%q", port))
	}
	return ports
}
