package tunnel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/guard"
)

// SSHConfig is how to reach a bastion and to log in to it. The names are those of
// Terraform's connection block.
type SSHConfig struct {
	Name string // how it is called in `from`
	Host string // a name or an address
	Port uint16 // 0: 22
	User string

	// At least one of PrivateKey, Password and Agent is needed. PrivateKey has no
	// passphrase; it is in OpenSSH's or PEM form.
	Password, PrivateKey string
	// Certificate is a line such as "ssh-ed25519-cert-v01@openssh.com AAAA…", of
	// PrivateKey or of a key of the agent's.
	Certificate string
	// Agent asks the agent of SSH_AUTH_SOCK for keys: all of them, or the one
	// that AgentIdentity names by its comment, its SHA256 fingerprint or its
	// public key.
	Agent         bool
	AgentIdentity string

	// One of the two is needed. HostKey is a line such as "ssh-ed25519 AAAA…",
	// or several; with @cert-authority before it the key signs the hosts'
	// certificates. KnownHosts is the text of a known_hosts file.
	HostKey, KnownHosts string

	// Timeout bounds each log-in, from the connect on; 0: 15 seconds.
	Timeout      time.Duration
	ResolveThere bool   // names are resolved by the bastion
	Via          Dialer // nil: this machine
	// Guard has the operator's rules of where the bastion may be.
	Guard guard.Policy
}

// SSH is a bastion to look from. Its methods are safe for concurrent use.
type SSH struct {
	name, address string
	timeout       time.Duration
	resolveThere  bool
	via           holder
	credentials   *credentials
	hostKeys      *hostKeys
	shared        shared[*pool]

	mu          sync.Mutex
	fingerprint string // of the key that the server showed; empty before
}

const defaultTimeout = 15 * time.Second

// NewSSH reads a configuration. It sends nothing. Its error begins with the name
// of the argument that is wrong, and has nothing of a key or a password.
func NewSSH(c SSHConfig) (*SSH, error) {
	if err := checkHost("host", c.Host); err != nil {
		return nil, err
	}
	if c.Timeout < 0 {
		return nil, fmt.Errorf("timeout is %s. Expected more than zero", c.Timeout)
	}
	s := &SSH{
		name:         c.Name,
		address:      net.JoinHostPort(c.Host, strconv.Itoa(int(cmp.Or(c.Port, 22)))),
		timeout:      cmp.Or(c.Timeout, defaultTimeout),
		resolveThere: c.ResolveThere,
	}
	var err error
	if s.via, err = hop("host", s.address, c.Via, c.Guard); err != nil {
		return nil, err
	}
	if s.credentials, err = newCredentials(c); err != nil {
		return nil, err
	}
	if s.hostKeys, err = newHostKeys(s.address, c.HostKey, c.KnownHosts); err != nil {
		return nil, err
	}
	return s, nil
}

// Name is how the place is called in `from`.
func (s *SSH) Name() string { return s.name }

// Sees is true for all schemes over TCP.
func (*SSH) Sees(scheme endpoint.Scheme) bool { return sees(scheme) }

// String says what the place is, for people: "ssh probe@bastion.example.com:22",
// and once it was open the fingerprint of its key.
func (s *SSH) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := "ssh " + s.credentials.user + "@" + s.address
	if s.fingerprint != "" {
		text += ", key " + s.fingerprint
	}
	return text
}

// Open logs in. The View shares its connections with other Views and with places
// that are reached through this one.
func (s *SSH) Open(ctx context.Context) (*View, error) {
	return newView(ctx, s, sshCapacity, s.resolveThere)
}

// Dial connects to address from the bastion.
func (s *SSH) Dial(ctx context.Context, address string) (net.Conn, error) {
	return dialOnce(ctx, s, address)
}

func (s *SSH) hold(ctx context.Context) (link, func(), error) {
	p, release, err := s.shared.hold(ctx, s.start)
	if err != nil {
		return nil, nil, err
	}
	return p, release, nil
}

// start makes the pool, with its first connection, and says how to end it.
func (s *SSH) start(ctx context.Context) (*pool, func(), error) {
	via, release, err := s.via.hold(ctx)
	if err != nil {
		return nil, nil, err
	}
	p := newPool(s, via)
	end := func() {
		p.close()
		release()
	}
	c, err := p.addresses.get(ctx, nil)
	if err != nil {
		end()
		return nil, nil, err
	}
	c.leave()
	return p, end, nil
}

// errEarly is that a server ended a connection before it said what it is.
var errEarly = errors.New("the server ended the connection before it identified itself: it has too many that are not logged in (MaxStartups), or it has locked this machine out (PerSourcePenalties)")

const (
	maxEarly   = 3               // connections to a server that has too many
	earlyPause = 2 * time.Second // before the next one
)

// connect logs in, in several attempts if the server has too many connections.
func (s *SSH) connect(ctx context.Context, via link) (*client, error) {
	for try := 1; ; try++ {
		c, err := s.login(ctx, via)
		if !errors.Is(err, errEarly) || try == maxEarly {
			return c, err
		}
		select {
		case <-time.After(earlyPause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// login connects and logs in, within the time-out.
func (s *SSH) login(ctx context.Context, via link) (*client, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	dialed, err := via.dial(ctx, s.address)
	if err != nil {
		return nil, fmt.Errorf("ssh server %s cannot be reached: %w", s.address, s.why(ctx, err))
	}
	raw := &watched{Conn: dialed, wrote: make(chan struct{}, 1)}
	a := &attempt{credentials: s.credentials, ctx: ctx}
	defer a.end()
	var shown ssh.PublicKey
	var wrongKey error
	config := &ssh.ClientConfig{
		User: s.credentials.user,
		Auth: a.methods(),
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			shown, wrongKey = key, s.hostKeys.verify(key)
			return wrongKey
		},
		HostKeyAlgorithms: s.hostKeys.algorithms,
	}
	stop := closing(ctx, raw) // channels have no deadlines, and x/crypto sets none
	conn, channels, requests, err := ssh.NewClientConn(raw, s.address, config)
	stop()
	if err == nil && ctx.Err() == nil {
		s.mu.Lock()
		s.fingerprint = ssh.FingerprintSHA256(shown)
		s.mu.Unlock()
		return newClient(conn, raw.wrote, channels, requests), nil
	}
	if conn != nil {
		_ = conn.Close()
	}
	_ = raw.Close()
	return nil, fmt.Errorf("ssh server %s: %w", s.address, s.loginFault(ctx, err, shown, wrongKey, a))
}

// loginFault says why a log-in failed. x/crypto wraps the causes and tells them
// apart by text alone, so they are taken from what the callbacks saw.
func (s *SSH) loginFault(ctx context.Context, err error, shown ssh.PublicKey, wrongKey error, a *attempt) error {
	_, reset := errors.AsType[syscall.Errno](err)
	switch {
	case ctx.Err() != nil:
		return s.why(ctx, ctx.Err())
	case wrongKey != nil:
		return permanent{wrongKey}
	case shown != nil:
		return permanent{errors.New(a.refused(err))}
	case errors.Is(err, io.EOF), reset, strings.Contains(err.Error(), "Not allowed at this time"):
		return errEarly
	}
	return err
}

// why names the time-out, if that is why a log-in ended.
func (s *SSH) why(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no log-in within %s (timeout)", s.timeout)
	}
	return err
}
