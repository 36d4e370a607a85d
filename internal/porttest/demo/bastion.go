package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// bastionUser is the account that runs the bastions and logs in there: a server that
// is not root's lets in no other. It is not nobody, whom systemd locks.
const bastionUser = "daemon"

// bastionConfig lets a user open connections to one endpoint, and nothing else. It
// has a folder, an address and the endpoint to fill in.
const bastionConfig = `ListenAddress %[2]s
HostKey %[1]s/%[2]s
AuthorizedKeysFile %[1]s/authorized_keys
PidFile none
StrictModes no
UsePAM no
MaxSessions 0
AllowTcpForwarding local
PermitOpen %[3]s
`

// bastion is an SSH server that runs.
type bastion struct {
	stop  context.CancelFunc
	ended chan struct{}
	err   error // why it ended
}

// startBastions starts a server in each network. The files that it takes to log in
// there, id_ed25519 and known_hosts, are in dir as ssh has them in ~/.ssh.
func startBastions(sshd, dir string, permitted netip.AddrPort, all ...*porttest.Network) (started []io.Closer, err error) {
	account, err := user.Lookup(bastionUser)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(account.Uid)
	if err != nil {
		return nil, err
	}
	login, err := newKey(filepath.Join(dir, "id_ed25519"))
	if err != nil {
		return nil, err
	}
	var known strings.Builder
	files := map[string]string{"authorized_keys": "restrict,port-forwarding " + login}
	for _, n := range all {
		name := n.Addr.String()
		host, err := newKey(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		// In a user namespace the file is the account's already.
		_ = os.Chown(filepath.Join(dir, name), number, number)
		known.WriteString(name + " " + host)
		files[name+".conf"] = fmt.Sprintf(bastionConfig, dir, name, permitted)
	}
	files["known_hosts"] = known.String()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil { // for the account
		return nil, err
	}
	for _, n := range all {
		b := startBastion(n, number, sshd, "-D", "-e", "-f", filepath.Join(dir, n.Addr.String()+".conf"))
		started = append(started, b)
		if err := b.await(netip.AddrPortFrom(n.Addr, 22).String()); err != nil {
			return started, err
		}
	}
	return started, nil
}

func startBastion(n *porttest.Network, account int, command ...string) *bastion {
	ctx, stop := context.WithCancel(context.Background())
	b := &bastion{stop: stop, ended: make(chan struct{})}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var said bytes.Buffer
	cmd.Stderr = &said
	go func() {
		defer close(b.ended)
		b.err = fmt.Errorf("%w\n%s", n.Run(cmd, account), said.String())
	}()
	return b
}

// newKey writes a private key for its owner alone, and returns the line of the
// public one.
func newKey(file string) (string, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		return "", err
	}
	block, err := ssh.MarshalPrivateKey(private, "portcheck demo")
	if err != nil {
		return "", err
	}
	return string(ssh.MarshalAuthorizedKey(signer.PublicKey())), os.WriteFile(file, pem.EncodeToMemory(block), 0o600)
}

// await waits until the server listens.
func (b *bastion) await(address string) error {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		select {
		case <-b.ended:
			return fmt.Errorf("sshd ended: %w", b.err)
		case <-time.After(20 * time.Millisecond):
		}
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil { //nolint:noctx // in the lab
			return conn.Close()
		}
	}
	return fmt.Errorf("sshd does not listen on %s", address)
}

// Close ends the server.
func (b *bastion) Close() error {
	b.stop()
	<-b.ended
	return nil
}
