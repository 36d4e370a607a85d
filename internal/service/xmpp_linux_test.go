package service_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// prosody serves localhost at PORT, and with TLS from the beginning at PORT2.
func prosody(t *testing.T, ca *porttest.CA, tls string) *porttest.Running {
	t.Helper()
	return porttest.Daemon{
		Command: "prosody -F --config DIR/prosody.cfg.lua",
		User:    "prosody",
		Files: files(t, ca, map[string]string{"data/none": "", "prosody.cfg.lua": `data_path = "DIR/data"
pidfile = "DIR/pid"
interfaces = { "127.0.0.1" }
c2s_ports = { PORT }
c2s_direct_tls_ports = { PORT2 }
s2s_ports = {}
http_ports = {}
https_ports = {}
modules_enabled = { ` + tls + ` "saslauth" }
modules_disabled = { "s2s", "offline" }
c2s_direct_tls_ssl = { certificate = "DIR/cert.pem"; key = "DIR/key.pem" }
ssl = { certificate = "DIR/cert.pem"; key = "DIR/key.pem" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
log = { debug = "*console" }
VirtualHost "localhost"
`}),
	}.Start(t)
}

func TestProsody(t *testing.T) {
	ca, other := porttest.NewCA(t), porttest.NewCA(t)
	server, plain := prosody(t, ca, `"tls";`), prosody(t, ca, "")
	speaks(t, endpoint.XMPP, server.Addr, nil)
	speaks(t, endpoint.XMPPS, server.Addr2, ca)
	speaks(t, endpoint.XMPP, plain.Addr, nil)
	unknown := look.Target{Scheme: endpoint.XMPP, Addr: server.Addr, Host: "elsewhere.example.com"}
	if r := lookAsked(t, unknown); r != "open service-response" {
		t.Errorf("a domain that it does not serve: %s", r)
	}
	if got := upgraded(t, endpoint.XMPP, server.Addr, ca); got != "open service-response" {
		t.Errorf("with TLS: %s", got)
	}
	for _, line := range strings.Split(server.Log(), "\n") {
		if strings.Contains(line, "\twarn\t") || strings.Contains(line, "\terror\t") {
			t.Errorf("a look made the server log: %s", line)
		}
	}

	if got := upgraded(t, endpoint.XMPP, server.Addr, other); got != "unresponsive tls-unknown-authority issued by CN=portcheck test CA" {
		t.Errorf("with the certificate of another authority: %s", got)
	}
	if got := upgraded(t, endpoint.XMPP, plain.Addr, ca); !strings.HasPrefix(got, "unresponsive no-starttls <?xml") {
		t.Errorf("without TLS: %s", got)
	}
	sees(t, []seen{
		{endpoint.XMPPS, server.Addr2, other, "unresponsive tls-unknown-authority", ""},
		{endpoint.HTTP, server.Addr, nil, "unresponsive wrong-protocol", endpoint.XMPP},
	})
}
