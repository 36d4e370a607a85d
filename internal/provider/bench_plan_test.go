package provider_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

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

// BenchmarkPlan times a plan that probes open loopback ports. Its peers are the same
// plan with probing switched off, and one of a terraform_data that holds the map that
// results is.
func BenchmarkPlan(b *testing.B) {
	ports := openEverywhere(b, 10)
	for _, bench := range []struct {
		name         string
		hosts, ports int
		settings     string
	}{
		{"1-endpoint", 1, 1, ""}, {"100-endpoints", 10, 10, ""}, {"10000-endpoints", 1000, 10, ""}, {"10000-endpoints-without-max_rate", 1000, 10, "max_rate = 0"},
		{"100000-endpoints-without-max_rate", 10_000, 10, "max_rate = 0"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var hosts []string
			for i := range bench.hosts {
				hosts = append(hosts, fmt.Sprintf("%q", fmt.Sprintf("127.1.%d.%d", i/250, i%250+1)))
			}
			locals := fmt.Sprintf("\nprovider \"portcheck\" {\n  %s\n}\nlocals {\n  hosts = [%s]\n  ports = [%s]\n}\n",
				bench.settings, strings.Join(hosts, ", "), strings.Join(ports[:bench.ports], ", "))
			check := rootModule(b, locals+"resource \"portcheck_check\" \"all\" {\n  hosts = local.hosts\n  open  = local.ports\n}\n")
			plain := rootModule(b, locals+"resource \"terraform_data\" \"all\" {\n  input = { for e in setproduct(local.hosts, local.ports) : \"tcp://${e[0]}:${e[1]}\" => \"open\" }\n}\n")
			mustRun(b, check, "apply", "-auto-approve")
			mustRun(b, plain, "apply", "-auto-approve")
			quiet := *check
			quiet.Env = append(slices.Clone(check.Env), "PORTCHECK_ENABLED=false")
			porttest.Compare(b, planning(check), porttest.Peer{Name: "enabled=false", Run: planning(&quiet)}, porttest.Peer{Name: "terraform_data", Run: planning(plain)})
		})
	}
}

// planning plans where nothing is to be changed.
func planning(cli *porttest.CLI) func(tb testing.TB) {
	return func(tb testing.TB) {
		tb.Helper()
		mustRun(tb, cli, "plan", "-detailed-exitcode")
	}
}

// rootModule is a root module with a configuration, for the CLI of the benchmarks.
func rootModule(b *testing.B, config string) *porttest.CLI {
	b.Helper()
	cli, err := porttest.NewCLI(benchCLI(b), b.TempDir(), porttest.Provider())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cli.Dir, "main.tf"), []byte(header+config), 0o600); err != nil {
		b.Fatal(err)
	}
	return cli
}

// mustRun runs a command that has to end with 0: nothing is to be changed.
func mustRun(tb testing.TB, cli *porttest.CLI, args ...string) {
	tb.Helper()
	if out, exit, err := cli.Run(args...); err != nil || exit != 0 {
		tb.Fatalf("%v: %v, exit code %d\n%s", args, err, exit, out)
	}
}

// openEverywhere listens on n ports of all addresses, in quotes.
func openEverywhere(b *testing.B, n int) []string {
	b.Helper()
	var ports []string
	for range n {
		server := porttest.ListenEverywhere(b, porttest.AcceptClose)
		ports = append(ports, strconv.Quote(strconv.Itoa(int(server.Addr().Port()))))
	}
	return ports
}
