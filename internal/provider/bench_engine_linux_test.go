package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// planOf is a whole plan that reads a data source with these arguments.
func planOf(b *testing.B, settings, arguments string) func(tb testing.TB) {
	b.Helper()
	cli, err := porttest.NewCLI(benchCLI(b), b.TempDir(), porttest.Provider())
	if err != nil {
		b.Fatal(err)
	}
	config := fmt.Sprintf("%s\nprovider \"portcheck\" {\n%s\n}\ndata \"portcheck\" \"all\" {\n%s\n}\n", header, settings, arguments)
	if err := os.WriteFile(filepath.Join(cli.Dir, "main.tf"), []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	return func(testing.TB) { mustRun(b, cli, "plan") }
}

// sleeps is a peer that does nothing but wait.
func sleeps(name string, d time.Duration) porttest.Peer {
	return porttest.Peer{Name: name, Run: func(testing.TB) { time.Sleep(d) }}
}

// rates are settings that plans are timed with.
var rates = []struct{ name, settings string }{{"defaults", ""}, {"without-max_rate", "max_rate = 0"}}

// BenchmarkSweepPlan plans with all ports of loopback declared closed, as they are.
func BenchmarkSweepPlan(b *testing.B) {
	porttest.NewLab(b)
	for _, limits := range rates {
		b.Run(limits.name, func(b *testing.B) {
			ours := planOf(b, limits.settings, `hosts = ["127.0.0.1"]
closed = ["1-65535"]`)
			porttest.Compare(b, ours, porttest.Nmap("-p1-65535", "127.0.0.1")...)
		})
	}
}

// BenchmarkDroppedPlan plans with ports that a firewall drops: a thousand of one host,
// for a second each, and a hundred or 75 of each of 256 hosts with the defaults.
func BenchmarkDroppedPlan(b *testing.B) {
	lab := porttest.NewLab(b)
	for i := range 256 {
		lab.SetAll(porttest.Router, porttest.ManyAddr(i+1), porttest.Drop)
	}
	hosts := fmt.Sprintf("hosts = [for i in range(1, 257) : cidrhost(%q, i)]\n", porttest.ManyAddr(1).String()+"/15")
	for _, bench := range []struct {
		name, arguments string
		timeout         time.Duration
	}{
		{"1000-ports", fmt.Sprintf("hosts = [%q]\nopen = [\"1-1000\"]\nchecks_read_timeout = \"1s\"", porttest.ManyAddr(1)), time.Second},
		{"256-hosts-open", hosts + `open = ["1-100"]`, 5 * time.Second},
		// As many as 20,000 descriptors, a common limit, are enough for at once.
		{"256-hosts-75-ports-open", hosts + `open = ["1-75"]`, 5 * time.Second},
		{"256-hosts-closed", hosts + `closed = ["1-100"]`, 5 * time.Second},
	} {
		b.Run(bench.name, func(b *testing.B) {
			porttest.Compare(b, planOf(b, "", bench.arguments), sleeps("one-time-out", bench.timeout))
		})
	}
}

// BenchmarkRefusedPlan plans with a thousand ports that are declared open and refuse.
func BenchmarkRefusedPlan(b *testing.B) {
	porttest.NewLab(b)
	ours := planOf(b, "", "hosts = [\"127.0.0.1\"]\nopen = [\"1001-2000\"]")
	porttest.Compare(b, ours, sleeps("pause-before-the-re-check", time.Second))
}

// BenchmarkHostsPlan plans with ten open ports of each of 5,000 hosts behind two
// routers.
func BenchmarkHostsPlan(b *testing.B) {
	lab := porttest.NewLab(b)
	arguments := []string{"-p1000-1009"}
	for port := range uint16(10) {
		lab.ListenAll(1000+port, porttest.AcceptClose)
	}
	for i := range 5000 {
		arguments = append(arguments, porttest.ManyAddr(i+1).String())
	}
	for _, limits := range rates {
		b.Run(limits.name, func(b *testing.B) {
			ours := planOf(b, limits.settings, fmt.Sprintf("hosts = flatten([for a in range(5) : [for i in range(1000) : cidrhost(%q, 1000 * a + i + 1)]])\nopen = [\"1000-1009\"]", porttest.ManyAddr(1).String()+"/15"))
			porttest.Compare(b, ours, append(porttest.Nmap(arguments...), porttest.Masscan(50_000, arguments...)...)...)
		})
	}
}
