package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

const (
	forbidden   = "unknown vantage-forbids the SSH server forbids it: see AllowTcpForwarding and PermitOpen"
	isOpen      = "open syn-ack"
	isClosed    = "closed conn-refused"
	isSilent    = "filtered no-response"
	couldNot    = "unknown vantage-failed the SSH server could not connect: no route, descriptor or permission"
	failedWords = "unknown vantage-failed"
)

// TestSSHForbids: what the server does not let us connect to says nothing of the
// port.
func TestSSHForbids(t *testing.T) {
	lab := porttest.NewLab(t)
	open, other := lab.Listen(port(1, 0), porttest.Silent).Addr(), lab.Listen(port(1, 0), porttest.Silent).Addr()
	permitted := openView(t, newSSH(t, startSSHD(t, "PermitOpen "+open.String(), "").config))
	if got := saw(lookAt(t, permitted, open, timeout)); got != isOpen {
		t.Errorf("a permitted port is %s", got)
	}
	none := openView(t, newSSH(t, startSSHD(t, "AllowTcpForwarding no", "").config))
	for _, v := range []*View{permitted, none} {
		if got := saw(lookAt(t, v, other, timeout)); got != forbidden {
			t.Errorf("a forbidden port is %s", got)
		}
	}
}

// TestSSHLogin: each way to log in, and what is said if it fails.
func TestSSHLogin(t *testing.T) {
	porttest.NewLab(t)
	ca, caPublic := keyPair(t)
	private, public := keyPair(t)
	server := startSSHD(t, "TrustedUserCAKeys DIR/ca.pem\nMaxAuthTries 20", "", caPublic)
	secret, _ := keyPair(t)
	tests := []struct {
		name   string
		change func(*SSHConfig)
		want   string // what the error has; empty: none
	}{
		{"key", func(*SSHConfig) {}, ""},
		{"password", func(c *SSHConfig) { c.PrivateKey, c.Password = "", password }, ""},
		{"certificate", func(c *SSHConfig) {
			c.PrivateKey, c.Certificate = private, certified(t, public, ca, 1, "root")
		}, ""},
		{"wrong password", func(c *SSHConfig) { c.PrivateKey, c.Password = "", "wrong" }, `the server does not let user "root" in. Tried: password`},
		{"wrong key", func(c *SSHConfig) { c.PrivateKey = secret }, `the server does not let user "root" in. Tried: publickey ssh-ed25519 SHA256:`},
		{"both wrong", func(c *SSHConfig) { c.PrivateKey, c.Password = secret, "wrong" }, ", password"},
		{"wrong host key", func(c *SSHConfig) { c.HostKey = public },
			"the server's host key is not the expected one: another key is known. It offered ssh-ed25519 SHA256:"},
		{"the line to add", func(c *SSHConfig) { c.HostKey = public }, fmt.Sprintf("add this line to known_hosts:\n  [127.0.0.1]:%d ssh-ed25519 AAAA", server.config.Port)},
		{"nobody there", func(c *SSHConfig) { c.Port = porttest.ClosedPort(t).Port() }, "cannot be reached: dial tcp 127.0.0.1:"},
		{"not SSH", func(c *SSHConfig) { c.Port = porttest.Listen(t, porttest.AcceptClose).Addr().Port() }, "MaxStartups"},
		{"silent", func(c *SSHConfig) {
			c.Port, c.Timeout = porttest.Listen(t, porttest.Silent).Addr().Port(), 100*time.Millisecond
		}, "no log-in within 100ms (timeout)"},
	}
	for _, tt := range tests {
		c := server.config
		tt.change(&c)
		v, err := newSSH(t, c).Open(t.Context())
		if v != nil {
			_ = v.Close()
		}
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestSSHHostKeys: a server with several keys is content with any that is known, as
// ssh(1) is, and a certificate does as well.
func TestSSHHostKeys(t *testing.T) {
	porttest.NewLab(t)
	ca, caPublic := keyPair(t)
	server := startSSHD(t, "HostKey DIR/rsa\nHostKey DIR/ecdsa\nHostCertificate DIR/host-cert.pub", `ssh-keygen -q -t rsa -N "" -f DIR/rsa && ssh-keygen -q -t ecdsa -N "" -f DIR/ecdsa && ssh-keygen -y -f DIR/host.pem >DIR/host.pub && ssh-keygen -q -s DIR/caKey.pem -I host -h -n 127.0.0.1 DIR/host.pub || exit 1`, caPublic, ca)
	for _, file := range []string{"rsa.pub", "ecdsa.pub", "host.pub"} {
		c := server.config
		c.HostKey = server.read(t, file)
		openView(t, newSSH(t, c))
	}
	c := server.config
	c.HostKey = "@cert-authority " + caPublic
	openView(t, newSSH(t, c))
	_, other := keyPair(t)
	c.HostKey = "@cert-authority " + other
	if _, err := newSSH(t, c).Open(t.Context()); err == nil || !strings.Contains(err.Error(), "its certificate is not valid") || !strings.Contains(err.Error(), "known_hosts:\n  @cert-authority [127.0.0.1]:") {
		t.Errorf("a certificate of another authority: %v", err)
	} else if lasting, ok := errors.AsType[interface {
		error
		Permanent() bool
	}](err); !ok || !lasting.Permanent() {
		t.Errorf("a wrong key is tried again: %v", err)
	}
	if _, err := newSSH(t, c).Open(t.Context()); err == nil || !strings.Contains(err.Error(), strings.Fields(caPublic)[1]) {
		t.Errorf("the error does not show the authority: %v", err)
	}
}

// looks takes a look at each address, many at once.
func looks(ctx context.Context, v *View, addrs []netip.AddrPort, timeout time.Duration) []string {
	got := make([]string, len(addrs))
	var tasks sync.WaitGroup
	gate := make(chan struct{}, 256)
	for i, addr := range addrs {
		gate <- struct{}{}
		tasks.Go(func() {
			defer func() { <-gate }()
			got[i] = saw(v.Look(ctx, look.Target{Scheme: endpoint.TCP, Addr: addr}, timeout))
		})
	}
	tasks.Wait()
	return got
}

// TestSSHSilentPortsExhaustNothing: sshd holds a descriptor of each look that was
// given up for two minutes. With more of them than it has, an open port is open.
func TestSSHSilentPortsExhaustNothing(t *testing.T) {
	lab := porttest.NewLab(t)
	server := startSSHD(t, "", "ulimit -n 1024")
	lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
	open := lab.Listen(port(2, 1000), porttest.Silent).Addr()
	v := openView(t, newSSH(t, server.config))
	var silents []netip.AddrPort
	for i := range 1200 {
		silents = append(silents, port(1, uint16(1000+i)))
	}
	for i, got := range looks(t.Context(), v, silents, time.Second) {
		if got != isSilent {
			t.Errorf("%s is %s", silents[i], got)
		}
		if i%100 == 0 {
			if got := saw(lookAt(t, v, open, timeout)); got != isOpen {
				t.Fatalf("the open port is %s", got)
			}
		}
	}
	if n := strings.Count(server.Log(), "Accepted publickey"); n < 2 || n > 10 {
		t.Errorf("%d connections for 1,200 silent ports", n)
	}
}

// TestSSHOutOfDescriptors: a server with few descriptors refuses open ports. They
// are looked at again over a fresh connection, and are never closed.
func TestSSHOutOfDescriptors(t *testing.T) {
	lab := porttest.NewLab(t)
	server := startSSHD(t, "", "ulimit -n 100")
	lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
	open := lab.Listen(port(2, 1000), porttest.Silent).Addr()
	v := openView(t, newSSH(t, server.config))
	var silents []netip.AddrPort
	for i := range 256 {
		silents = append(silents, port(1, uint16(1000+i)))
	}
	for i, got := range looks(t.Context(), v, silents, time.Second) {
		if got != isSilent && got != couldNot {
			t.Errorf("%s is %s", silents[i], got)
		}
	}
	if got := saw(lookAt(t, v, open, timeout)); got != isOpen {
		t.Errorf("the open port is %s", got)
	}
}

// TestSSHKilled: a connection that ends in mid-run is opened again, and a server
// that is gone is a fault of its own.
func TestSSHKilled(t *testing.T) {
	lab := porttest.NewLab(t)
	server := startSSHD(t, "", "")
	open := lab.Listen(port(1, 1000), porttest.Silent).Addr()
	lab.Set(porttest.Router, port(1, 1001), porttest.Drop)
	v := openView(t, newSSH(t, server.config))
	if got := saw(lookAt(t, v, open, timeout)); got != isOpen {
		t.Fatalf("an open port is %s", got)
	}
	// One session, and a look in it.
	var silence string
	var tasks sync.WaitGroup
	tasks.Go(func() { silence = looks(t.Context(), v, []netip.AddrPort{port(1, 1001)}, 3*time.Second)[0] })
	signal(t, server.sessions(t), syscall.SIGKILL)
	if got := saw(lookAt(t, v, open, timeout)); got != isOpen {
		t.Errorf("after the session was killed an open port is %s", got)
	}
	tasks.Wait()
	if silence != isSilent {
		t.Errorf("a silent port of which the session was killed is %s", silence)
	}
	signal(t, server.processes(t), syscall.SIGKILL)
	for range 5 {
		got := saw(lookAt(t, v, open, timeout))
		if !strings.HasPrefix(got, failedWords) || !strings.Contains(got, "connection refused") && !strings.Contains(got, "cannot be reached") && !strings.Contains(got, "ended") {
			t.Errorf("after the server was killed an open port is %s", got)
		}
	}
}

// TestSSHFrozen: a server that does not answer makes no port filtered.
func TestSSHFrozen(t *testing.T) {
	lab := porttest.NewLab(t)
	server := startSSHD(t, "", "")
	open := lab.Listen(port(1, 1000), porttest.Silent).Addr()
	c := server.config
	c.Timeout = 2 * time.Second
	v := openView(t, newSSH(t, c))
	if got := saw(lookAt(t, v, open, timeout)); got != isOpen {
		t.Fatalf("an open port is %s", got)
	}
	frozen := server.processes(t)
	signal(t, frozen, syscall.SIGSTOP)
	defer signal(t, frozen, syscall.SIGCONT)
	for _, got := range looks(t.Context(), v, []netip.AddrPort{open, port(1, 1001), port(1, 1002)}, 500*time.Millisecond) {
		if !strings.HasPrefix(got, failedWords) {
			t.Errorf("behind a frozen server a port is %s", got)
		}
	}
	// A look that has time enough is there when the keep-alive has ended the
	// connection.
	if got := saw(lookAt(t, v, open, answerWithin+timeout)); !strings.HasPrefix(got, failedWords) || !strings.Contains(got, "no log-in within 2s") {
		t.Errorf("after the keep-alive a port is %s", got)
	}
}

// TestSSHStartups: a server that has too many connections that are not logged in is
// asked again, and then says so.
func TestSSHStartups(t *testing.T) {
	porttest.NewLab(t)
	server := startSSHD(t, "MaxStartups 1\nLoginGraceTime 0", "")
	idle, err := net.Dial("tcp", server.Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := idle.Read(make([]byte, 1)); err != nil { // it has been let in
		t.Fatal(err)
	}
	if _, err := newSSH(t, server.config).Open(t.Context()); !errors.Is(err, errEarly) {
		t.Errorf("with too many connections: %v", err)
	}
	time.AfterFunc(earlyPause/2, func() { _ = idle.Close() })
	openView(t, newSSH(t, server.config))
}

// TestSSHCancel: when ctx ends, so do opening and looking, at once.
func TestSSHCancel(t *testing.T) {
	lab := porttest.NewLab(t)
	server := startSSHD(t, "", "")
	lab.SetAll(porttest.Router, porttest.ServerAddr(1), porttest.Drop)
	v := openView(t, newSSH(t, server.config))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	for _, got := range looks(ctx, v, []netip.AddrPort{port(1, 1), port(1, 2), port(1, 3)}, time.Hour) {
		if got != "unknown cancelled" {
			t.Errorf("a cancelled look is %s", got)
		}
	}
	c := server.config
	c.Port, c.Timeout = porttest.Listen(t, porttest.Silent).Addr().Port(), time.Hour
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := newSSH(t, c).Open(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled opening: %v", err)
	}
}
