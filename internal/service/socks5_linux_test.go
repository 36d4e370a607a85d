package service_test

import (
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

func TestMicrosocks(t *testing.T) {
	for _, login := range []string{"", " -u user -P secret"} {
		server := porttest.Daemon{Command: "microsocks -i 127.0.0.1 -p PORT" + login}.Start(t)
		for range 3 {
			speaks(t, endpoint.SOCKS5, server.Addr, nil)
		}
		if log := server.Log(); log != "" {
			t.Errorf("looks made the server log: %s", log)
		}
	}
}

func TestDante(t *testing.T) {
	dante := func(method, client string) *porttest.Running {
		return porttest.Daemon{
			Command: "danted -f DIR/danted.conf -p DIR/danted.pid",
			Root:    true,
			Files: map[string]string{"danted.conf": `logoutput: stderr
internal: 127.0.0.1 port = PORT
external: 127.0.0.1
clientmethod: none
socksmethod: ` + method + `
user.privileged: root
user.unprivileged: nobody
client ` + client + ` { from: 0/0 to: 0/0 log: connect disconnect error }
socks pass { from: 0/0 to: 0/0 log: connect disconnect error }
`},
		}.Start(t)
	}
	for _, method := range []string{"none", "username"} {
		server := dante(method, "pass")
		for range 3 {
			speaks(t, endpoint.SOCKS5, server.Addr, nil)
		}
		log := logged(t, server, "running", "eof from local client", 4) // one found it listening
		only(t, log, `info: pass\(1\): tcp/accept \[|info: block\(1\): tcp/accept \]: .* eof from local client$`)
	}
	refuses := dante("none", "block")
	sees(t, []seen{{endpoint.SOCKS5, refuses.Addr, nil, "unresponsive closed-early", ""}})
}
