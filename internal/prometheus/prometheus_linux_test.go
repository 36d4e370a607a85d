package prometheus

import (
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

const exporterConfig = `
modules:
  tcp_connect: { prober: tcp }
  http_2xx:    { prober: http }
  icmp:        { prober: icmp }
`

// serverConfig has the jobs as the exporter's own documentation writes them: the
// address of a target becomes a parameter, and the exporter the address.
const serverConfig = `
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: web
    metrics_path: /probe
    params: { module: [http_2xx] }
    static_configs: [{ targets: ["http://127.0.0.1:%[2]d", "https://127.0.0.1:%[2]d/health"] }]
    relabel_configs: &blackbox
      - { source_labels: [__address__], target_label: __param_target }
      - { source_labels: [__param_target], target_label: instance }
      - { target_label: __address__, replacement: %[1]s }
  - job_name: ports
    metrics_path: /probe
    params: { module: [tcp_connect] }
    static_configs: [{ targets: ["127.0.0.1:%[2]d"] }]
    relabel_configs: *blackbox
  - job_name: pings
    metrics_path: /probe
    params: { module: [icmp] }
    static_configs: [{ targets: ["127.0.0.1"] }]
    relabel_configs: *blackbox
  - job_name: exporter
    static_configs: [{ targets: ["%[1]s"] }]
`

// TestDebian: the Prometheus of Debian, which probes by the exporter of Debian.
func TestDebian(t *testing.T) {
	porttest.NewLab(t) // where nothing leaves the machine
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	exporter := porttest.Daemon{
		Command: "prometheus-blackbox-exporter --config.file=DIR/blackbox.yml --web.listen-address=127.0.0.1:PORT",
		Files:   map[string]string{"blackbox.yml": exporterConfig},
	}.Start(t)
	port := listener.Addr().(*net.TCPAddr).Port
	server := porttest.Daemon{
		Command: "prometheus --config.file=DIR/prometheus.yml --storage.tsdb.path=DIR/data --web.listen-address=127.0.0.1:PORT --web.external-url=http://127.0.0.1:PORT/prometheus",
		Files:   map[string]string{"prometheus.yml": fmt.Sprintf(serverConfig, exporter.Addr, port)},
		Ready:   "Server is ready to receive web requests.",
	}.Start(t)
	if err := listener.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	probe, err := listener.AcceptTCP()
	if err != nil {
		t.Fatalf("nothing is probed: %v", err)
	}
	_ = probe.Close()
	targets, err := ask(t.Context(), t, Config{URL: "http://" + server.Addr.String() + "/prometheus"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, target := range targets {
		e, why := target.Endpoint(nil)
		got = append(got, fmt.Sprintf("%s %s%s", target.Job, e, why))
	}
	slices.Sort(got)
	want := []string{
		"pings ://:0" + string(LooksAtNoPort),
		fmt.Sprintf("ports tcp://127.0.0.1:%d", port),
		fmt.Sprintf("web http://127.0.0.1:%d", port),
		fmt.Sprintf("web https://127.0.0.1:%d", port),
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
