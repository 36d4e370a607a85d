package tunnel

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

// hostKeys decide whether a server is the one that it should be. There is no way
// not to check.
type hostKeys struct {
	address string // host:port, as known_hosts is asked
	check   ssh.HostKeyCallback
	// algorithms are all that we know, those of keys that are known first. With
	// the known ones alone a server with another key would not even show it
	// (golang/go#29286).
	algorithms []string
}

// newHostKeys reads what is known of a server. hostKey has lines like those of
// authorized_keys, which all are of this server; before a key may be
// @cert-authority. known has lines of known_hosts.
func newHostKeys(address, hostKey, known string) (*hostKeys, error) {
	if strings.TrimSpace(hostKey) == "" && strings.TrimSpace(known) == "" {
		return nil, errors.New(`one of host_key and known_hosts is required. Expected as host_key a line such as "ssh-ed25519 AAAA…", which ssh-keyscan prints after the host's name`)
	}
	lines, err := hostKeyLines(address, hostKey)
	if err != nil {
		return nil, err
	}
	db, err := readKnownHosts(lines + known)
	if err != nil {
		return nil, err
	}
	mine := db.HostKeyAlgorithms(address)
	if len(mine) == 0 {
		return nil, fmt.Errorf("known_hosts has no key of %s", xknownhosts.Normalize(address))
	}
	k := &hostKeys{address: address, check: db.HostKeyCallback(), algorithms: mine}
	for _, algorithm := range ssh.SupportedAlgorithms().HostKeys {
		if !slices.Contains(mine, algorithm) {
			k.algorithms = append(k.algorithms, algorithm)
		}
	}
	return k, nil
}

// certAuthority marks a key that signs the certificates of hosts (sshd(8),
// SSH_KNOWN_HOSTS FILE FORMAT).
const certAuthority = "@cert-authority"

// hostKeyLines makes lines of known_hosts of host_key.
func hostKeyLines(address, hostKey string) (string, error) {
	var b strings.Builder
	for line := range strings.Lines(hostKey) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, isCA := strings.CutPrefix(line, certAuthority)
		public, _, options, _, err := ssh.ParseAuthorizedKey([]byte(key))
		if err != nil || len(options) > 0 {
			return "", errors.New(`host_key is not a public key. Expected a line such as "ssh-ed25519 AAAA…"`)
		}
		if isCA {
			b.WriteString(certAuthority + " ")
		}
		b.WriteString(xknownhosts.Line([]string{address}, public) + "\n")
	}
	return b.String(), nil
}

// readKnownHosts reads lines of known_hosts. The library reads files alone, so
// there is one for a moment.
func readKnownHosts(text string) (*knownhosts.HostKeyDB, error) {
	file, err := os.CreateTemp("", "known_hosts")
	if err != nil {
		return nil, fmt.Errorf("known_hosts cannot be read: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("known_hosts cannot be read: %w", err)
	}
	db, err := knownhosts.NewDB(file.Name())
	if err != nil {
		// The error quotes the file's name and no key.
		return nil, fmt.Errorf("known_hosts is not in the format of known_hosts: %s", strings.ReplaceAll(err.Error(), file.Name(), "line "))
	}
	return db, nil
}

// hostKeyError is that a server is not the one that it should be.
type hostKeyError struct {
	offered ssh.PublicKey
	known   string // the line that would make it known
	why     string
}

func (e hostKeyError) Error() string {
	return fmt.Sprintf("the server's host key is not the expected one: %s. It offered %s. If that is right, set host_key to that key, or add this line to known_hosts:\n  %s",
		e.why, keyName(e.offered), e.known)
}

// keyName is how a key is told from others: "ssh-ed25519 SHA256:…".
func keyName(key ssh.PublicKey) string { return key.Type() + " " + ssh.FingerprintSHA256(key) }

// verify is nil if key is the server's, and a hostKeyError if not.
func (k *hostKeys) verify(key ssh.PublicKey) error {
	err := k.check(k.address, &net.TCPAddr{IP: net.IPv4zero}, key)
	if err == nil {
		return nil
	}
	e := hostKeyError{offered: key, known: xknownhosts.Line([]string{k.address}, key), why: "another key is known"}
	if certificate, ok := key.(*ssh.Certificate); ok {
		e.known = certAuthority + " " + xknownhosts.Line([]string{k.address}, certificate.SignatureKey)
		e.why = "its certificate is not valid: " + printable(err.Error())
	}
	var revoked *xknownhosts.RevokedError
	if errors.As(err, &revoked) {
		e.why = "it is revoked"
	}
	return e
}
