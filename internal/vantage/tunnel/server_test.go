package tunnel

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// fakeSSH is an SSH server that does with each channel as it is told, for what no
// OpenSSH does on demand. It runs on every system.
type fakeSSH struct {
	config SSHConfig // with what logs in
	tasks  sync.WaitGroup

	mu     sync.Mutex
	logins int
}

// startFake starts a server. handle gets the connection, the channel and where to
// connect to.
func startFake(t *testing.T, handle func(conn ssh.Conn, ch ssh.NewChannel, to directTCPIP)) *fakeSSH {
	t.Helper()
	private, public := keyPair(t)
	signer, err := ssh.ParsePrivateKey([]byte(private))
	if err != nil {
		t.Fatal(err)
	}
	server := &ssh.ServerConfig{
		KeyboardInteractiveCallback: func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"User: ", "Password: "}, []bool{true, false})
			if err != nil || !slices.Equal(answers, []string{"", "secret"}) {
				return nil, errors.New("wrong")
			}
			return nil, nil
		},
	}
	server.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := listener.Addr().(*net.TCPAddr).AddrPort()
	f := &fakeSSH{config: SSHConfig{Host: at.Addr().String(), Port: at.Port(), User: "probe", Password: "secret", HostKey: public}}
	f.tasks.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f.tasks.Go(func() { f.serve(conn, server, handle) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		f.tasks.Wait()
	})
	return f
}

func (f *fakeSSH) serve(raw net.Conn, server *ssh.ServerConfig, handle func(ssh.Conn, ssh.NewChannel, directTCPIP)) {
	defer func() { _ = raw.Close() }()
	conn, channels, requests, err := ssh.NewServerConn(raw, server)
	if err != nil {
		return
	}
	f.mu.Lock()
	f.logins++
	f.mu.Unlock()
	f.tasks.Go(func() { ssh.DiscardRequests(requests) })
	for ch := range channels {
		var to directTCPIP
		if ch.ChannelType() != "direct-tcpip" || ssh.Unmarshal(ch.ExtraData(), &to) != nil {
			_ = ch.Reject(ssh.UnknownChannelType, "")
			continue
		}
		handle(conn, ch, to)
	}
}

func (f *fakeSSH) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.logins
}

// lookThrough takes a look at a port through a place.
func lookThrough(t *testing.T, s *SSH, scheme endpoint.Scheme, ports ...uint16) []string {
	t.Helper()
	v, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	var got []string
	for _, port := range ports {
		r := v.Look(t.Context(), look.Target{Scheme: scheme, Addr: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port)}, time.Second)
		got = append(got, strings.TrimSpace(string(r.State)+" "+string(r.Reason)+" "+r.Detail))
	}
	return got
}

// TestOtherServers: servers that are not OpenSSH on glibc, to whom a password is
// given by keyboard-interactive.
func TestOtherServers(t *testing.T) {
	words := map[uint32]string{1: "Host is unreachable", 2: "dial tcp 192.0.2.1:2: connect: connection refused", 3: "open failed"}
	f := startFake(t, func(_ ssh.Conn, ch ssh.NewChannel, to directTCPIP) {
		_ = ch.Reject(ssh.ConnectionFailed, words[to.Port])
	})
	s, err := NewSSH(f.config)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"filtered host-unreach",
		"closed|filtered not-told dial tcp 192.0.2.1:2: connect: connection refused",
		"unknown vantage-failed the SSH server could not connect: no route, descriptor or permission",
	}
	if got := lookThrough(t, s, endpoint.TCP, 1, 2, 3); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if f.count() != 1 {
		t.Errorf("%d connections: a fresh one does not help a server that holds nothing", f.count())
	}
}

// TestDyingServer: a server that ends each connection when it is asked for a
// channel is not connected to for ever.
func TestDyingServer(t *testing.T) {
	f := startFake(t, func(conn ssh.Conn, _ ssh.NewChannel, _ directTCPIP) { _ = conn.Close() })
	s, err := NewSSH(f.config)
	if err != nil {
		t.Fatal(err)
	}
	ports := make([]uint16, 20)
	for i := range ports {
		ports[i] = uint16(i + 1)
	}
	for i, got := range lookThrough(t, s, endpoint.TCP, ports...) {
		if !strings.HasPrefix(got, "unknown vantage-failed the SSH connection end") {
			t.Errorf("look %d is %q", i, got)
		}
	}
	if n := f.count(); n != maxFailures {
		t.Errorf("%d connections", n)
	}
}

// TestHostileChannel: a server that opens a channel and then does nothing, not even
// close it, delays no look beyond its time-out.
func TestHostileChannel(t *testing.T) {
	f := startFake(t, func(_ ssh.Conn, ch ssh.NewChannel, _ directTCPIP) {
		_, _, _ = ch.Accept() // and reads and closes nothing
	})
	s, err := NewSSH(f.config)
	if err != nil {
		t.Fatal(err)
	}
	if got := lookThrough(t, s, endpoint.HTTP, 80); got[0] != "unresponsive no-greeting" {
		t.Errorf("a service that is silent is %q", got)
	}
	if got := lookThrough(t, s, endpoint.TCP, 80); got[0] != "open syn-ack" {
		t.Errorf("a port is %q", got)
	}
}

// TestForeignDialer: any Dialer will do to reach a place.
func TestForeignDialer(t *testing.T) {
	f := startFake(t, func(_ ssh.Conn, ch ssh.NewChannel, _ directTCPIP) {
		_ = ch.Reject(ssh.ConnectionFailed, "Connection refused")
	})
	c := f.config
	c.Via = redirect(net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))))
	c.Host = "bastion.invalid"
	s, err := NewSSH(c)
	if err != nil {
		t.Fatal(err)
	}
	if got := lookThrough(t, s, endpoint.TCP, 1); got[0] != "closed conn-refused" {
		t.Errorf("a closed port is %q", got)
	}
}

// redirect is a Dialer that connects to one address, whatever it is asked for.
type redirect string

func (r redirect) Dial(ctx context.Context, _ string) (net.Conn, error) {
	return here{}.Dial(ctx, string(r))
}

// TestDistantServer: silence is evidence even if the server takes longer to answer
// than the second half of a look.
func TestDistantServer(t *testing.T) {
	f := startFake(t, func(ssh.Conn, ssh.NewChannel, directTCPIP) {}) // no answer
	c := f.config
	c.Via = distant(100 * time.Millisecond)
	s, err := NewSSH(c)
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	r := v.Look(t.Context(), look.Target{Scheme: endpoint.TCP, Addr: netip.MustParseAddrPort("192.0.2.1:1")}, 120*time.Millisecond)
	if r.State != look.Filtered || r.Reason != look.NoResponse {
		t.Errorf("a silent port is %s %s %s", r.State, r.Reason, r.Detail)
	}
}

// distant is a Dialer whose connections deliver what comes this much later.
type distant time.Duration

func (d distant) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := here{}.Dial(ctx, address)
	return delayed{conn, time.Duration(d)}, err
}

type delayed struct {
	net.Conn
	by time.Duration
}

func (d delayed) Read(p []byte) (int, error) {
	n, err := d.Conn.Read(p)
	<-time.After(d.by)
	return n, err
}
