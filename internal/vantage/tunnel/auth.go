package tunnel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// credentials are what a user can prove to be with. Nothing of them is ever in an
// error but public keys.
type credentials struct {
	user        string
	password    string
	signer      ssh.Signer       // of private_key; nil if there is none
	certificate *ssh.Certificate // nil if there is none
	agent       bool
	identity    string // agent_identity
}

func newCredentials(c SSHConfig) (*credentials, error) {
	k := &credentials{user: c.User, password: c.Password, agent: c.Agent, identity: strings.TrimSpace(c.AgentIdentity)}
	if c.User == "" {
		return nil, errors.New("user is missing")
	}
	if c.Password == "" && c.PrivateKey == "" && !c.Agent {
		return nil, errors.New("one of private_key, password and agent is required")
	}
	if k.identity != "" && !c.Agent {
		return nil, errors.New("agent_identity has no meaning without agent = true")
	}
	if c.PrivateKey != "" {
		signer, err := parsePrivateKey(c.PrivateKey)
		if err != nil {
			return nil, err
		}
		k.signer = signer
	}
	if c.Certificate == "" {
		return k, nil
	}
	return k, k.useCertificate(c.Certificate)
}

// parsePrivateKey reads a key without a passphrase. An error of the parser might quote
// what it has read.
func parsePrivateKey(text string) (ssh.Signer, error) {
	signer, err := ssh.ParsePrivateKey([]byte(text))
	if err == nil {
		return signer, nil
	}
	label, ok := endpoint.PEMLabel(text)
	var locked *ssh.PassphraseMissingError
	switch {
	// PKCS #8 (RFC 5958 section 3), which the parser does not know with a passphrase.
	case errors.As(err, &locked), label == `"ENCRYPTED PRIVATE KEY"`:
		return nil, errors.New("private_key is protected by a passphrase. Expected a key without one, or agent = true")
	case ok:
		return nil, fmt.Errorf("private_key is not a private key, though it has a block %s. Expected one in OpenSSH's or PEM form, with all its lines and nothing before or after each", label)
	}
	return nil, errors.New("private_key is not a private key. Expected one in OpenSSH's or PEM form, with all its lines")
}

// useCertificate reads a certificate, and holds it to the private key.
func (k *credentials) useCertificate(text string) error {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	certificate, ok := key.(*ssh.Certificate)
	if err != nil || !ok || certificate.CertType != ssh.UserCert {
		return errors.New(`certificate is not a user's certificate. Expected a line such as "ssh-ed25519-cert-v01@openssh.com AAAA…"`)
	}
	k.certificate = certificate
	if k.signer == nil {
		if !k.agent {
			return errors.New("certificate takes private_key or agent")
		}
		return nil
	}
	signer, err := ssh.NewCertSigner(certificate, k.signer)
	if err != nil {
		return errors.New("certificate is not of private_key")
	}
	k.signer = signer
	return nil
}

// attempt is one log-in. It remembers what was tried.
type attempt struct {
	*credentials
	ctx   context.Context //nolint:containedctx // it ends with the log-in
	mu    sync.Mutex
	tried []string
	fault error    // of the agent; nil if it has none
	agent net.Conn // nil before it is asked
}

func (a *attempt) note(format string, arguments ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tried = append(a.tried, fmt.Sprintf(format, arguments...))
}

// methods are the ways to log in, keys first. x/crypto tries each once, if the
// server offers it.
func (a *attempt) methods() []ssh.AuthMethod {
	var methods []ssh.AuthMethod
	if a.signer != nil || a.credentials.agent {
		methods = append(methods, ssh.PublicKeysCallback(a.keys))
	}
	if a.password != "" {
		methods = append(methods,
			ssh.PasswordCallback(func() (string, error) {
				a.note("password")
				return a.password, nil
			}),
			ssh.KeyboardInteractive(a.answer))
	}
	return methods
}

// answer gives the password to every question that hides its answer, which is how
// PAM asks for it (RFC 4256).
func (a *attempt) answer(_, _ string, questions []string, echos []bool) ([]string, error) {
	a.note("keyboard-interactive")
	answers := make([]string, len(questions))
	for i, shown := range echos {
		if !shown {
			answers[i] = a.password
		}
	}
	return answers, nil
}

// keys are all the keys to try: private_key, then the agent's. A fault of the agent
// is no end of the log-in: the password may do.
func (a *attempt) keys() ([]ssh.Signer, error) {
	var signers []ssh.Signer
	if a.signer != nil {
		signers = append(signers, a.signer)
	}
	if a.credentials.agent {
		theirs, err := a.agentKeys()
		if err != nil {
			a.mu.Lock()
			a.fault = err
			a.mu.Unlock()
		}
		signers = append(signers, theirs...)
	}
	for _, signer := range signers {
		a.note("publickey %s", keyName(signer.PublicKey()))
	}
	return signers, nil
}

// agentKeys asks the agent for its keys.
func (a *attempt) agentKeys() ([]ssh.Signer, error) {
	socket := os.Getenv("SSH_AUTH_SOCK")
	if socket == "" {
		return nil, errors.New("no SSH agent: SSH_AUTH_SOCK is not set")
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(a.ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("the SSH agent of SSH_AUTH_SOCK does not answer: %w", err)
	}
	a.mu.Lock()
	a.agent = conn
	a.mu.Unlock()
	context.AfterFunc(a.ctx, a.end)
	client := agent.NewClient(conn)
	listed, err := client.List()
	if err != nil {
		return nil, fmt.Errorf("the SSH agent does not list its keys: %w", err)
	}
	all, err := client.Signers()
	if err != nil {
		return nil, fmt.Errorf("the SSH agent does not list its keys: %w", err)
	}
	signers := a.chosen(all, listed)
	if len(signers) == 0 {
		return nil, fmt.Errorf("the SSH agent has %d keys, none of which is the one asked for", len(all))
	}
	return signers, nil
}

// chosen keeps the keys of the agent that agent_identity and certificate ask for,
// with the certificate.
func (a *attempt) chosen(all []ssh.Signer, listed []*agent.Key) []ssh.Signer {
	var signers []ssh.Signer
	for _, signer := range all {
		if !a.identified(signer.PublicKey(), listed) {
			continue
		}
		if a.certificate != nil && a.signer == nil {
			if !bytes.Equal(signer.PublicKey().Marshal(), a.certificate.Key.Marshal()) {
				continue
			}
			with, err := ssh.NewCertSigner(a.certificate, signer)
			if err != nil {
				continue // of another key
			}
			signer = with
		}
		signers = append(signers, signer)
	}
	return signers
}

// identified tells whether agent_identity is of this key: its comment in the agent,
// its SHA256 fingerprint, or the public key itself.
func (a *attempt) identified(key ssh.PublicKey, listed []*agent.Key) bool {
	if a.identity == "" || a.identity == ssh.FingerprintSHA256(key) {
		return true
	}
	if public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(a.identity)); err == nil {
		return bytes.Equal(public.Marshal(), key.Marshal())
	}
	return slices.ContainsFunc(listed, func(k *agent.Key) bool {
		return k.Comment == a.identity && bytes.Equal(k.Blob, key.Marshal())
	})
}

// end ends the connection to the agent, if there is one.
func (a *attempt) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.agent != nil {
		_ = a.agent.Close()
	}
}

// refused says what was tried, for the error of a log-in that failed with err: the
// server ended it, or refused the last method. x/crypto takes it for a fault of
// protocol that sshd refuses keyboard-interactive without a question.
func (a *attempt) refused(err error) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	tried := "nothing: the server offers no method that is configured"
	if len(a.tried) > 0 {
		tried = strings.Join(a.tried, ", ")
	}
	text := fmt.Sprintf("the server does not let user %s in. Tried: %s", endpoint.Quote(a.user), tried)
	if said := err.Error(); !strings.Contains(said, "unable to authenticate") && !strings.Contains(said, "unexpected message type 51") {
		text += ". " + printable(strings.TrimPrefix(said, "ssh: handshake failed: "))
	}
	if a.fault != nil {
		text += ". " + a.fault.Error()
	}
	return text
}
