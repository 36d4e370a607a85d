package service

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// payloadServer is a server as Debian has it. In command and files, DIR is a
// directory of the test's own and PORT the port to listen to, on 127.0.0.1.
type payloadServer struct {
	name    string
	payload uint16 // the well-known port whose payload it gets
	port    uint16 // where it listens if it cannot be told, otherwise 0
	command string
	files   map[string]string
	answer  func([]byte) bool // tells whether it speaks the protocol
	// Any port of the server may answer, as in TFTP.
	anyPort bool
	// The server wants a /run of its own: it writes there whatever it is told.
	ownRun bool
	// The server wants users and groups, of which a user namespace has one.
	users bool
}

const strongSwanConf = `charon {
	load = random nonce aes sha1 sha2 hmac kernel-netlink socket-default
	filelog {
		stderr {
			default = 1
		}
	}
}
`

var payloadServers = []payloadServer{
	{
		name: "dnsmasq", payload: 53, answer: isDNS,
		command: "dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces --listen-address=127.0.0.1 --port=PORT",
	}, {
		name: "dnsmasq TFTP", payload: 69, port: 69, answer: isTFTPError, anyPort: true,
		command: "dnsmasq --no-daemon --conf-file=/dev/null --port=0 --listen-address=127.0.0.1 --enable-tftp --tftp-root=DIR",
	}, {
		name: "dnsmasq TFTP from one port", payload: 69, port: 69, answer: isTFTPError,
		command: "dnsmasq --no-daemon --conf-file=/dev/null --port=0 --listen-address=127.0.0.1 --enable-tftp --tftp-root=DIR --tftp-single-port",
	}, {
		name: "chronyd", payload: 123,
		// Mode 4 (server), and the time that was sent as the origin.
		answer:  func(b []byte) bool { return len(b) >= 48 && b[0]&7 == 4 && string(b[24:32]) == id64 },
		command: "chronyd -U -d -x -u root -f DIR/chrony.conf",
		files: map[string]string{"chrony.conf": `port PORT
bindaddress 127.0.0.1
allow 127.0.0.1
cmdport 0
bindcmdaddress /
pidfile DIR/pid
local
`},
	}, {
		name: "snmpd", payload: 161, answer: isSNMPReport,
		command: "snmpd -f -Lo -C -c DIR/snmpd.conf udp:127.0.0.1:PORT",
		files:   map[string]string{"snmpd.conf": "[snmp] persistentDir DIR\n"},
	}, {
		name: "ngtcp2", payload: 443,
		// Long header, version 0 (RFC 9000 section 17.2.1).
		answer: func(b []byte) bool {
			return len(b) > 23 && b[0]&0x80 != 0 && binary.BigEndian.Uint32(b[1:]) == 0 && string(b[5:23]) == "\x08"+id64+"\x08"+id64
		},
		command: "gtlsserver --quiet 127.0.0.1 PORT DIR/key.pem DIR/cert.pem",
	}, {
		name: "strongSwan", payload: 500, port: 500, answer: isNoProposal, ownRun: true,
		command: "/usr/lib/ipsec/charon",
		files:   map[string]string{"strongswan.conf": strongSwanConf},
	}, {
		name: "strongSwan behind NAT", payload: 4500, port: 4500, ownRun: true,
		answer:  func(b []byte) bool { return len(b) > 4 && string(b[:4]) == "\x00\x00\x00\x00" && isNoProposal(b[4:]) },
		command: "/usr/lib/ipsec/charon",
		files:   map[string]string{"strongswan.conf": strongSwanConf},
	}, {
		name: "openvpn", payload: 1194,
		// P_CONTROL_HARD_RESET_SERVER_V2.
		answer:  func(b []byte) bool { return len(b) > 9 && b[0] == 8<<3 },
		command: "openvpn --dev null --local 127.0.0.1 --port PORT --tls-server --dh none --ca DIR/cert.pem --cert DIR/cert.pem --key DIR/key.pem",
	}, {
		name: "freeradius", payload: 1812,
		// Access-Reject.
		answer:  func(b []byte) bool { return len(b) >= 20 && b[0] == 3 && b[1] == 'p' },
		command: "freeradius -f -l stdout -d DIR",
		files: map[string]string{"radiusd.conf": `
pidfile = DIR/pid
logdir = DIR
modules {
}
client test {
	ipaddr = 127.0.0.1
	secret = test
}
server test {
	listen {
		type = auth
		ipaddr = 127.0.0.1
		port = PORT
	}
	authorize {
	}
}
`},
	}, {
		name: "coturn", payload: 3478,
		// Binding success response.
		answer:  func(b []byte) bool { return len(b) >= 20 && string(b[:2]) == "\x01\x01" && string(b[8:20]) == id96 },
		command: "turnserver -n --listening-ip=127.0.0.1 --listening-port=PORT --relay-ip=127.0.0.1 --no-cli --no-tls --no-dtls --no-tcp --log-file=stdout --pidfile=DIR/pid --userdb=DIR/db",
	}, {
		name: "kamailio", payload: 5060,
		answer: func(b []byte) bool {
			return bytes.HasPrefix(b, []byte("SIP/2.0 ")) && bytes.Contains(b, []byte("\r\nCall-ID: portcheck\r\n"))
		},
		command: "kamailio -f DIR/kamailio.cfg -Y DIR -DD -E -m 8 -M 4",
		// What Debian's own kamailio.cfg does first.
		files: map[string]string{"kamailio.cfg": `#!KAMAILIO
children=1
disable_tcp=yes
listen=udp:127.0.0.1:PORT
loadmodule "sl.so"
loadmodule "maxfwd.so"
request_route {
	if (!mf_process_maxfwd_header("10")) {
		sl_send_reply("483", "Too Many Hops");
	}
	exit;
}
`},
	}, {
		name: "avahi", payload: 5353, port: 5353, answer: isDNS, ownRun: true, users: true,
		command: "avahi-daemon --file=DIR/avahi.conf --no-drop-root --no-chroot --no-rlimits",
		files: map[string]string{"avahi.conf": `[server]
allow-interfaces=lo
enable-dbus=no
use-ipv6=no
[publish]
publish-workstation=yes
`},
	}, {
		name: "libcoap", payload: 5683,
		// Reset, with the same message ID.
		answer:  func(b []byte) bool { return string(b) == "\x70\x00"+id16 },
		command: "coap-server-notls -A 127.0.0.1 -p PORT",
	}, {
		name: "memcached", payload: 11211, users: true,
		answer: func(b []byte) bool {
			return len(b) > 8 && string(b[:2]) == id16 && bytes.HasPrefix(b[8:], []byte("VERSION "))
		},
		command: "memcached -u root -l 127.0.0.1 -p 0 -U PORT",
	},
}

// TestPayloadServers sends the payloads to real servers.
func TestPayloadServers(t *testing.T) {
	for _, s := range payloadServers {
		t.Run(s.name, func(t *testing.T) {
			s.start(t)
			s.ask(t)
		})
	}
}

// start runs the server until the end of the test.
func (s *payloadServer) start(t *testing.T) {
	t.Helper()
	if s.port != 0 && porttest.Unavailable() != "" {
		t.Skipf("port %d of this machine is not ours: %s", s.port, porttest.Unavailable())
	}
	if setgroups, err := os.ReadFile("/proc/self/setgroups"); s.users && err == nil && string(setgroups) == "deny\n" {
		t.Skip("it wants more users than this user namespace has")
	}
	name, _, _ := strings.Cut(s.command, " ")
	path := porttest.Program(t, name)
	if s.port == 0 {
		s.port = freeUDPPort(t)
	}
	dir := t.TempDir()
	fill := strings.NewReplacer("DIR", dir, "PORT", strconv.Itoa(int(s.port)))
	writeKey(t, dir)
	for name, text := range s.files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(fill.Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	args := append([]string{path}, strings.Fields(fill.Replace(s.command))[1:]...)
	if s.ownRun {
		args = append([]string{porttest.Program(t, "unshare"), "--mount", "sh", "-c", `mount -t tmpfs run /run && exec "$@"`, "sh"}, args...)
	}
	var output bytes.Buffer
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "STRONGSWAN_CONF="+filepath.Join(dir, "strongswan.conf"))
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %v\n%s", cmd, err, &output)
		}
	})
}

// ask sends the payload until the server answers. At first it may not listen yet.
func (s *payloadServer) ask(t *testing.T) {
	t.Helper()
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), s.port)
	config := net.ListenConfig{}
	var conn net.PacketConn
	var err error
	if s.anyPort {
		conn, err = config.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	} else {
		conn, err = net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	send := func() error {
		if s.anyPort {
			_, err := conn.WriteTo(udpPayload(s.payload), net.UDPAddrFromAddrPort(to))
			return err
		}
		_, err := conn.(*net.UDPConn).Write(udpPayload(s.payload))
		return err
	}
	buffer := make([]byte, 2048)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		again := time.Now().Add(200 * time.Millisecond)
		if err := conn.SetReadDeadline(again); err != nil {
			t.Fatal(err)
		}
		if err := send(); err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatal(err)
		}
		n, from, err := conn.ReadFrom(buffer)
		switch {
		case err == nil && s.answer(buffer[:n]):
			t.Logf("%d octets for %d, from port %d", n, len(udpPayload(s.payload)), from.(*net.UDPAddr).Port)
			return
		case err == nil:
			t.Fatalf("answered %q", buffer[:n])
		case errors.Is(err, syscall.ECONNREFUSED):
			time.Sleep(time.Until(again))
		case !IsTimeout(err):
			t.Fatal(err)
		}
	}
	t.Error("no answer")
}

// freeUDPPort returns a port of 127.0.0.1 that nothing listens to.
func freeUDPPort(t *testing.T) uint16 {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return uint16(conn.LocalAddr().(*net.UDPAddr).Port)
}

// writeKey writes key.pem and a certificate for it, cert.pem.
func writeKey(t *testing.T, dir string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"key.pem": {Type: "PRIVATE KEY", Bytes: key}, "cert.pem": {Type: "CERTIFICATE", Bytes: cert}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func isDNS(b []byte) bool {
	var m dnsmessage.Message
	return m.Unpack(b) == nil && m.Response && m.ID == binary.BigEndian.Uint16([]byte(id16))
}

// isNoProposal: an answer (RFC 7296 section 3.1) that has a notification (41)
// of the type NO_PROPOSAL_CHOSEN (14; section 3.10).
func isNoProposal(b []byte) bool {
	return len(b) == 36 && string(b[:8]) == id64 && b[16] == 41 && b[19] == 0x20 && binary.BigEndian.Uint16(b[34:]) == 14
}

// isTFTPError: opcode 5, code 1 (file not found).
func isTFTPError(b []byte) bool { return bytes.HasPrefix(b, []byte{0, 5, 0, 1}) }

// isSNMPReport: version 3, and a Report-PDU, [8] (RFC 3416 section 3).
func isSNMPReport(b []byte) bool {
	var message struct {
		Version  int
		Header   asn1.RawValue
		Security []byte
		Scoped   struct {
			Engine, Context []byte
			PDU             asn1.RawValue
		}
	}
	_, err := asn1.Unmarshal(b, &message)
	return err == nil && message.Version == 3 && len(message.Scoped.Engine) > 0 && message.Scoped.PDU.Class == asn1.ClassContextSpecific && message.Scoped.PDU.Tag == 8
}
