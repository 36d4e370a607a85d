package blackbox

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// exporterConfig is that of the exporters of these tests.
const exporterConfig = `
modules:
  tcp_connect:
    prober: tcp
  http_2xx:
    prober: http
    http:
      preferred_ip_protocol: ip4
      tls_config:
        ca_file: DIR/ca.pem
  tls:
    prober: tcp
    tcp:
      tls: true
      tls_config:
        ca_file: DIR/ca.pem
  ssh_banner:
    prober: tcp
    tcp:
      query_response:
        - expect: "^SSH-2.0-"
  dns_udp:
    prober: dns
    dns:
      query_name: example.com
  hasty:
    prober: tcp
    timeout: 300ms
`

// webConfig is what makes an exporter want the password secret over TLS.
const webConfig = `
tls_server_config:
  cert_file: DIR/cert.pem
  key_file: DIR/key.pem
basic_auth_users:
  portcheck: $2y$04$abcdefghijklmnopqrstuu35fBIWlNgF8BcAW/t2cO158N8svSFHy
`

// exporter starts the program of Debian on loopback.
func exporter(tb testing.TB, more string, files map[string]string) *porttest.Running {
	tb.Helper()
	all := map[string]string{"blackbox.yml": exporterConfig}
	for name, text := range files {
		all[name] = text
	}
	return porttest.Daemon{
		Command: "prometheus-blackbox-exporter --config.file=DIR/blackbox.yml --web.listen-address=127.0.0.1:PORT" + more,
		Files:   all,
	}.Start(tb)
}

// labTimeout is longer than a router takes to find that a host is down.
const labTimeout = 5 * time.Second

// TestLab: the exporter of Debian looks at ports whose truth is known.
func TestLab(t *testing.T) {
	lab := porttest.NewLab(t)
	daemon := exporter(t, "", porttest.NewCA(t).Files(t))
	v := open(t, Config{URL: "http://" + daemon.Addr.String(), Modules: map[string]string{"ssh": "ssh_banner"}})
	for _, host := range []netip.Addr{porttest.ServerAddr(1), porttest.ServerAddr6(1)} {
		at := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(host, port) }
		lab.Listen(at(80), porttest.AcceptClose)
		lab.Listen(at(81), porttest.Silent)
		lab.Listen(at(82), porttest.Endless)
		for port, rule := range map[uint16]porttest.Rule{
			84: porttest.RejectReset,
			85: porttest.Drop,
			86: porttest.RejectPort,
			87: porttest.RejectAdmin,
			88: porttest.RejectHost,
			89: porttest.RejectNet,
		} {
			lab.Set(porttest.Router, at(port), rule)
		}
		down := netip.AddrPortFrom(porttest.DownAddr, 80)
		if host.Is6() {
			down = netip.AddrPortFrom(porttest.DownAddr6, 80)
		}
		admin := "filtered host-unreach"
		if host.Is6() { // EACCES (Linux net/ipv6/icmp.c), which is also a firewall's of the exporter's own
			admin = "unknown perm-denied"
		}
		tests := []struct {
			scheme endpoint.Scheme
			addr   netip.AddrPort
			want   string
		}{
			{endpoint.TCP, at(80), "open syn-ack"},
			{endpoint.TCP, at(81), "open syn-ack"},
			{endpoint.TCP, at(83), "closed conn-refused"},
			{endpoint.TCP, at(84), "closed conn-refused"},
			{endpoint.TCP, at(85), "filtered no-response"},
			{endpoint.TCP, at(86), "closed conn-refused"},
			{endpoint.TCP, at(87), admin},
			{endpoint.TCP, at(88), "filtered host-unreach"},
			{endpoint.TCP, at(89), "unknown no-route"},
			{endpoint.TCP, down, "filtered host-unreach"},
			{endpoint.HTTP, at(80), "unresponsive closed-early"},
			{endpoint.HTTP, at(81), "unresponsive no-greeting"},
			{endpoint.HTTP, at(82), "unresponsive wrong-protocol"},
			{endpoint.HTTP, at(83), "closed conn-refused"},
			{endpoint.HTTP, at(85), "filtered no-response"},
			{endpoint.HTTPS, at(80), "unresponsive closed-early"},
			{endpoint.HTTPS, at(81), "unresponsive no-greeting"},
			{endpoint.HTTPS, at(82), "unresponsive wrong-protocol"},
			{endpoint.HTTPS, at(85), "filtered no-response"},
			{endpoint.SSH, at(80), "unresponsive wrong-protocol"},
			{endpoint.SSH, at(81), "unresponsive no-greeting"},
		}
		results := make(chan string, len(tests))
		for _, tt := range tests { // at once: some are silent for long
			go func() {
				r := v.Look(t.Context(), look.Target{Scheme: tt.scheme, Addr: tt.addr, Host: endpoint.Host(tt.addr.Addr().String())}, labTimeout)
				if seen(r) == tt.want {
					results <- ""
					return
				}
				results <- fmt.Sprintf("%s://%s is %s, want %s: %s", tt.scheme, tt.addr, seen(r), tt.want, r.Detail)
			}()
		}
		for range tests {
			if wrong := <-results; wrong != "" {
				t.Error(wrong)
			}
		}
	}
}

// TestLabFreeze: an exporter that is stopped in mid-run is one that does not answer,
// and goes on when it does.
func TestLabFreeze(t *testing.T) {
	lab := porttest.NewLab(t)
	server := lab.Listen(netip.AddrPortFrom(porttest.ServerAddr(1), 80), porttest.AcceptClose)
	daemon := exporter(t, "", nil)
	v := open(t, Config{URL: "http://" + daemon.Addr.String()})
	target := look.Target{Scheme: endpoint.TCP, Addr: server.Addr()}
	pid := pidOf(t, daemon)
	signal := func(s syscall.Signal) {
		if err := syscall.Kill(pid, s); err != nil {
			t.Fatal(err)
		}
	}
	signal(syscall.SIGSTOP)
	r := v.Look(t.Context(), target, 10*time.Millisecond)
	signal(syscall.SIGCONT)
	if seen(r) != "unknown vantage-failed" || r.Detail != "the exporter did not answer in time" {
		t.Errorf("%+v", r)
	}
	if r := v.Look(t.Context(), target, labTimeout); seen(r) != "open syn-ack" {
		t.Errorf("%+v", r)
	}
}

// TestModuleTimeout: the module's own time-out holds where it is shorter.
func TestModuleTimeout(t *testing.T) {
	lab := porttest.NewLab(t)
	at := netip.AddrPortFrom(porttest.ServerAddr(1), 85)
	lab.Set(porttest.Router, at, porttest.Drop)
	v := open(t, Config{URL: "http://" + exporter(t, "", nil).Addr.String(), Modules: map[string]string{"tcp": "hasty"}})
	r := v.Look(t.Context(), look.Target{Scheme: endpoint.TCP, Addr: at}, labTimeout)
	if want := `silent for 300ms, the time-out of module "hasty", and not 5s`; seen(r) != "filtered no-response" || r.Detail != want {
		t.Errorf("%+v, want %s", r, want)
	}
}

// pidOf finds the process of an exporter by its folder.
func pidOf(t *testing.T, daemon *porttest.Running) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), daemon.Dir) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatal("there is no process of the exporter")
	return 0
}

// TestSecured: an exporter that wants a password over TLS says what it lacks.
func TestSecured(t *testing.T) {
	ca := porttest.NewCA(t)
	files := ca.Files(t)
	files["web.yml"] = webConfig
	daemon := exporter(t, " --web.config.file=DIR/web.yml", files)
	url := "https://" + daemon.Addr.String()
	tests := []struct {
		c    Config
		want string
	}{
		{Config{URL: url}, "Set ca_pem to the authority that issued its certificate"},
		{Config{URL: url, CAPEM: ca.PEM}, "401 Unauthorized. Set bearer_token, or username and password"},
		{Config{URL: url, CAPEM: ca.PEM, Username: "portcheck", Password: "not " + secret}, "401 Unauthorized. It does not accept the credentials"},
	}
	for _, tt := range tests {
		openFails(t, tt.c, tt.want)
	}
	v := open(t, Config{URL: url, CAPEM: ca.PEM, Username: "portcheck", Password: secret})
	r := v.Look(t.Context(), look.Target{Scheme: endpoint.TCP, Addr: porttest.ClosedPort(t)}, labTimeout)
	if seen(r) != "closed conn-refused" {
		t.Errorf("%+v", r)
	}
}

// TestNginx: HTTP and TLS through modules, with statuses and certificates.
func TestNginx(t *testing.T) {
	ca := porttest.NewCA(t)
	files := ca.Files(t)
	files["nginx.conf"] = nginxConfig
	nginx := porttest.Daemon{Command: "nginx -p DIR -e stderr -c DIR/nginx.conf", Files: files}.Start(t)
	daemon := exporter(t, "", map[string]string{"ca.pem": ca.PEM})
	v := open(t, Config{URL: "http://" + daemon.Addr.String(), Modules: map[string]string{"tls": "tls", "ssh": "ssh_banner", "dns": "dns_udp"}})
	strange := open(t, Config{URL: "http://" + exporter(t, "", porttest.NewCA(t).Files(t)).Addr.String()})
	any4xx := &look.HTTP{Path: "/secret", Status: []look.StatusRange{{First: 400, Last: 499}}}
	tests := []struct {
		name   string
		view   *view
		target look.Target
		want   string
	}{
		{"status 200", v, look.Target{Scheme: endpoint.HTTP, Addr: nginx.Addr, Host: "localhost"}, "open service-response"},
		{"status 503", v, look.Target{Scheme: endpoint.HTTP, Addr: nginx.Addr, HTTP: &look.HTTP{Path: "/broken"}}, "unresponsive status-503"},
		{"status 401", v, look.Target{Scheme: endpoint.HTTP, Addr: nginx.Addr, HTTP: &look.HTTP{Path: "/secret"}}, "unresponsive status-401"},
		{"status 401, which passes", v, look.Target{Scheme: endpoint.HTTP, Addr: nginx.Addr, HTTP: any4xx}, "open service-response"},
		{"redirect to a closed port", v, look.Target{Scheme: endpoint.HTTP, Addr: nginx.Addr, HTTP: &look.HTTP{Path: "/moved"}}, "unresponsive unavailable"},
		{"https", v, look.Target{Scheme: endpoint.HTTPS, Addr: nginx.Addr2, Host: "localhost"}, "open service-response"},
		{"https by address", v, look.Target{Scheme: endpoint.HTTPS, Addr: nginx.Addr2, Host: "127.0.0.1"}, "open service-response"},
		{"enough days", v, look.Target{Scheme: endpoint.HTTPS, Addr: nginx.Addr2, Host: "localhost", TLS: &look.TLS{MinDays: 20}}, "open service-response"},
		{"few days", v, look.Target{Scheme: endpoint.HTTPS, Addr: nginx.Addr2, Host: "localhost", TLS: &look.TLS{MinDays: 40}}, "unresponsive tls-expires-soon"},
		{"wrong name", v, look.Target{Scheme: endpoint.HTTPS, Addr: nginx.Addr2, Host: "web.example.com"}, "unresponsive tls-wrong-name"},
		{"server name", v, look.Target{Scheme: endpoint.HTTPS, Addr: nginx.Addr2, Host: "web.example.com", TLS: &look.TLS{ServerName: "localhost"}}, "open service-response"},
		{"unknown authority", strange, look.Target{Scheme: endpoint.HTTPS, Addr: nginx.Addr2, Host: "localhost"}, "unresponsive tls-unknown-authority"},
		{"HTTP, not TLS", v, look.Target{Scheme: endpoint.HTTPS, Addr: nginx.Addr, Host: "localhost"}, "unresponsive wrong-protocol"},
		{"tls", v, look.Target{Scheme: endpoint.TLS, Addr: nginx.Addr2, Host: "localhost"}, "open service-response"},
		{"tls, few days", v, look.Target{Scheme: endpoint.TLS, Addr: nginx.Addr2, Host: "localhost", TLS: &look.TLS{MinDays: 40}}, "unresponsive tls-expires-soon"},
		{"ssh, not HTTP", v, look.Target{Scheme: endpoint.SSH, Addr: nginx.Addr}, "unresponsive no-greeting"},
		{"dns, closed", v, look.Target{Scheme: endpoint.DNS, Addr: porttest.ClosedPort(t)}, "closed port-unreach"},
		{"dns, silent", v, look.Target{Scheme: endpoint.DNS, Addr: porttest.ListenUDP(t, porttest.Mute).Addr()}, "open|filtered no-response"},
	}
	for _, tt := range tests {
		if r := tt.view.Look(t.Context(), tt.target, labTimeout); seen(r) != tt.want {
			t.Errorf("%s: %s, want %s: %s", tt.name, seen(r), tt.want, r.Detail)
		}
	}
}

const nginxConfig = `daemon off;
user root;
pid DIR/pid;
events {}
http {
	access_log DIR/access.log;
	client_body_temp_path DIR/body;
	proxy_temp_path DIR/proxy;
	fastcgi_temp_path DIR/fastcgi;
	uwsgi_temp_path DIR/uwsgi;
	scgi_temp_path DIR/scgi;
	server {
		listen 127.0.0.1:PORT;
		location / { return 200 "fine"; }
		location /broken { return 503; }
		location /secret { return 401; }
		location /moved { return 301 http://127.0.0.1:1/; }
	}
	server {
		listen 127.0.0.1:PORT2 ssl http2;
		ssl_certificate DIR/cert.pem;
		ssl_certificate_key DIR/key.pem;
		location / { return 200 "secure"; }
	}
}
`
