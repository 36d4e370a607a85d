package service_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// upgraded takes a look that goes over to TLS.
func upgraded(t *testing.T, scheme endpoint.Scheme, addr netip.AddrPort, ca *porttest.CA) string {
	t.Helper()
	return lookAsked(t, look.Target{Scheme: scheme, Addr: addr, TLS: &look.TLS{Verify: look.VerifyNames, StartTLS: true, Roots: ca.Pool}})
}

// TestStartTLS: real servers go over to TLS, their certificate is looked at, and they
// log nothing bad.
func TestStartTLS(t *testing.T) {
	ca, other := porttest.NewCA(t), porttest.NewCA(t)
	vsftpd := func(tls string) *porttest.Running {
		return porttest.Daemon{
			Command: "vsftpd DIR/vsftpd.conf",
			Root:    true,
			Files: files(t, ca, map[string]string{"vsftpd.conf": `listen=YES
listen_address=127.0.0.1
listen_port=PORT
background=NO
anonymous_enable=YES
secure_chroot_dir=DIR
ssl_enable=` + tls + `
rsa_cert_file=DIR/cert.pem
rsa_private_key_file=DIR/key.pem
`}),
		}.Start(t)
	}
	dovecot := func(protocol, ssl string) *porttest.Running {
		return porttest.Daemon{
			Command: "dovecot -F -c DIR/dovecot.conf",
			Root:    true,
			Files: files(t, ca, map[string]string{"dovecot.conf": `base_dir = DIR/run
state_dir = DIR/run
log_path = /dev/stderr
protocols = ` + protocol + `
listen = 127.0.0.1
ssl = ` + ssl + `
ssl_cert = <DIR/cert.pem
ssl_key = <DIR/key.pem
service ` + protocol + `-login {
  inet_listener ` + protocol + ` {
    port = PORT
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
	slapd := func(tls string) *porttest.Running {
		return porttest.Daemon{
			Command: "sh DIR/slapd.sh",
			Needs:   []string{"slapd"},
			Files: files(t, ca, map[string]string{
				"slapd.sh":   `exec /usr/sbin/slapd -f DIR/slapd.conf -h "ldap://127.0.0.1:PORT" -d stats` + "\n",
				"slapd.conf": "pidfile DIR/pid\n" + tls,
			}),
		}.Start(t)
	}
	tests := []struct {
		scheme       endpoint.Scheme
		with, hasNot *porttest.Running
		refuses      string
	}{
		{endpoint.SMTP, exim(t, ca, eximTLS+"tls_advertise_hosts = *\n"), exim(t, ca, "tls_advertise_hosts =\n"), "250-mx.example.com Hello"},
		{endpoint.IMAP, dovecot("imap", "yes"), dovecot("imap", "no"), "s BAD"},
		{endpoint.POP3, dovecot("pop3", "yes"), dovecot("pop3", "no"), "-ERR"},
		{endpoint.FTP, vsftpd("YES"), vsftpd("NO"), "530 Please login"},
		{endpoint.LDAP, slapd("TLSCertificateFile DIR/cert.pem\nTLSCertificateKeyFile DIR/key.pem\n"), slapd(""), "result 2: unsupported extended operation"},
	}
	for _, tt := range tests {
		t.Run(string(tt.scheme), func(t *testing.T) {
			if got := upgraded(t, tt.scheme, tt.with.Addr, ca); got != "open service-response" {
				t.Errorf("with TLS: %s", got)
			}
			if got := upgraded(t, tt.scheme, tt.with.Addr, other); got != "unresponsive tls-unknown-authority issued by CN=portcheck test CA" {
				t.Errorf("with the certificate of another authority: %s", got)
			}
			if got := upgraded(t, tt.scheme, tt.hasNot.Addr, ca); !strings.HasPrefix(got, "unresponsive no-starttls "+tt.refuses) {
				t.Errorf("without TLS: %s", got)
			}
			speaks(t, tt.scheme, tt.hasNot.Addr, nil)
		})
	}
}

// dialogue is how a service agrees to go over to TLS, and what follows.
type dialogue struct {
	greeting string
	answers  []string // to what the client says before the go-ahead
	goAhead  string
}

var dialogues = map[endpoint.Scheme]dialogue{
	endpoint.SMTP: {"220 mx ESMTP\r\n", []string{"250-mx\r\n250 STARTTLS\r\n"}, "220 go ahead\r\n"},
	endpoint.FTP:  {"220 FTP\r\n", nil, "234 go ahead\r\n"},
	endpoint.IMAP: {"* OK IMAP4\r\n", nil, "s OK go ahead\r\n"},
	endpoint.POP3: {"+OK\r\n", nil, "+OK go ahead\r\n"},
	endpoint.XMPP: {"", []string{xmppHeader + "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"}, xmppProceed},
	endpoint.LDAP: {"", nil, "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"},
}

// serveDialogue goes as far as the go-ahead, and then does more.
func serveDialogue(t *testing.T, d dialogue, more func(net.Conn)) netip.AddrPort {
	t.Helper()
	return serveEach(t, func(conn net.Conn) {
		buffer := make([]byte, 1024)
		_, _ = io.WriteString(conn, d.greeting)
		for _, answer := range d.answers {
			_, _ = conn.Read(buffer)
			_, _ = io.WriteString(conn, answer)
		}
		_, _ = conn.Read(buffer)
		more(conn)
	}, nil)
}

// TestStartTLSInjection: what comes in clear after the go-ahead passes for nothing,
// whether it comes with it or a moment later, and neither does a refusal or silence.
func TestStartTLSInjection(t *testing.T) {
	ca := porttest.NewCA(t)
	now := time.Now()
	config := &tls.Config{Certificates: []tls.Certificate{ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")}}
	for scheme, d := range dialogues {
		shake := func(conn net.Conn) {
			secure := tls.Server(conn, config)
			if secure.Handshake() == nil {
				_, _ = secure.Read(make([]byte, 1024))
				_, _ = io.WriteString(secure, overTLSAnswers[scheme])
			}
		}
		for name, tt := range map[string]struct {
			do   func(net.Conn)
			want string
		}{
			"well":     {func(c net.Conn) { _, _ = io.WriteString(c, d.goAhead); shake(c) }, "open service-response"},
			"injected": {func(c net.Conn) { _, _ = io.WriteString(c, d.goAhead+d.goAhead); shake(c) }, "unresponsive wrong-protocol"},
			"injected later": {func(c net.Conn) {
				_, _ = io.WriteString(c, d.goAhead)
				_, _ = c.Read(make([]byte, 1))
				_, _ = io.WriteString(c, d.goAhead)
				shake(c)
			}, "unresponsive wrong-protocol"},
			"never goes over":    {func(c net.Conn) { _, _ = io.WriteString(c, d.goAhead) }, "unresponsive closed-early"},
			"refuses":            {func(c net.Conn) { _, _ = io.WriteString(c, refusals[scheme]); hold(c) }, "unresponsive no-starttls"},
			"ends in the middle": {func(c net.Conn) { _, _ = io.WriteString(c, d.goAhead[:2]) }, "unresponsive closed-early"},
		} {
			if got := upgraded(t, scheme, serveDialogue(t, d, tt.do), ca); !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s, %s: %s, want %s", scheme, name, got, tt.want)
			}
		}
	}
}

// overTLSAnswers are what is said over TLS by services that are asked again there.
var overTLSAnswers = map[endpoint.Scheme]string{endpoint.LDAP: ldapSuccess, endpoint.XMPP: xmppHeader + "<stream:features/>"}

const xmppProceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

var refusals = map[endpoint.Scheme]string{
	endpoint.SMTP: "502 not implemented\r\n", endpoint.FTP: "500 what?\r\n", endpoint.IMAP: "* CAPABILITY IMAP4rev1\r\ns BAD what?\r\n", endpoint.POP3: "-ERR what?\r\n",
	endpoint.XMPP: "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>",
	endpoint.LDAP: "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00",
}
