//go:build linux && services

package service_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// postfix has postscreen at PORT and smtps at PORT2.
func postfix(t *testing.T, ca *porttest.CA, more string) *porttest.Running {
	t.Helper()
	server := porttest.Daemon{
		Setup:   []string{"chmod 755 DIR", "mkdir -p DIR/spool DIR/data", "chown postfix DIR/data"},
		Command: "postfix -c DIR start-fg",
		Root:    true,
		Files: files(t, ca, map[string]string{"main.cf": `compatibility_level = 3.6
queue_directory = DIR/spool
data_directory = DIR/data
maillog_file = /dev/stdout
myhostname = mx.example.com
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_tls_cert_file = DIR/cert.pem
smtpd_tls_key_file = DIR/key.pem
smtpd_peername_lookup = no
alias_maps =
alias_database =
postscreen_greet_action = enforce
` + more, "master.cf": `127.0.0.1:PORT inet n - n - 1 postscreen
smtpd pass - - n - - smtpd
127.0.0.1:PORT2 inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
qmgr unix n - n 300 1 qmgr
pickup unix n - n 60 1 pickup
`}),
		Ready: "daemon started",
	}.Start(t)
	t.Cleanup(func() { // it has left the group of processes that it was started in
		_ = exec.Command(porttest.Program(t, "postfix"), "-c", server.Dir, "abort").Run()
	})
	return server
}

// TestPostscreen: a client that postscreen does not know is greeted after 6 seconds.
// It takes as long.
func TestPostscreen(t *testing.T) {
	ca := porttest.NewCA(t)
	server := postfix(t, ca, "postscreen_access_list =\n")
	at := look.Target{Scheme: endpoint.SMTP, Addr: server.Addr, Host: "localhost"}
	if r := (probe.Prober{}).Look(t.Context(), at, 5*time.Second); r.State != look.Open {
		t.Errorf("%s %s %q", r.State, r.Reason, r.Detail)
	}
	log := logged(t, server, "daemon started", "disconnect from", 1)
	for _, line := range log {
		if strings.Contains(line, "PREGREET") || strings.Contains(line, "HANGUP") || strings.Contains(line, "warning") {
			t.Errorf("a look made the server log: %s", line)
		}
	}
	counts(t, "", log, map[string]string{"postfix": "0", "postfix[mode=aggressive]": "0"})
}

// TestPostfixOverTLS: a look leaves so that Postfix does not lose the connection.
func TestPostfixOverTLS(t *testing.T) {
	ca := porttest.NewCA(t)
	server := postfix(t, ca, "")
	const looks = 51
	for range looks {
		speaks(t, endpoint.SMTPS, server.Addr2, ca)
	}
	log := logged(t, server, "daemon started", "disconnect from", looks)
	for _, line := range log {
		if strings.Contains(line, "lost connection after QUIT") || strings.Contains(line, "SSL_accept error") {
			t.Errorf("a look made the server log: %s", line)
		}
	}
	counts(t, "", log, map[string]string{"postfix": "0", "postfix[mode=aggressive]": "0"})
}
