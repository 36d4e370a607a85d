package service_test

import (
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

func TestSSHD(t *testing.T) {
	server := porttest.Daemon{
		// It wants a folder in /run.
		Command: "unshare --mount sh DIR/sshd.sh",
		Needs:   []string{"sshd", "ssh-keygen"},
		Root:    true,
		Setup:   []string{"sh DIR/keygen.sh"},
		Files: map[string]string{"keygen.sh": `ssh-keygen -q -t ed25519 -N "" -f DIR/key`, "sshd.sh": "mount -t tmpfs run /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f DIR/sshd.conf", "sshd.conf": `ListenAddress 127.0.0.1:PORT
HostKey DIR/key
PidFile none
LogLevel INFO
MaxStartups 3:100:3
`},
		Ready: "Server listening on",
	}.Start(t)
	for range 10 { // more than are let in at once
		speaks(t, endpoint.SSH, server.Addr, nil)
	}
	log := logged(t, server, "Server listening on", "Received disconnect from", 10)
	only(t, log, `^(Received disconnect from|Disconnected from) 127.0.0.1 port \d+(:11: port check \[preauth\]| \[preauth\])\s*$`)
	counts(t, "Nov 27 14:00:00 host sshd[1]: ", log, map[string]string{"sshd": "0", "sshd[mode=ddos]": "10", "sshd[mode=aggressive]": "10"})
	sees(t, []seen{
		{endpoint.HTTPS, server.Addr, nil, "unresponsive wrong-protocol", endpoint.SSH},
		{endpoint.SMTP, server.Addr, nil, "unresponsive wrong-protocol", endpoint.SSH},
	})
}

func TestBIND(t *testing.T) {
	named := func(more string) *porttest.Running {
		return porttest.Daemon{
			Command: "named -g -c DIR/named.conf",
			Root:    true,
			Files: map[string]string{"named.conf": `options {
	directory "DIR";
	pid-file none;
	session-keyfile none;
	listen-on port PORT { 127.0.0.1; };
	listen-on-v6 { none; };
	dnssec-validation no;
	notify no;
	` + more + `
};
controls { };
`, "root.zone": `$TTL 60
. IN SOA a.example. b.example. 1 60 60 60 60
. IN NS a.example.
a.example. IN A 192.0.2.1
`},
			Ready: " running\n", // "running as" comes before
		}.Start(t)
	}
	refuses := named("recursion no; allow-query { none; };")
	answers := named(`recursion no; } ; zone "." { type primary; file "DIR/root.zone"; `)
	lost := named("recursion yes; forward only; forwarders { 127.0.0.1 port 1; };") // it serves the zones that it has
	for _, server := range []*porttest.Running{refuses, answers, lost} {
		speaks(t, endpoint.DNS, server.Addr, nil)
		speaks(t, endpoint.DNSTCP, server.Addr, nil)
	}
	// A zone that failed to load is a fault of that zone: who asks for it is told.
	zone := named(`recursion no; } ; zone "." { type primary; file "DIR/root.zone"; } ; zone "lost.example" { type primary; file "DIR/missing"; `)
	for _, scheme := range []endpoint.Scheme{endpoint.DNS, endpoint.DNSTCP} {
		speaks(t, scheme, zone.Addr, nil)
		at := look.Target{Scheme: scheme, Addr: zone.Addr, Host: "localhost", DNS: &look.DNS{Name: "lost.example."}}
		if r := (probe.Prober{}).Look(t.Context(), at, timeout); r.Reason != look.Unavailable {
			t.Errorf("%s, asked for a zone that failed to load: %s %s %q", scheme, r.State, r.Reason, r.Detail)
		}
	}
	broken := named(`recursion no; } ; zone "." { type primary; file "DIR/missing"; `)
	sees(t, []seen{
		{endpoint.DNS, broken.Addr, nil, "unresponsive unavailable", ""},
		{endpoint.DNSTCP, broken.Addr, nil, "unresponsive unavailable", ""},
	})
}

func TestDnsmasq(t *testing.T) {
	server := porttest.Daemon{
		Command: "dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces --listen-address=127.0.0.1 --port=PORT",
	}.Start(t)
	speaks(t, endpoint.DNS, server.Addr, nil)
	speaks(t, endpoint.DNSTCP, server.Addr, nil)
}

func TestChrony(t *testing.T) {
	chronyd := func(more string) *porttest.Running {
		return porttest.Daemon{
			Command: "chronyd -U -d -x -u root -f DIR/chrony.conf",
			Files: map[string]string{"chrony.conf": `port PORT
bindaddress 127.0.0.1
allow 127.0.0.1
cmdport 0
bindcmdaddress /
pidfile DIR/pid
` + more},
			Ready: "Running with root privileges",
		}.Start(t)
	}
	alone, lost := chronyd("local\n").Addr, chronyd("").Addr
	// It says that it runs before it listens.
	for end := time.Now().Add(timeout); time.Now().Before(end) && (lookAt(t, endpoint.NTP, alone, nil).State == look.Closed || lookAt(t, endpoint.NTP, lost, nil).State == look.Closed); {
		<-time.After(time.Millisecond)
	}
	speaks(t, endpoint.NTP, alone, nil)
	sees(t, []seen{{endpoint.NTP, lost, nil, "unresponsive unavailable", ""}})
}

func TestXrdp(t *testing.T) {
	server := porttest.Daemon{
		Command: "xrdp --nodaemon --config DIR/xrdp.ini --port PORT",
		Root:    true,
		Files: files(t, porttest.NewCA(t), map[string]string{"xrdp.ini": `[Globals]
ini_version=1
port=tcp://127.0.0.1:PORT
security_layer=negotiate
certificate=DIR/cert.pem
key_file=DIR/key.pem
[Logging]
LogFile=DIR/log
LogLevel=INFO
EnableSyslog=false
EnableConsole=true
ConsoleLevel=INFO
`}),
	}.Start(t)
	speaks(t, endpoint.RDP, server.Addr, nil)
	sees(t, []seen{{endpoint.HTTP, server.Addr, nil, "unresponsive wrong-protocol", ""}})
}
