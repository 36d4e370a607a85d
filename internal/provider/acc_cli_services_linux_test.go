package provider_test

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

// haproxy answers for a back end that is down, over TLS.
func haproxy(t *testing.T, ca *porttest.CA) *porttest.Running {
	t.Helper()
	files := ca.Files(t)
	maps.Copy(files, map[string]string{"both.pem": files["cert.pem"] + files["key.pem"], "haproxy.cfg": `defaults
	mode http
	retries 0
	timeout connect 1s
	timeout client 10s
	timeout server 10s
frontend web
	bind 127.0.0.1:PORT ssl crt DIR/both.pem alpn h2,http/1.1
	default_backend app
backend app
	server app1 127.0.0.1:PORT2
`})
	return porttest.Daemon{Command: "haproxy -f DIR/haproxy.cfg", Files: files}.Start(t)
}

// TestAccFalseOpen runs the guide's example of a load balancer without a back
// end, and holds the output that the guide shows to it.
func TestAccFalseOpen(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		lb := haproxy(t, porttest.NewCA(t))
		w.use("services", lb.Addr.Port(), lb.Dir)
		out := w.apply().exits(0).out
		w.shows("services", out, lb.Addr.Port())
	})
}

// use takes over an example of the documentation, with its port and its
// certificate authority in place of those that it shows.
func (w *workspace) use(example string, port uint16, dir string) {
	w.t.Helper()
	config, err := os.ReadFile(filepath.Join("../../examples", example, "main.tf"))
	if err != nil {
		w.t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.Dir, "ca.pem"), ca, 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.write(strings.ReplaceAll(string(config), shownPort, strconv.Itoa(int(port))))
}

// shownPort is the port that examples show for whichever a test got: one of as
// many digits, or the table would be crooked.
const shownPort = "38443"

// shownAs is what differs from run to run in a diagnostic, and what is shown for it.
var shownAs = []struct {
	pattern *regexp.Regexp
	shown   string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "2026-11-24T09:30:00Z"},
	{regexp.MustCompile(`since \d\d:\d\d:\d\d`), "since 09:29:58"},
	{regexp.MustCompile(`\d+ looks`), "2 looks"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+ ->`), "127.0.0.1:40404 ->"},
	{regexp.MustCompile(`after [\d.]+(ms|µs|s)`), "after 2.1ms"},
}

// shows holds what out says from its first warning on to what an example shows,
// or writes that anew with -update.
func (w *workspace) shows(example, out string, port uint16) {
	w.t.Helper()
	begin := strings.Index(out, "Warning: https://")
	if begin < 0 {
		w.t.Fatalf("there is no warning:\n%s", out)
	}
	var lines []string
	for line := range strings.Lines(out[begin:]) {
		lines = append(lines, strings.TrimRight(strings.TrimPrefix(line, "│ "), " \n│╵"))
	}
	got := strings.TrimRight(strings.ReplaceAll(strings.Join(lines, "\n"), strconv.Itoa(int(port)), shownPort), "\n") + "\n"
	for _, v := range shownAs {
		got = v.pattern.ReplaceAllString(got, v.shown)
	}
	file := filepath.Join("../../examples", example, "output.txt")
	if *provider.Update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	if diff := cmp.Diff(squeeze(string(want)), squeeze(got)); diff != "" {
		w.t.Errorf("%s (-want +got; write it anew with -update)\n%s", file, diff)
	}
}

// TestAccAuthorities: a relative ca_file is relative to the folder where the CLI
// runs, and a wrong one is an error that says why. A refresh never fails for it:
// that would block destroy.
func TestAccAuthorities(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		ca := porttest.NewCA(t)
		lb := haproxy(t, ca)
		file := filepath.Join(w.Dir, "ca.pem")
		w.write(fast + fmt.Sprintf(`
resource "portcheck_check" "web" {
  hosts = ["localhost"]
  open  = ["%d/tls"]
  timeouts {
    create = "1s"
    update = "1s"
  }
  ca_file = "ca.pem"
}
`, lb.Addr.Port()))
		w.apply().exits(1).says(`ca_file is "ca.pem", which cannot be read: no such file or directory. Expected a file of certificates in PEM.`)
		w.put(file, "no certificate")
		w.apply().exits(1).says(`ca_file is "ca.pem", which has no certificate. Expected a file of certificates in PEM.`)
		w.put(file, ca.PEM+ca.PEM[:len(ca.PEM)/2])
		w.apply().exits(1).says(`ca_file is "ca.pem", which has a certificate that is cut off or damaged (2 of 2). Expected a file of certificates in PEM.`)
		w.put(file, ca.PEM)
		w.apply().exits(0)
		w.put(file, "")
		w.plan().exits(0).says("Port check not refreshed", `ca_file is "ca.pem"`, "state stays as it is")
		w.destroy().exits(0)
	})
}

func (w *workspace) put(file, text string) {
	w.t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// TestAccHungService: a service that accepts and says nothing costs its time,
// and a Ctrl-C ends it.
func TestAccHungService(t *testing.T) {
	onEachCLI(t, func(t *testing.T, w *workspace) {
		server := w.lab.Listen(netip.AddrPortFrom(porttest.ServerAddr(1), 443), porttest.Silent)
		w.write(strings.ReplaceAll(web(""), `["80", "443"]`, `["443/https"]`))
		w.apply().exits(1).says("https://198.51.100.1:443 is unresponsive (no-greeting), declared open", "Evidence")
		if server.Accepted() == 0 {
			t.Error("nothing connected")
		}
		w.write(strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(web(""), `["80", "443"]`, `["443/https"]`), `"1s"`, `"1m"`), `"200ms"`, `"1m"`))
		w.interruptedApply(server).exits(1).says("Error: Port check interrupted")
	})
}
