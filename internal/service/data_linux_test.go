package service_test

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// seen is what a look at a service on localhost is to show.
type seen struct {
	scheme endpoint.Scheme
	addr   netip.AddrPort
	ca     *porttest.CA // nil: none
	want   string       // state and reason
	speaks endpoint.Scheme
}

// sees takes looks.
func sees(t *testing.T, looks []seen) {
	t.Helper()
	for _, look := range looks {
		r := lookAt(t, look.scheme, look.addr, look.ca)
		if got := string(r.State) + " " + string(r.Reason); got != look.want || r.Speaks != look.speaks {
			t.Errorf("%s at %s is %s, speaks %q: %s, want %s, %q", look.scheme, look.addr, got, r.Speaks, r.Detail, look.want, look.speaks)
		}
	}
}

// logged waits until server has written text count times, and returns all that
// it wrote since start.
func logged(t *testing.T, server *porttest.Running, start, text string, count int) []string {
	t.Helper()
	for end := time.Now().Add(timeout); ; <-time.After(time.Millisecond) {
		_, log, _ := strings.Cut(server.Log(), start)
		if strings.Count(log, text) >= count {
			return strings.Split(strings.TrimSpace(log), "\n")[1:]
		}
		if time.Now().After(end) {
			t.Fatalf("%q is not %d times in the log:\n%s", text, count, log)
		}
	}
}

// only fails the test for lines of a log that are not as a pattern has it.
func only(t *testing.T, log []string, pattern string) {
	t.Helper()
	harmless := regexp.MustCompile(pattern)
	for _, line := range log {
		if !harmless.MatchString(line) {
			t.Errorf("a look made the server log: %s", line)
		}
	}
}

// postgres is one that listens with TLS, on or off, and logs all connections.
func postgres(t *testing.T, ca *porttest.CA, tls string) *porttest.Running {
	t.Helper()
	return porttest.Daemon{
		Setup: []string{
			"chmod 600 DIR/key.pem",
			"initdb --pgdata=DIR/data --auth=scram-sha-256 --pwfile=DIR/password --no-sync --locale=C",
		},
		Command: "postgres -D DIR/data -p PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c log_connections=on" +
			" -c ssl=" + tls + " -c ssl_cert_file=DIR/cert.pem -c ssl_key_file=DIR/key.pem",
		User:  "postgres",
		Files: files(t, ca, map[string]string{"password": "secret"}),
		Ready: "database system is ready to accept connections",
	}.Start(t)
}

func TestPostgres(t *testing.T) {
	ca, other := porttest.NewCA(t), porttest.NewCA(t)
	tests := []struct {
		tls   string
		looks []seen
		log   string
	}{
		{"off", []seen{
			{endpoint.Postgres, netip.AddrPort{}, ca, "open service-response", ""},
			{endpoint.Postgres, netip.AddrPort{}, nil, "open service-response", ""},
		}, `LOG:  connection received: `},
		{"on", []seen{
			{endpoint.Postgres, netip.AddrPort{}, ca, "open service-response", ""},
			{endpoint.Postgres, netip.AddrPort{}, ca, "open service-response", ""},
		}, `LOG:  connection received: `},
		{"on", []seen{
			{endpoint.Postgres, netip.AddrPort{}, other, "unresponsive tls-unknown-authority", ""},
		}, `LOG:  (connection received: |could not accept SSL connection: (sslv3|tlsv1) alert bad certificate)`},
	}
	for _, tt := range tests {
		server := postgres(t, ca, tt.tls)
		for _, look := range tt.looks {
			look.addr = server.Addr
			sees(t, []seen{look})
		}
		// A client that does not speak PostgreSQL is logged. Its line need not be the
		// last: the backend of a look that refused a certificate ends after it.
		const end = "invalid length of startup packet"
		sees(t, []seen{{endpoint.AJP, server.Addr, nil, "unresponsive closed-early", ""}})
		log := logged(t, server, "ready to accept connections", end, 1)
		only(t, log, tt.log+"|"+end)
		if n := strings.Count(strings.Join(log, "\n"), end); n != 1 {
			t.Errorf("%d clients did not speak PostgreSQL, want the one that ends the log", n)
		}
	}
}

// TestMariaDB: the greeting, the refusals and what they cost.
func TestMariaDB(t *testing.T) {
	ca := porttest.NewCA(t)
	server := porttest.Daemon{
		Setup: []string{"mariadb-install-db --no-defaults --user=root --datadir=DIR/data --auth-root-authentication-method=normal --skip-test-db --tmpdir=DIR"},
		Command: "mariadbd --no-defaults --user=root --tmpdir=DIR --datadir=DIR/data --socket=DIR/socket --bind-address=127.0.0.1 --port=PORT" +
			" --init-file=DIR/init.sql --max-connections=10 --max-connect-errors=1 --ssl-cert=DIR/cert.pem --ssl-key=DIR/key.pem",
		Files: files(t, ca, map[string]string{"init.sql": "CREATE USER probe@'127.0.0.2' IDENTIFIED BY 'secret';\n"}),
		Ready: "ready for connections",
	}.Start(t)
	from := func(source string) look.Result {
		prober := probe.Prober{Source: netip.MustParseAddr(source)}
		return prober.Look(t.Context(), look.Target{Scheme: endpoint.MySQL, Addr: server.Addr, Host: "localhost"}, timeout)
	}
	for _, source := range []string{
		"127.0.0.1", "127.0.0.1", "127.0.0.1", // never blocked
		"127.0.0.2", "127.0.0.2", // blocked after the first, if its name can be asked for
		"127.0.0.3", // not allowed
	} {
		if r := from(source); r.State != look.Open {
			t.Errorf("from %s: %s %s %q", source, r.State, r.Reason, r.Detail)
		}
	}
	sees(t, []seen{{endpoint.HTTP, server.Addr, nil, "unresponsive wrong-protocol", endpoint.MySQL}})
	log := logged(t, server, "ready for connections", "closed normally without authentication", 4)
	only(t, log, `^Version: |\[Note\]|could not be resolved|\(This connection (closed normally|was aborted|.*) without authentication\)`)

	counts(t, "", log, map[string]string{"mysqld-auth": "0"})
	sees(t, []seen{
		{endpoint.MySQLS, server.Addr, ca, "open service-response", ""},
		{endpoint.MySQLS, server.Addr, porttest.NewCA(t), "unresponsive tls-unknown-authority", ""},
	})

	held := 0
	for ; ; held++ {
		conn, err := net.Dial("tcp", server.Addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if greeting, err := bufio.NewReader(conn).Peek(5); err != nil || greeting[4] == 0xff {
			break
		}
		if held > 20 {
			t.Fatal("more connections than are allowed")
		}
	}
	if r := from("127.0.0.1"); r.Reason != look.Unavailable || r.Detail != "Too many connections" {
		t.Errorf("with %d connections: %s %s %q", held, r.State, r.Reason, r.Detail)
	}
}

func TestSlapd(t *testing.T) {
	ca := porttest.NewCA(t)
	slapd := func(more string) *porttest.Running {
		return porttest.Daemon{
			Command: "sh DIR/slapd.sh",
			Needs:   []string{"slapd"},
			Files: files(t, ca, map[string]string{
				"slapd.sh":   `exec /usr/sbin/slapd -f DIR/slapd.conf -h "ldaps://127.0.0.1:PORT2 ldap://127.0.0.1:PORT" -d stats` + "\n",
				"slapd.conf": "pidfile DIR/pid\nTLSCertificateFile DIR/cert.pem\nTLSCertificateKeyFile DIR/key.pem\n" + more,
			}),
		}.Start(t) // its "slapd starting" comes before it listens, to the last port last
	}
	harmless := func(log []string, more string) {
		t.Helper()
		only(t, log, more+`|ACCEPT|SRCH|UNBIND|closed( \(connection lost\))?$|no connection!$`)
		if n := strings.Count(strings.Join(log, "\n"), "(connection lost)"); n > 1 { // by what found it listening
			t.Errorf("%d connections were lost", n-1)
		}
	}
	server := slapd("")
	speaks(t, endpoint.LDAP, server.Addr, nil)
	speaks(t, endpoint.LDAPS, server.Addr2, ca)
	log := logged(t, server, "slapd starting", " closed\n", 2)
	harmless(log, `TLS established|SEARCH RESULT tag=101 err=0 `)

	strict := slapd("require authc\ndisallow bind_anon\n")
	speaks(t, endpoint.LDAP, strict.Addr, nil)
	log = logged(t, strict, "slapd starting", " closed\n", 1)
	harmless(log, `SEARCH RESULT tag=101 err=53 `)

	sees(t, []seen{
		{endpoint.LDAP, server.Addr2, nil, "unresponsive wrong-protocol", endpoint.LDAPS},
		{endpoint.LDAPS, server.Addr, ca, "unresponsive closed-early", ""},
	})
}

func TestMosquitto(t *testing.T) {
	ca := porttest.NewCA(t)
	broker := func(anonymous string) *porttest.Running {
		return porttest.Daemon{
			Command: "mosquitto -c DIR/conf",
			Files: files(t, ca, map[string]string{"conf": `user root
allow_anonymous ` + anonymous + `
log_type all
listener PORT 127.0.0.1
listener PORT2 127.0.0.1
certfile DIR/cert.pem
keyfile DIR/key.pem
`}),
			Ready: " running",
		}.Start(t)
	}
	server := broker("true")
	speaks(t, endpoint.MQTT, server.Addr, nil)
	speaks(t, endpoint.MQTTS, server.Addr2, ca)
	log := logged(t, server, " running", " disconnected.", 2)
	only(t, log, `New connection|New client connected|No will message|Sending CONNACK to portcheck\w+ \(0, 0\)|Received DISCONNECT|Client portcheck\w+ disconnected\.$`)

	closed := broker("false")
	speaks(t, endpoint.MQTT, closed.Addr, nil)
	speaks(t, endpoint.MQTTS, closed.Addr2, ca)
	log = logged(t, closed, " running", ", not authorised.", 2)
	only(t, log, `New connection|Sending CONNACK to 127.0.0.1 \(0, 5\)|disconnected, not authorised\.$`)

	sees(t, []seen{
		{endpoint.MQTT, server.Addr2, nil, "unresponsive wrong-protocol", endpoint.MQTTS},
		{endpoint.MQTTS, server.Addr, ca, "unresponsive closed-early", ""},
	})
}

func TestRabbitMQ(t *testing.T) {
	ca := porttest.NewCA(t)
	// One of its own, or RabbitMQ starts one that stays.
	epmd := porttest.Daemon{Command: "epmd -port PORT -address 127.0.0.1"}.Start(t)
	server := porttest.Daemon{
		Command: "/usr/lib/rabbitmq/bin/rabbitmq-server", // /usr/sbin has one that changes the user
		Env: []string{
			"ERL_EPMD_PORT=" + strconv.Itoa(int(epmd.Addr.Port())), "ERL_EPMD_ADDRESS=127.0.0.1",
			"RABBITMQ_NODENAME=portcheck@localhost", "RABBITMQ_DIST_PORT=" + strconv.Itoa(int(porttest.ClosedPort(t).Port())),
			"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
			"RABBITMQ_CONF_ENV_FILE=DIR/none", "RABBITMQ_CONFIG_FILE=DIR/rabbitmq.conf", "RABBITMQ_ENABLED_PLUGINS_FILE=DIR/plugins",
			"RABBITMQ_MNESIA_BASE=DIR/mnesia", "RABBITMQ_LOG_BASE=DIR/log", "RABBITMQ_LOGS=-",
		},
		Files: files(t, ca, map[string]string{"plugins": "[].\n", "rabbitmq.conf": `listeners.tcp.1 = 127.0.0.1:PORT
listeners.ssl.1 = 127.0.0.1:PORT2
ssl_options.certfile = DIR/cert.pem
ssl_options.keyfile = DIR/key.pem
`}),
		Ready: "Server startup complete",
	}.Start(t)
	if names := epmdNames(t, epmd.Addr); !strings.Contains(names, "name portcheck at") {
		t.Errorf("RabbitMQ uses another epmd than its own, which knows %q", names)
	}
	speaks(t, endpoint.AMQP, server.Addr, nil)
	speaks(t, endpoint.AMQPS, server.Addr2, ca)
	log := logged(t, server, "Server startup complete", "client unexpectedly closed TCP connection", 2)
	only(t, log, `\[info\]|[Cc]ompleted with|\[warning\] \S+ (closing AMQP connection|client unexpectedly closed TCP connection)|^$`)

	sees(t, []seen{
		{endpoint.AMQP, server.Addr2, nil, "unresponsive wrong-protocol", endpoint.AMQPS},
		{endpoint.AMQPS, server.Addr, ca, "unresponsive wrong-protocol", endpoint.AMQP},
		{endpoint.HTTP, server.Addr, nil, "unresponsive wrong-protocol", endpoint.AMQP},
	})
}

// epmdNames asks an epmd for the nodes that it knows
// (https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html, NAMES_REQ).
func epmdNames(t *testing.T, addr netip.AddrPort) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "\x00\x01n"); err != nil {
		t.Fatal(err)
	}
	names, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(names)
}
