package service_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// exim listens to SMTP with STARTTLS at PORT, and over TLS at PORT2.
func exim(t *testing.T, ca *porttest.CA, more string) *porttest.Running {
	t.Helper()
	return porttest.Daemon{
		Command: "exim4 -C DIR/exim.conf -bdf -d-all",
		Root:    true,
		Files: files(t, ca, map[string]string{"exim.conf": `keep_environment =
primary_hostname = mx.example.com
exim_user = root
exim_group = root
spool_directory = DIR/spool
log_file_path = DIR/log/%s
pid_file_path = DIR/pid
daemon_smtp_ports = PORT : PORT2
local_interfaces = <; 127.0.0.1
tls_on_connect_ports = PORT2
log_selector = +smtp_connection +smtp_incomplete_transaction +smtp_no_mail +lost_incoming_connection
smtp_enforce_sync = true
host_lookup =
rfc1413_query_timeout = 0s
` + more}),
	}.Start(t)
}

const eximTLS = "tls_certificate = DIR/cert.pem\ntls_privatekey = DIR/key.pem\n"

func TestExim(t *testing.T) {
	ca, other := porttest.NewCA(t), porttest.NewCA(t)
	server := exim(t, ca, eximTLS+"tls_advertise_hosts = *\n")
	speaks(t, endpoint.SMTP, server.Addr, nil)
	speaks(t, endpoint.SMTPS, server.Addr2, ca)
	speaks(t, endpoint.Submission, server.Addr, ca)
	log := mainLog(t, server, "log/main", "closed by QUIT", 3)
	// One connection was to see that it listens.
	log = without(log, `SMTP connection from \[127.0.0.1\] lost( \(error: Connection reset by peer\))? D=\S+$`, `no MAIL in SMTP connection from \[127.0.0.1\] D=\S+$`)
	only(t, log, `daemon started|SMTP connection from .* (\(TCP/IP connection count|closed by QUIT)|no MAIL in SMTP connection from .* C=(EHLO,STARTTLS,)?QUIT$`)
	counts(t, "", log, map[string]string{"exim": "1", "exim[mode=aggressive]": "1", "exim-spam": "0"})
	sees(t, []seen{
		{endpoint.Submission, server.Addr, other, "unresponsive tls-unknown-authority", ""},
		{endpoint.SMTPS, server.Addr, ca, "unresponsive wrong-protocol", endpoint.SMTP},
		{endpoint.HTTP, server.Addr, nil, "unresponsive wrong-protocol", endpoint.SMTP},
	})

	plain := exim(t, ca, "tls_advertise_hosts =\n")
	sees(t, []seen{{endpoint.Submission, plain.Addr, ca, "unresponsive no-starttls", ""}})
}

// without takes the first line that is as each of patterns out of a log.
func without(log []string, patterns ...string) []string {
	for _, pattern := range patterns {
		if i := slices.IndexFunc(log, regexp.MustCompile(pattern).MatchString); i >= 0 {
			log = slices.Delete(log, i, i+1)
		}
	}
	return log
}

func TestDovecot(t *testing.T) {
	ca := porttest.NewCA(t)
	dovecot := func(plain, tls string) *porttest.Running {
		return porttest.Daemon{
			Command: "dovecot -F -c DIR/dovecot.conf",
			Root:    true,
			Files: files(t, ca, map[string]string{"dovecot.conf": `base_dir = DIR/run
state_dir = DIR/run
log_path = /dev/stderr
protocols = ` + plain + `
listen = 127.0.0.1
ssl = yes
ssl_cert = <DIR/cert.pem
ssl_key = <DIR/key.pem
service ` + plain + `-login {
  inet_listener ` + plain + ` {
    port = PORT
  }
  inet_listener ` + tls + ` {
    port = PORT2
  }
}
passdb {
  driver = static
  args = password=secret
}
`}),
			Ready: "starting up",
		}.Start(t)
	}
	for _, mail := range []struct{ plain, tls endpoint.Scheme }{{endpoint.IMAP, endpoint.IMAPS}, {endpoint.POP3, endpoint.POP3S}} {
		server := dovecot(string(mail.plain), string(mail.tls))
		speaks(t, mail.plain, server.Addr, nil)
		speaks(t, mail.tls, server.Addr2, ca)
		log := logged(t, server, "starting up", "(no auth attempts", 2)
		only(t, log, `-login: Info: (Aborted login by logging out|Disconnected: Aborted login by logging out|Aborted login) \(no auth attempts|^$`)
		counts(t, "", log, map[string]string{"dovecot": "0", "dovecot[mode=aggressive]": "2"})
		// Its first words may only be that it waits.
		if r := lookAt(t, mail.tls, server.Addr, ca); r.Reason != look.WrongProtocol {
			t.Errorf("%s where there is %s: %s %s %q", mail.tls, mail.plain, r.State, r.Reason, r.Detail)
		}
	}
}
