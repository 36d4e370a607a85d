package service_test

import (
	"bufio"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// mainLog waits until a file in the server's folder has text count times, and
// returns its lines.
func mainLog(t *testing.T, server *porttest.Running, name, text string, count int) []string {
	t.Helper()
	for end := time.Now().Add(timeout); ; <-time.After(time.Millisecond) {
		log, err := os.ReadFile(filepath.Join(server.Dir, name))
		if err == nil && strings.Count(string(log), text) >= count {
			return strings.Split(strings.TrimSpace(string(log)), "\n")
		}
		if time.Now().After(end) {
			t.Fatalf("%q is not %d times in the log: %v\n%s", text, count, err, log)
		}
	}
}

func TestVsftpd(t *testing.T) {
	ca := porttest.NewCA(t)
	vsftpd := func(more string) *porttest.Running {
		return porttest.Daemon{
			Command: "vsftpd DIR/vsftpd.conf",
			Root:    true,
			Files: files(t, ca, map[string]string{"vsftpd.conf": `listen=YES
listen_port=PORT
listen_address=127.0.0.1
background=NO
anonymous_enable=YES
secure_chroot_dir=DIR/empty
vsftpd_log_file=DIR/log
log_ftp_protocol=YES
xferlog_enable=YES
seccomp_sandbox=NO
` + more, "empty/none": ""}),
		}.Start(t)
	}
	server := vsftpd("")
	speaks(t, endpoint.FTP, server.Addr, nil)
	log := mainLog(t, server, "log", "QUIT", 1)
	only(t, log, `CONNECT: Client|FTP response: .* "220 |FTP command: .* "QUIT"|FTP response: .* "221 `)
	sees(t, []seen{
		{endpoint.FTPS, server.Addr, ca, "unresponsive wrong-protocol", endpoint.FTP},
		{endpoint.SSH, server.Addr, nil, "unresponsive wrong-protocol", endpoint.FTP},
	})
	secure := vsftpd("ssl_enable=YES\nimplicit_ssl=YES\nrsa_cert_file=DIR/cert.pem\nrsa_private_key_file=DIR/key.pem\nssl_ciphers=HIGH\n")
	speaks(t, endpoint.FTPS, secure.Addr, ca)
}

func TestNATS(t *testing.T) {
	ca := porttest.NewCA(t)
	for _, more := range []string{"", "tls { cert_file: DIR/cert.pem, key_file: DIR/key.pem }\n", "authorization { token: secret }\n"} {
		server := porttest.Daemon{
			Command: "nats-server -c DIR/nats.conf",
			Files:   files(t, ca, map[string]string{"nats.conf": "listen: \"127.0.0.1:PORT\"\n" + more}),
			Ready:   "Server is ready",
		}.Start(t)
		speaks(t, endpoint.NATS, server.Addr, nil)
		sees(t, []seen{{endpoint.HTTP, server.Addr, nil, "unresponsive wrong-protocol", endpoint.NATS}})
		if strings.Contains(server.Log(), "[WRN]") {
			t.Error(server.Log())
		}
	}
}

// TestFullNATS: a server that takes no more clients greets all the same.
func TestFullNATS(t *testing.T) {
	server := porttest.Daemon{
		Command: "nats-server -c DIR/nats.conf",
		Files:   map[string]string{"nats.conf": "listen: \"127.0.0.1:PORT\"\nmax_connections: 1\n"},
		Ready:   "Server is ready",
	}.Start(t)
	client, err := net.Dial("tcp", server.Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	// The server counts a client only after it has greeted it.
	if _, err := client.Write([]byte("CONNECT {}\r\nPING\r\n")); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewReader(client); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == "PONG\r\n" {
			break
		}
	}
	if r := lookAtPlain(t, endpoint.NATS, server.Addr); r.Reason != look.Unavailable || r.Detail != "-ERR 'maximum connections exceeded'" {
		t.Errorf("%s %s %q", r.State, r.Reason, r.Detail)
	}
}

func TestMemcached(t *testing.T) {
	server := porttest.Daemon{Command: "memcached -l 127.0.0.1 -p PORT -U 0 -u root -vv"}.Start(t)
	speaks(t, endpoint.Memcached, server.Addr, nil)
	log := logged(t, server, "server listening", "quit", 1)
	only(t, log, `^(<|>)\d+ (new auto-negotiating client connection|version|VERSION .*|quit|connection closed\.|Client using the ascii protocol|\S* ?version)|^\d+: |^$`)
	sees(t, []seen{{endpoint.Redis, server.Addr, nil, "unresponsive wrong-protocol", ""}})

	// With SASL it speaks nothing but the binary protocol.
	sasl := porttest.Daemon{
		Env:     []string{"SASL_CONF_PATH=DIR"},
		Command: "memcached -S -l 127.0.0.1 -p PORT -U 0 -u root -vv",
		Files:   map[string]string{"memcached.conf": "mech_list: plain\n"},
	}.Start(t)
	speaks(t, endpoint.Memcached, sasl.Addr, nil)
	if !strings.Contains(sasl.Log(), "SASL") {
		t.Errorf("it has no SASL:\n%s", sasl.Log())
	}
}

func TestRedis(t *testing.T) {
	ca := porttest.NewCA(t)
	redis := func(more string) *porttest.Running {
		return porttest.Daemon{
			Command: "redis-server DIR/redis.conf",
			Files: files(t, ca, map[string]string{"redis.conf": `bind 127.0.0.1
port PORT
tls-port PORT2
tls-cert-file DIR/cert.pem
tls-key-file DIR/key.pem
tls-ca-cert-file DIR/ca.pem
dir DIR
save ""
loglevel verbose
` + more}),
			Ready: "Ready to accept connections",
		}.Start(t)
	}
	open := redis("tls-auth-clients no\n")
	speaks(t, endpoint.Redis, open.Addr, nil)
	speaks(t, endpoint.Rediss, open.Addr2, ca)
	sees(t, []seen{{endpoint.HTTP, open.Addr, nil, "unresponsive closed-early", ""}})

	locked := redis("tls-auth-clients no\nrequirepass secret\n")
	speaks(t, endpoint.Redis, locked.Addr, nil)
	log := logged(t, locked, "Ready to accept connections", "Client closed connection", 1)
	only(t, log, ` [-*] `)

	// It wants a certificate of the client's, and says so by an alert.
	speaks(t, endpoint.Rediss, redis("tls-auth-clients yes\n").Addr2, ca)
}

// TestCannedText: what servers say that are hard to bring to it.
func TestCannedText(t *testing.T) {
	tests := []struct {
		scheme endpoint.Scheme
		says   string
		want   string
		detail string
	}{
		{endpoint.SMTP, "220-mx.example.com ESMTP\r\n220-you are\r\n220 logged\r\n", "open service-response", ""},
		{endpoint.SMTP, "421 4.3.2 too many connections\r\n", "unresponsive unavailable", "421 4.3.2 too many connections"},
		{endpoint.SMTP, "554 5.7.1 no SMTP here\r\n", "unresponsive unavailable", "554 5.7.1 no SMTP here"},
		{endpoint.SMTP, "220\r\n", "open service-response", ""},
		{endpoint.SMTP, "2200 what\r\n", "unresponsive wrong-protocol", `2200 what\r\n`},
		{endpoint.Submission, "220 mx ESMTP\r\n250-mx\r\n250 STARTTLS\r\n220 go ahead\r\n250 injected\r\n", "unresponsive wrong-protocol", `220 mx ESMTP\r\n250-mx\r\n250 STARTTLS\r\n220 go ahead\r\n250 injected\r\n`},
		{endpoint.Submission, "220 mx ESMTP\r\n250-mx\r\n250 starttls\r\n454 TLS not available\r\n", "unresponsive unavailable", "454 TLS not available"},
		{endpoint.Submission, "220 mx ESMTP\r\n250-mx\r\n250 AUTH PLAIN\r\n", "unresponsive no-starttls", `250-mx\n250 AUTH PLAIN`},
		{endpoint.FTP, "220-Welcome\r\n to whatever\r\n220-this\r\n220 is\r\n", "open service-response", ""},
		{endpoint.FTP, "421 Service not available\r\n", "unresponsive unavailable", "421 Service not available"},
		{endpoint.IMAP, "* PREAUTH hello\r\n", "open service-response", ""},
		{endpoint.IMAP, "* BYE overloaded\r\n", "unresponsive unavailable", "* BYE overloaded"},
		{endpoint.IMAP, "* OKAY\r\n", "unresponsive wrong-protocol", `* OKAY\r\n`},
		{endpoint.POP3, "+OK\r\n", "open service-response", ""},
		{endpoint.POP3, "-ERR [SYS/TEMP] later\r\n", "unresponsive unavailable", "-ERR [SYS/TEMP] later"},
		{endpoint.NATS, "INFO {\"server_id\":\"x\",\"tls_required\":true} \r\n", "open service-response", ""},
		{endpoint.NATS, "INFO {}\r\n-ERR 'Authorization Violation'\r\n", "open service-response", ""},
		{endpoint.NATS, "INFO {broken\r\n", "unresponsive wrong-protocol", `INFO {broken\r\n`},
		{endpoint.Memcached, "ERROR\r\n", "open service-response", ""},
		{endpoint.Memcached, "CLIENT_ERROR unauthenticated\r\n", "open service-response", ""},
		{endpoint.Memcached, "ERROR Too many open connections\r\n", "unresponsive unavailable", "ERROR Too many open connections"},
		{endpoint.Redis, "-DENIED Redis is running in protected mode\r\n", "open service-response", ""},
		{endpoint.Redis, "-LOADING Redis is loading the dataset in memory\r\n", "unresponsive unavailable", "-LOADING Redis is loading the dataset in memory"},
		{endpoint.Redis, "-MASTERDOWN Link with MASTER is down\r\n", "unresponsive unavailable", "-MASTERDOWN Link with MASTER is down"},
		{endpoint.Redis, "-ERR max number of clients reached\r\n", "unresponsive unavailable", "-ERR max number of clients reached"},
		{endpoint.Redis, "-no error\r\n", "unresponsive wrong-protocol", `-no error\r\n`},
		{endpoint.Redis, "$4\r\nPONG\r\n", "unresponsive wrong-protocol", `$4\r\nPONG\r\n`},
		{endpoint.HTTP, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "open service-response", ""},
		{endpoint.HTTP, "HTTP/1.0 204\r\nServer : x\r\nTransfer-Encoding: identity\r\n\r\n", "open service-response", ""},
		{endpoint.HTTP, "HTTP/1.x 200 OK\r\n\r\n", "unresponsive wrong-protocol", `HTTP/1.x 200 OK\r\n\r\n`},
		{endpoint.HTTP, "\x03\x00\x00\t\x02", "unresponsive wrong-protocol", `\x03\x00\x00\t\x02`},
		{endpoint.HTTP, "HTTP/1.1 2000 OK\r\n\r\n", "unresponsive wrong-protocol", `HTTP/1.1 2000 OK\r\n\r\n`},
		{endpoint.HTTP, "HTTP/1.1 +20 OK\r\n\r\n", "unresponsive wrong-protocol", `HTTP/1.1 +20 OK\r\n\r\n`},
		{endpoint.HTTP, "HTTP/2.0 200 OK\r\n\r\n", "unresponsive wrong-protocol", `HTTP/2.0 200 OK\r\n\r\n`},
		{endpoint.HTTP, "ICY 200 OK\r\n\r\n", "unresponsive wrong-protocol", `ICY 200 OK\r\n\r\n`},
		{endpoint.SSH, "mind the gap\r\nSSH-1.99-Cisco-1.25\r\n", "open service-response", ""},
		{endpoint.SSH, "SSH-1.5-old\r\n", "unresponsive wrong-protocol", `SSH-1.5-old\r\n`},
		{endpoint.SSH, "Exceeded MaxStartups\r\n", "unresponsive unavailable", "Exceeded MaxStartups"},
		{endpoint.SSH, "Not allowed at this time\r\n", "unresponsive unavailable", "Not allowed at this time"},
		{endpoint.SSH, "HTTP/1.1 400 Bad Request\r\n\r\n", "unresponsive wrong-protocol", `HTTP/1.1 400 Bad Request\r\n\r\n`},
	}
	for _, tt := range tests {
		r := lookAtPlain(t, tt.scheme, greets(t, tt.says))
		if got := string(r.State) + " " + string(r.Reason); got != tt.want || r.Detail != tt.detail {
			t.Errorf("%s, told %q, is %s %q, want %s %q", tt.scheme, tt.says, got, r.Detail, tt.want, tt.detail)
		}
	}
}
