package service_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

func TestNginx(t *testing.T) {
	ca := porttest.NewCA(t)
	nginx := porttest.Daemon{
		Command: "nginx -p DIR -e stderr -c DIR/nginx.conf",
		Files: files(t, ca, map[string]string{"nginx.conf": `daemon off;
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
		location / { return 301 https://elsewhere.example.com/; }
		location /healthz { return 200 "fine"; }
		location /broken { return 503; }
		location /upstream { proxy_pass http://127.0.0.1:1; }
	}
	server {
		listen 127.0.0.1:PORT2 ssl http2;
		ssl_certificate DIR/cert.pem;
		ssl_certificate_key DIR/key.pem;
		location / { return 200 "secure"; }
	}
}
`}),
	}.Start(t)
	speaks(t, endpoint.HTTP, nginx.Addr, nil)
	speaks(t, endpoint.HTTPS, nginx.Addr2, ca)
	speaks(t, endpoint.TLS, nginx.Addr2, ca)
	if log := nginx.Log(); strings.Contains(log, "[error]") || strings.Contains(log, "[crit]") {
		t.Errorf("a look made the server log an error:\n%s", log)
	}

	tests := []struct {
		scheme endpoint.Scheme
		http   look.HTTP
		want   string
		speaks endpoint.Scheme
	}{
		{endpoint.HTTP, look.HTTP{Path: "/healthz", Status: []look.StatusRange{{First: 200, Last: 299}}}, "open service-response", ""},
		{endpoint.HTTP, look.HTTP{Status: []look.StatusRange{{First: 200, Last: 299}}}, "unresponsive status-301", ""},
		{endpoint.HTTP, look.HTTP{Path: "/broken"}, "unresponsive status-503", ""},
		{endpoint.HTTP, look.HTTP{Path: "/broken", Method: "HEAD", Status: []look.StatusRange{{First: 503, Last: 503}}}, "open service-response", ""},
		{endpoint.HTTP, look.HTTP{Path: "/upstream"}, "unresponsive status-502", ""},
		{endpoint.HTTPS, look.HTTP{}, "unresponsive wrong-protocol", endpoint.HTTP},
		{endpoint.TLS, look.HTTP{}, "unresponsive wrong-protocol", endpoint.HTTP},
	}
	for _, tt := range tests {
		at := look.Target{Scheme: tt.scheme, Addr: nginx.Addr, Host: "localhost", HTTP: &tt.http}
		r := probe.Prober{}.Look(t.Context(), at, timeout)
		if got := string(r.State) + " " + string(r.Reason); got != tt.want || r.Speaks != tt.speaks {
			t.Errorf("%s %+v is %s, speaks %q: %s, want %s", tt.scheme, tt.http, got, r.Speaks, r.Detail, tt.want)
		}
		t.Log(r.Detail)
	}
	plain := probe.Prober{}.Look(t.Context(), look.Target{Scheme: endpoint.HTTP, Addr: nginx.Addr2, Host: "localhost"}, timeout)
	if plain.Reason != look.WrongProtocol || plain.Speaks != endpoint.HTTPS {
		t.Errorf("plain HTTP to a port of HTTPS: %s %s %q, speaks %q", plain.State, plain.Reason, plain.Detail, plain.Speaks)
	}
}

// startApache starts Apache httpd with more to its configuration.
func startApache(t *testing.T, ca *porttest.CA, more string) *porttest.Running {
	t.Helper()
	return porttest.Daemon{
		Command: "apache2 -D FOREGROUND -f DIR/apache.conf",
		Root:    true,
		Files: files(t, ca, map[string]string{"index.html": "fine", "apache.conf": `ServerRoot /usr/lib/apache2
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule ssl_module modules/mod_ssl.so
LoadModule http2_module modules/mod_http2.so
ServerName localhost
User nobody
Group nogroup
PidFile DIR/pid
Mutex file:DIR
ErrorLog /dev/stderr
LogLevel info
DocumentRoot DIR
Listen 127.0.0.1:PORT
Listen 127.0.0.1:PORT2
Protocols h2 http/1.1
` + more}),
	}.Start(t)
}

func TestApache(t *testing.T) {
	ca := porttest.NewCA(t)
	apache := startApache(t, ca, `LoadModule proxy_module modules/mod_proxy.so
LoadModule proxy_http_module modules/mod_proxy_http.so
ProxyPass /upstream http://127.0.0.1:1/
<VirtualHost 127.0.0.1:PORT2>
	SSLEngine on
	SSLCertificateFile DIR/cert.pem
	SSLCertificateKeyFile DIR/key.pem
</VirtualHost>
`)
	speaks(t, endpoint.HTTP, apache.Addr, nil)
	speaks(t, endpoint.HTTPS, apache.Addr2, ca)
	speaks(t, endpoint.TLS, apache.Addr2, ca)
	log := logged(t, apache, "resuming normal operations", "Server built", 0)
	for _, line := range log {
		if strings.Contains(line, ":error]") || strings.Contains(line, ":warn]") {
			t.Errorf("a look made the server log: %s", line)
		}
	}
	sees(t, []seen{
		{endpoint.HTTP, apache.Addr2, nil, "unresponsive wrong-protocol", endpoint.HTTPS},
		{endpoint.HTTPS, apache.Addr, ca, "unresponsive wrong-protocol", endpoint.HTTP},
	})
	upstream := look.Target{Scheme: endpoint.HTTP, Addr: apache.Addr, Host: "localhost", HTTP: &look.HTTP{Path: "/upstream"}}
	if r := (probe.Prober{}).Look(t.Context(), upstream, timeout); r.Reason != "status-503" {
		t.Errorf("a proxy without its back end: %s %s %q", r.State, r.Reason, r.Detail)
	}
}

// TestApacheClientCertificate: what a server wants a client's certificate for is
// known to it only with the request. Over HTTP/2 it may not ask for one then, and
// in TLS 1.3 it may only ask those who said that they have one.
func TestApacheClientCertificate(t *testing.T) {
	ca := porttest.NewCA(t)
	apache := startApache(t, ca, `SSLEngine on
SSLCertificateFile DIR/cert.pem
SSLCertificateKeyFile DIR/key.pem
SSLCACertificateFile DIR/ca.pem
<Location />
	SSLVerifyClient require
</Location>
<VirtualHost 127.0.0.1:PORT>
	SSLProtocol TLSv1.2
</VirtualHost>
<VirtualHost 127.0.0.1:PORT2>
	SSLProtocol TLSv1.3
</VirtualHost>
`)
	speaks(t, endpoint.HTTPS, apache.Addr, ca)
	speaks(t, endpoint.HTTPS, apache.Addr2, ca)
}
