package service_test

import (
	"bufio"
	"io"
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
	counts(t, "", log, map[string]string{"vsftpd": "0"})
	sees(t, []seen{
		{endpoint.FTPS, server.Addr, ca, "unresponsive wrong-protocol", endpoint.FTP},
		{endpoint.SSH, server.Addr, nil, "unresponsive wrong-protocol", endpoint.FTP},
	})
	secure := vsftpd("ssl_enable=YES\nimplicit_ssl=YES\nrsa_cert_file=DIR/cert.pem\nrsa_private_key_file=DIR/key.pem\nssl_ciphers=HIGH\n")
	speaks(t, endpoint.FTPS, secure.Addr, ca)
}

func TestNATS(t *testing.T) {
	ca := porttest.NewCA(t)
	const tls = "tls { cert_file: DIR/cert.pem, key_file: DIR/key.pem }\n"
	for _, more := range []string{"", tls, "authorization { token: secret }\n", tls + "authorization { token: secret }\n"} {
		server := porttest.Daemon{
			Command: "nats-server -c DIR/nats.conf",
			Files:   files(t, ca, map[string]string{"nats.conf": "listen: \"127.0.0.1:PORT\"\n" + more}),
			Ready:   "Server is ready",
		}.Start(t)
		speaks(t, endpoint.NATS, server.Addr, nil)
		if strings.HasPrefix(more, tls) {
			speaks(t, endpoint.NATSS, server.Addr, ca)
			sees(t, []seen{{endpoint.NATSS, server.Addr, porttest.NewCA(t), "unresponsive tls-unknown-authority", ""}})
		} else {
			sees(t, []seen{{endpoint.NATSS, server.Addr, ca, "unresponsive no-starttls", ""}})
		}
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

	ca := porttest.NewCA(t)
	secure := porttest.Daemon{
		Command: "memcached -l 127.0.0.1 -p PORT -U 0 -u root -Z -o ssl_chain_cert=DIR/cert.pem,ssl_key=DIR/key.pem",
		Files:   files(t, ca, nil),
	}.Start(t)
	speaks(t, endpoint.Memcacheds, secure.Addr, ca)
	sees(t, []seen{{endpoint.Memcached, secure.Addr, nil, "unresponsive closed-early", ""}})

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

// TestRedisUnavailable: a server that answers, and cannot serve.
func TestRedisUnavailable(t *testing.T) {
	redis := func(more string) *porttest.Running {
		return porttest.Daemon{
			Command: "redis-server DIR/redis.conf",
			Files:   map[string]string{"data/none": "", "redis.conf": "bind 127.0.0.1\nport PORT\nsave 3600 1\n" + more},
			Ready:   "Ready to accept connections",
		}.Start(t)
	}
	tell := func(server *porttest.Running, text string) net.Conn {
		conn, err := net.Dial("tcp", server.Addr.String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	// awaits looks until the server is as it should be.
	awaits := func(server *porttest.Running, want string) {
		t.Helper()
		var r look.Result
		for end := time.Now().Add(timeout); time.Now().Before(end); <-time.After(time.Millisecond) {
			if r = lookAtPlain(t, endpoint.Redis, server.Addr); strings.HasPrefix(string(r.Reason)+" "+r.Detail, want) {
				return
			}
		}
		t.Errorf("%s %s %q, want %q", r.State, r.Reason, r.Detail, want)
	}

	disk := redis("dir DIR/data\n")
	awaits(disk, "service-response")
	if err := os.RemoveAll(filepath.Join(disk.Dir, "data")); err != nil {
		t.Fatal(err)
	}
	_ = tell(disk, "BGSAVE\r\n").Close()
	awaits(disk, "unavailable -MISCONF ")

	script := redis("dir DIR\nbusy-reply-threshold 1\n")
	awaits(script, "service-response")
	running := tell(script, "EVAL \"while true do end\" 0\r\n")
	awaits(script, "unavailable -BUSY ")
	_ = tell(script, "SCRIPT KILL\r\n").Close()
	awaits(script, "service-response")
	_ = running.Close()

	awaits(redis("dir DIR\nreplicaof 127.0.0.1 1\nreplica-serve-stale-data no\n"), "unavailable -MASTERDOWN ")
}

// TestCannedText: what servers say that are hard to bring to it.
func TestCannedText(t *testing.T) {
	t.Parallel() // some of them wait for an answer to a farewell
	tests := []struct {
		scheme endpoint.Scheme
		says   string
		want   string
		detail string
	}{
		{endpoint.SMTP, "220-mx.example.com ESMTP\r\n220-you are\r\n220 logged\r\n", "open service-response", ""},
		{endpoint.SMTP, "421 4.3.2 too many connections\r\n", "unresponsive unavailable", "421 4.3.2 too many connections"},
		{endpoint.SMTP, "554 no SMTP here\r\n", "unresponsive unavailable", "554 no SMTP here"},
		{endpoint.SMTP, "521 mx does not accept mail\r\n", "unresponsive unavailable", "521 mx does not accept mail"},
		{endpoint.SMTP, "421 4.3.2 All server ports are busy\r\n", "unresponsive unavailable", "421 4.3.2 All server ports are busy"},
		// It serves others.
		{endpoint.SMTP, "554 5.7.1 <client[192.0.2.1]>: Client host rejected: Access denied\r\n", "open service-response", ""},
		{endpoint.SMTP, "554-mx.example.com\r\n554 Access denied\r\n", "open service-response", ""},
		{endpoint.SMTP, "521 5.7.1 Service unavailable; client [192.0.2.1] blocked using x\r\n", "open service-response", ""},
		{endpoint.SMTP, "550 Administrative prohibition\r\n", "open service-response", ""},
		{endpoint.SMTP, "421 4.7.0 mx Error: too many connections from 192.0.2.1\r\n", "open service-response", ""},
		{endpoint.Submission, "554 5.7.1 Access denied\r\n", "open service-response", ""},
		{endpoint.Submission, "220 mx ESMTP\r\n550 Access denied\r\n", "open service-response", ""},
		{endpoint.Submission, "220 mx ESMTP\r\n250-mx\r\n250 STARTTLS\r\n454 4.7.0 TLS not available due to local problem\r\n", "unresponsive unavailable", "454 4.7.0 TLS not available due to local problem"},
		{endpoint.FTP, "530 Access denied\r\n", "open service-response", ""},
		{endpoint.FTP, "421 There are too many connections from your internet address.\r\n", "open service-response", ""},
		{endpoint.FTP, "421 There are too many connected users, please try later.\r\n", "unresponsive unavailable", "421 There are too many connected users, please try later."},
		{endpoint.FTP, "500 OOPS: vsftpd: cannot locate user\r\n", "unresponsive unavailable", "500 OOPS: vsftpd: cannot locate user"},
		{endpoint.FTP, "120 ready in 5 minutes\r\n", "unresponsive unavailable", "120 ready in 5 minutes"},
		{endpoint.IMAP, "* BYE Access denied\r\n", "open service-response", ""},
		{endpoint.IMAP, "* BYE [UNAVAILABLE] later\r\n", "unresponsive unavailable", "* BYE [UNAVAILABLE] later"},
		{endpoint.POP3, "-ERR too many connections from your IP\r\n", "open service-response", ""},
		// SMTP and FTP greet alike.
		{endpoint.SMTP, "220 (vsFTPd 3.0.3)\r\n", "unresponsive wrong-protocol", `220 (vsFTPd 3.0.3)\r\n`},
		{endpoint.SMTP, "220-FileZilla Server 1.7.0\r\n220 hello\r\n", "unresponsive wrong-protocol", `220-FileZilla Server 1.7.0\r\n220 hello\r\n`},
		{endpoint.SMTP, "220-hello\r\n220 ftp server ready\r\n", "unresponsive wrong-protocol", `220-hello\r\n220 ftp server ready\r\n`},
		{endpoint.SMTP, "220 mx.example.com LMTP\r\n", "unresponsive wrong-protocol", `220 mx.example.com LMTP\r\n`},
		{endpoint.SMTP, "220 VMware Authentication Daemon Version 1.10\r\n", "unresponsive wrong-protocol", `220 VMware Authentication Daemon Version 1.10\r\n`},
		{endpoint.SMTP, "220 ftp.example.com ESMTP\r\n", "open service-response", ""},
		{endpoint.SMTP, "220-ftp.example.com ready\r\n220 ftp.example.com\r\n", "open service-response", ""},
		{endpoint.SMTP, "220 ready\r\n", "open service-response", ""},
		{endpoint.SMTP, "220 Swiftpost gateway\r\n", "open service-response", ""}, // "ftp" within a word is no FTP
		{endpoint.SMTP, "220 SWIFTPOST GATEWAY\r\n", "open service-response", ""},
		{endpoint.SMTP, "220 CrushFTP8 ready\r\n", "unresponsive wrong-protocol", `220 CrushFTP8 ready\r\n`},
		{endpoint.SMTP, "220 SFTPGo 2.5\r\n", "unresponsive wrong-protocol", `220 SFTPGo 2.5\r\n`},
		{endpoint.SMTP, "220 vsftpd\r\n", "unresponsive wrong-protocol", `220 vsftpd\r\n`},
		{endpoint.FTP, "220 Eximia files\r\n", "open service-response", ""},
		{endpoint.Submission, "220 ProFTPD Server\r\n", "unresponsive wrong-protocol", `220 ProFTPD Server\r\n`},
		{endpoint.FTP, "220 mx.example.com ESMTP Postfix (Debian)\r\n", "unresponsive wrong-protocol", `220 mx.example.com ESMTP Postfix (Debian)\r\n`},
		{endpoint.FTP, "220 smtp.example.com FTP server\r\n", "open service-response", ""},
		{endpoint.FTP, "220 FTP server, mail to smtp-admin\r\n", "open service-response", ""},
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
		{endpoint.NATSS, "INFO {}\r\n", "unresponsive no-starttls", `INFO {}\r\n`},
		{endpoint.NATSS, "INFO {}\r\n-ERR 'maximum connections exceeded'\r\n", "unresponsive unavailable", "-ERR 'maximum connections exceeded'"},
		{endpoint.NATSS, "INFO {\"tls_required\":true}\r\nPING\r\n", "unresponsive wrong-protocol", `INFO {\"tls_required\":true}\r\nPING\r\n`},
		{endpoint.Memcached, "ERROR\r\n", "open service-response", ""},
		{endpoint.Memcached, "CLIENT_ERROR unauthenticated\r\n", "open service-response", ""},
		{endpoint.Memcached, "SERVER_ERROR Connection refused\r\n", "unresponsive unavailable", "SERVER_ERROR Connection refused"},
		{endpoint.NATS, "INFO {}\r\n-ERR 'Server Shutdown'\r\n", "unresponsive unavailable", "-ERR 'Server Shutdown'"},
		{endpoint.Memcached, "ERROR Too many open connections\r\n", "unresponsive unavailable", "ERROR Too many open connections"},
		{endpoint.Redis, "-DENIED Redis is running in protected mode\r\n", "open service-response", ""},
		{endpoint.Redis, "-LOADING Redis is loading the dataset in memory\r\n", "unresponsive unavailable", "-LOADING Redis is loading the dataset in memory"},
		{endpoint.Redis, "-MASTERDOWN Link with MASTER is down\r\n", "unresponsive unavailable", "-MASTERDOWN Link with MASTER is down"},
		{endpoint.Redis, "-ERR max number of clients reached\r\n", "unresponsive unavailable", "-ERR max number of clients reached"},
		{endpoint.Redis, "-ERR max number of clients + cluster connections reached\r\n", "unresponsive unavailable", "-ERR max number of clients + cluster connections reached"},
		{endpoint.Redis, "-ERR Error registering fd event for the new client: Numerical result out of range (fd=1)\r\n", "unresponsive unavailable", "-ERR Error registering fd event for the new client: Numerical result out of r..."},
		{endpoint.Redis, "-MISCONF Redis is configured to save RDB snapshots\r\n", "unresponsive unavailable", "-MISCONF Redis is configured to save RDB snapshots"},
		{endpoint.Redis, "-BUSY Redis is busy running a script\r\n", "unresponsive unavailable", "-BUSY Redis is busy running a script"},
		{endpoint.Redis, "-CLUSTERDOWN The cluster is down\r\n", "unresponsive unavailable", "-CLUSTERDOWN The cluster is down"},
		{endpoint.Redis, "-BUSYKEY Target key name already exists\r\n", "open service-response", ""},
		{endpoint.Redis, "-NOAUTH Authentication required.\r\n", "open service-response", ""},
		{endpoint.Redis, "-READONLY You can't write against a read only replica.\r\n", "open service-response", ""},
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
		{endpoint.HTTP, "\x00\x00\x00\x04\x00\x00\x00\x00\x00", "unresponsive wrong-protocol", "speaks h2c: HTTP/2 without TLS, as gRPC does"},
		{endpoint.HTTP, "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00", "unresponsive wrong-protocol", "speaks h2c: HTTP/2 without TLS, as gRPC does"},
		{endpoint.SSH, "mind the gap\r\nSSH-1.99-Cisco-1.25\r\n", "open service-response", ""},
		{endpoint.SSH, "SSH-1.5-old\r\n", "unresponsive wrong-protocol", `SSH-1.5-old\r\n`},
		{endpoint.SSH, "Exceeded MaxStartups\r\n", "unresponsive unavailable", "Exceeded MaxStartups"},
		{endpoint.SSH, "Not allowed at this time\r\n", "unresponsive not-allowed", "Not allowed at this time"},
		{endpoint.SSH, "HTTP/1.1 400 Bad Request\r\n\r\n", "unresponsive wrong-protocol", `HTTP/1.1 400 Bad Request\r\n\r\n`},
	}
	for _, tt := range tests {
		t.Run(string(tt.scheme)+" "+tt.says, func(t *testing.T) {
			t.Parallel()
			r := lookAtPlain(t, tt.scheme, greets(t, tt.says))
			if got := string(r.State) + " " + string(r.Reason); got != tt.want || r.Detail != tt.detail {
				t.Errorf("told %q: %s %q, want %s %q", tt.says, got, r.Detail, tt.want, tt.detail)
			}
		})
	}
}
