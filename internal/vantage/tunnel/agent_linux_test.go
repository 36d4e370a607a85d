package tunnel

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
)

// addKey adds a private key to the agent at a socket, and returns its fingerprint.
func addKey(t *testing.T, socket, private, comment string) string {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	key, err := ssh.ParseRawPrivateKey([]byte(private))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := agent.NewClient(conn).Add(agent.AddedKey{PrivateKey: key, Comment: comment}); err != nil {
		t.Fatal(err)
	}
	return ssh.FingerprintSHA256(signer.PublicKey())
}

// TestAgent: all keys of an agent, or the one that is named.
func TestAgent(t *testing.T) {
	porttest.NewLab(t)
	ca, caPublic := keyPair(t)
	certifiedKey, certifiedPublic := keyPair(t)
	server := startSSHD(t, "MaxAuthTries 2\nTrustedUserCAKeys DIR/ca.pem", "", caPublic)
	running := porttest.Daemon{Command: "ssh-agent -D -a DIR/agent", Ready: "SSH_AUTH_SOCK="}.Start(t)
	socket := filepath.Join(running.Dir, "agent")
	t.Setenv("SSH_AUTH_SOCK", socket)
	for range 3 { // more than the server lets us try
		private, _ := keyPair(t)
		addKey(t, socket, private, "other")
	}
	fingerprint := addKey(t, socket, server.config.PrivateKey, "probe@bastion")
	addKey(t, socket, certifiedKey, "certified")
	for _, tt := range []struct {
		identity, certificate, want string
	}{
		{"", "", "Too many authentication failures"},
		{"probe@bastion", "", ""},
		{fingerprint, "", ""},
		{"nobody", "", "the SSH agent has 5 keys, none of which is the one asked for"},
		{"", certified(t, certifiedPublic, ca, ssh.UserCert, "root"), ""},
		{"other", certified(t, certifiedPublic, ca, ssh.UserCert, "root"), "none of which is the one asked for"},
		{strings.TrimSpace(certifiedPublic), "", `does not let user "root" in. Tried: publickey ssh-ed25519 SHA256:`},
	} {
		c := server.config
		c.PrivateKey, c.Agent, c.AgentIdentity, c.Certificate = "", true, tt.identity, tt.certificate
		v, err := newSSH(t, c).Open(t.Context())
		if v != nil {
			_ = v.Close()
		}
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("identity %q: %v, want %q", tt.identity, err, tt.want)
		}
	}
	c := server.config
	c.PrivateKey, c.Agent = "", true
	for _, nowhere := range []string{"", filepath.Join(running.Dir, "nothing")} {
		t.Setenv("SSH_AUTH_SOCK", nowhere)
		if _, err := newSSH(t, c).Open(t.Context()); err == nil || !strings.Contains(err.Error(), "SSH_AUTH_SOCK") {
			t.Errorf("without an agent at %q: %v", nowhere, err)
		}
	}
}
