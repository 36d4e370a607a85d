package service_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// balancers end TLS at PORT and hand on to BACK what comes over it, as TCP.
func balancers() map[string]porttest.Daemon {
	return map[string]porttest.Daemon{
		"haproxy": {
			Command: "haproxy -db -f DIR/haproxy.cfg",
			Files: map[string]string{"haproxy.cfg": `global
	log stdout format raw local0
defaults
	mode tcp
	timeout connect 5s
	timeout client 50s
	timeout server 50s
frontend tls
	bind 127.0.0.1:PORT ssl crt DIR/both.pem
	default_backend back
backend back
	server one BACK check inter 100ms
`},
		},
		"stunnel": {
			Command: "stunnel4 DIR/stunnel.conf",
			Files: map[string]string{"stunnel.conf": `foreground = yes
pid =
[tls]
accept = 127.0.0.1:PORT
connect = BACK
cert = DIR/cert.pem
key = DIR/key.pem
`},
		},
		"nginx": {
			Command: "nginx -p DIR -e stderr -c DIR/nginx.conf",
			Files: map[string]string{"nginx.conf": `load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
user root;
pid DIR/pid;
events {}
stream {
	server {
		listen 127.0.0.1:PORT ssl;
		ssl_certificate DIR/cert.pem;
		ssl_certificate_key DIR/key.pem;
		proxy_pass BACK;
	}
}
`},
		},
	}
}

// TestDeadBackEnd: a balancer that ends TLS itself has completed the handshake before
// it finds that there is nobody to hand the connection on to.
func TestDeadBackEnd(t *testing.T) {
	ca := porttest.NewCA(t)
	for name, daemon := range balancers() {
		for _, back := range []struct {
			addr netip.AddrPort
			want string
		}{
			{porttest.ClosedPort(t), "unresponsive closed-early"},
			{greets(t, "220 mx ESMTP\r\n"), "open service-response"}, // speaks first
			{greets(t, ""), "open service-response"},                 // waits for the client
		} {
			t.Run(name+" "+back.want, func(t *testing.T) {
				balancer := daemon
				balancer.Files = files(t, ca, nil)
				balancer.Files["both.pem"] = balancer.Files["cert.pem"] + balancer.Files["key.pem"]
				for file, text := range daemon.Files {
					balancer.Files[file] = strings.ReplaceAll(text, "BACK", back.addr.String())
				}
				server := balancer.Start(t)
				sees(t, []seen{{endpoint.TLS, server.Addr, ca, back.want, ""}})
			})
		}
	}
}
