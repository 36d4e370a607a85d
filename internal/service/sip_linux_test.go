package service_test

import (
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// TestKamailio: what a SIP proxy answers passes unless it says that it cannot serve, and
// a look makes it log nothing.
func TestKamailio(t *testing.T) {
	ca := porttest.NewCA(t)
	kamailio := func(route string) *porttest.Running {
		return porttest.Daemon{
			Command: "kamailio -f DIR/kamailio.cfg -Y DIR -DD -E -m 32 -M 8",
			Files: files(t, ca, map[string]string{"kamailio.cfg": `#!KAMAILIO
children=1
tcp_children=1
enable_tls=yes
listen=tcp:127.0.0.1:PORT
listen=tls:127.0.0.1:PORT2
loadmodule "tls.so"
loadmodule "sl.so"
loadmodule "maxfwd.so"
modparam("tls", "certificate", "DIR/cert.pem")
modparam("tls", "private_key", "DIR/key.pem")
modparam("tls", "tls_method", "TLSv1.2+")
request_route {
` + route + `
	exit;
}
`}),
		}.Start(t)
	}
	// What Debian's own kamailio.cfg does first.
	stock := kamailio(`if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); }`)
	speaks(t, endpoint.SIP, stock.Addr, nil)
	speaks(t, endpoint.SIPS, stock.Addr2, ca)
	// What it writes when it starts, the main process with the number 0.
	only(t, strings.Split(stock.Log(), "\n"), `^\s*(Listening on|Aliases:|(tcp|tls): .*)?\s*$|^ 0\(\d+\) WARNING: (sl|tls) `)
	sees(t, []seen{{endpoint.SIPS, stock.Addr2, porttest.NewCA(t), "unresponsive tls-unknown-authority", ""}})

	for route, want := range map[string]string{
		`sl_send_reply("200", "OK");`:                  "open service-response",
		`sl_send_reply("403", "Forbidden");`:           "open service-response",
		`sl_send_reply("503", "Service Unavailable");`: "unresponsive unavailable",
		`sl_send_reply("500", "Server error");`:        "unresponsive unavailable",
	} {
		sees(t, []seen{{endpoint.SIP, kamailio(route).Addr, nil, want, ""}})
	}
}
