package service_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// begins takes a look at PostgreSQL as a user.
func begins(t *testing.T, addr netip.AddrPort, as look.Postgres) string {
	t.Helper()
	return lookAsked(t, look.Target{Scheme: endpoint.Postgres, Addr: addr, Postgres: &as})
}

// postgresWith is a server with one line of pg_hba.conf, and further settings.
func postgresWith(t *testing.T, hba string, settings string, setup ...string) *porttest.Running {
	t.Helper()
	ready := "database system is ready to accept connections"
	if len(setup) > 0 {
		ready = "entering standby mode"
	}
	return porttest.Daemon{
		Setup: append([]string{
			"chmod 600 DIR/key.pem",
			"initdb --pgdata=DIR/data --auth=trust --no-sync --locale=C",
			"cp DIR/hba DIR/data/pg_hba.conf",
		}, setup...),
		Command: "postgres -D DIR/data -p PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c log_connections=on" +
			" -c ssl_cert_file=DIR/cert.pem -c ssl_key_file=DIR/key.pem " + settings,
		User:  "postgres",
		Files: files(t, porttest.NewCA(t), map[string]string{"hba": hba + "\n"}),
		Ready: ready,
	}.Start(t)
}

// holdPostgres begins a session as postgres and keeps it until the test ends.
func holdPostgres(t *testing.T, addr netip.AddrPort) {
	t.Helper()
	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	body := "\x00\x03\x00\x00user\x00postgres\x00database\x00postgres\x00\x00"
	_, _ = io.WriteString(conn, string(binary.BigEndian.AppendUint32(nil, uint32(4+len(body))))+body)
	if first, err := bufio.NewReader(conn).Peek(1); err != nil || first[0] != 'R' {
		t.Fatalf("%q, %v", first, err)
	}
}

// TestPostgresBegins: what a connection meets on a server in each of its states.
func TestPostgresBegins(t *testing.T) {
	t.Parallel()
	probe, app := look.Postgres{User: "probe"}, look.Postgres{User: "postgres", Database: "app"}
	someone := look.Postgres{User: "postgres", Database: "postgres"}
	const received = `LOG:  connection received: `
	tests := []struct {
		name, hba, settings string
		as                  look.Postgres
		want                string
		log                 string // what it may log
	}{
		{"password", "host all all all scram-sha-256", "", someone, "open service-response", received},
		{"password of nobody", "host all all all scram-sha-256", "", probe, "open service-response", received},
		{"password over TLS", "hostssl all all all scram-sha-256", "-c ssl=on", someone, "open service-response", received},
		{"md5", "host all all all md5", "", someone, "open service-response", received},
		{"clear", "host all all all password", "", someone, "open service-response", received},
		{"nobody is let in", "host all all 192.0.2.1/32 trust", "", someone, "open service-response", received + `|FATAL:  no pg_hba.conf entry`},
		{"everybody is let in", "host all all all trust", "-c log_disconnections=on", someone, "open service-response", received + `|LOG:  (connection authorized|disconnection|connection authenticated)`},
		{"no such role", "host all all all trust", "", probe, "open service-response", received + `|FATAL:  role "probe" does not exist|connection authorized`},
		{"no such database", "host all all all trust", "", app, `unresponsive unavailable 3D000: database ... does not exist`, received + `|FATAL:  database "app" does not exist|connection authorized`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := postgresWith(t, tt.hba, tt.settings)
			if got := begins(t, server.Addr, tt.as); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			const end = "invalid length of startup packet"
			sees(t, []seen{{endpoint.AJP, server.Addr, nil, "unresponsive closed-early", ""}})
			only(t, logged(t, server, "ready to accept connections", end, 1), tt.log+"|"+end)
		})
	}
}

// TestPostgresRefuses: a server that takes no connections passes as long as no user
// is named, and no longer.
func TestPostgresRefuses(t *testing.T) {
	someone := look.Postgres{User: "postgres", Database: "postgres"}
	full := postgresWith(t, "host all all all trust", "-c max_connections=1 -c superuser_reserved_connections=0 -c max_wal_senders=0")
	holdPostgres(t, full.Addr)
	starting := postgresWith(t, "host all all all trust", "-c hot_standby=off", "touch DIR/data/standby.signal")
	for name, tt := range map[string]struct {
		addr netip.AddrPort
		want string // or what it begins with
	}{
		"full":     {full.Addr, "unresponsive unavailable 53300: sorry, too many clients already"},
		"starting": {starting.Addr, "unresponsive unavailable 57P03: the database system is "}, // "starting up", then "not accepting connections"
	} {
		if got := begins(t, tt.addr, someone); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		speaks(t, endpoint.Postgres, tt.addr, nil)
	}
}

// TestPgBouncer: full, and without the server behind it.
func TestPgBouncer(t *testing.T) {
	pgbouncer := func(more string) *porttest.Running {
		return porttest.Daemon{
			Command: "pgbouncer DIR/pgbouncer.ini",
			User:    "postgres",
			Files: map[string]string{"users": "\"postgres\" \"\"\n", "pgbouncer.ini": `[databases]
postgres = host=127.0.0.1 port=1
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = PORT
unix_socket_dir =
auth_file = DIR/users
auth_hba_file = DIR/hba
` + more, "hba": "host all all 192.0.2.1/32 trust\n"},
			Ready: "process up",
		}.Start(t)
	}
	someone := look.Postgres{User: "postgres", Database: "postgres"}
	password := pgbouncer("auth_type = scram-sha-256\n")
	none := pgbouncer("auth_type = scram-sha-256\nmax_client_conn = 0\n")
	dead := pgbouncer("auth_type = trust\nquery_wait_timeout = 1\nserver_login_retry = 1\n")
	trust, hba := pgbouncer("auth_type = trust\n"), pgbouncer("auth_type = hba\n")
	for name, tt := range map[string]struct {
		addr netip.AddrPort
		as   look.Postgres
		want string
	}{
		"nobody, trusted":    {trust.Addr, look.Postgres{User: "probe", Database: "postgres"}, "open service-response"},
		"nobody is let in":   {hba.Addr, someone, "open service-response"},
		"named database":     {trust.Addr, look.Postgres{User: "postgres", Database: "app"}, "unresponsive unavailable 08P01: no such database: ..."},
		"database not named": {trust.Addr, look.Postgres{User: "probe"}, "open service-response"},
		"password":           {password.Addr, someone, "open service-response"},
		"nobody":             {password.Addr, look.Postgres{User: "probe", Database: "postgres"}, "open service-response"},
		"no such database":   {password.Addr, look.Postgres{User: "postgres", Database: "app"}, "open service-response"}, // it asks for the password first
		"full":               {none.Addr, someone, "unresponsive unavailable 08P01: no more connections allowed (max_client_conn)"},
		"dead back end":      {dead.Addr, someone, "unresponsive unavailable 08P01: query_wait_timeout"},
	} {
		if got := begins(t, tt.addr, tt.as); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		speaks(t, endpoint.Postgres, tt.addr, nil)
	}
}

// TestPgpool: without a back end.
func TestPgpool(t *testing.T) {
	server := porttest.Daemon{
		Command: "pgpool -n -f DIR/pgpool.conf -F DIR/pcp.conf -a DIR/pool_hba.conf",
		User:    "postgres",
		Files: map[string]string{"pcp.conf": "", "pool_hba.conf": "host all all all trust\n", "pgpool.conf": `listen_addresses = '127.0.0.1'
port = PORT
pcp_listen_addresses = '127.0.0.1'
pcp_port = PORT2
unix_socket_directories = 'DIR'
pcp_socket_dir = 'DIR'
pid_file_name = 'DIR/pid'
logdir = 'DIR'
backend_clustering_mode = 'raw'
enable_pool_hba = on
backend_hostname0 = '127.0.0.1'
backend_port0 = 1025
num_init_children = 2
`},
	}.Start(t)
	someone := look.Postgres{User: "postgres", Database: "postgres"}
	speaks(t, endpoint.Postgres, server.Addr, nil)
	// It closes the connection, or says so, depending on what it knows by then.
	if got := begins(t, server.Addr, someone); !strings.HasPrefix(got, "unresponsive unavailable ") && !strings.HasPrefix(got, "unresponsive closed-early") {
		t.Errorf("%s, want it unavailable or closed-early", got)
	}
}

// TestPostgresCertificate: TLS is optional, so that nobody looks at a certificate
// before something says what it must be.
func TestPostgresCertificate(t *testing.T) {
	server := postgresWith(t, "host all all all scram-sha-256", "-c ssl=on") // of an authority that nobody knows
	other := porttest.NewCA(t).Pool
	const unknown = "unresponsive tls-unknown-authority issued by CN=portcheck test CA"
	for name, tt := range map[string]struct {
		tls  *look.TLS
		want string
	}{
		"nothing said":  {nil, "open service-response"},
		"default":       {&look.TLS{}, "open service-response"},
		"never":         {&look.TLS{Verify: look.VerifyNever, Roots: other}, "open service-response"},
		"always":        {&look.TLS{Verify: look.VerifyAlways}, unknown},
		"own options":   {&look.TLS{Verify: look.VerifyNames}, unknown},
		"an authority":  {&look.TLS{Roots: other}, unknown},
		"a server name": {&look.TLS{ServerName: "localhost"}, unknown},
		"days":          {&look.TLS{MinDays: 100}, "unresponsive tls-expires-soon valid until "},
	} {
		at := look.Target{Scheme: endpoint.Postgres, Addr: server.Addr, TLS: tt.tls}
		if got := lookAsked(t, at); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
