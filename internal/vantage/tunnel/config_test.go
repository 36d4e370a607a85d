package tunnel

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
)

// keyPair makes a key as users have it: the private one, and a line of
// authorized_keys.
func keyPair(tb testing.TB) (private, public string) {
	tb.Helper()
	pub, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		tb.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(priv, "")
	if err != nil {
		tb.Fatal(err)
	}
	key, err := ssh.NewPublicKey(pub)
	if err != nil {
		tb.Fatal(err)
	}
	return string(pem.EncodeToMemory(block)), string(ssh.MarshalAuthorizedKey(key))
}

// certified makes a certificate of a public key, signed by the private one.
func certified(t *testing.T, public, ca string, kind uint32, principals ...string) string {
	t.Helper()
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(public))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey([]byte(ca))
	if err != nil {
		t.Fatal(err)
	}
	certificate := &ssh.Certificate{Key: key, CertType: kind, ValidPrincipals: principals, ValidBefore: ssh.CertTimeInfinity}
	if kind == ssh.UserCert {
		certificate.Extensions = map[string]string{"permit-port-forwarding": ""}
	}
	if err := certificate.SignCert(rand.Reader, signer); err != nil {
		t.Fatal(err)
	}
	return string(ssh.MarshalAuthorizedKey(certificate))
}

func TestNewSSH(t *testing.T) {
	private, public := keyPair(t)
	other, _ := keyPair(t)
	_, signer, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKeyWithPassphrase(signer, "", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	locked := string(pem.EncodeToMemory(block))
	key := strings.TrimSpace(public)
	tests := []struct {
		name   string
		change func(*SSHConfig)
		want   string // how the error begins; empty: none
	}{
		{"good", func(*SSHConfig) {}, ""},
		{"no host", func(c *SSHConfig) { c.Host = "" }, "host is missing"},
		{"wrong host", func(c *SSHConfig) { c.Host = "a b" }, `host is "a b": `},
		{"no user", func(c *SSHConfig) { c.User = "" }, "user is missing"},
		{"negative timeout", func(c *SSHConfig) { c.Timeout = -1 }, "timeout is -1ns. Expected more than zero"},
		{"nothing to log in with", func(c *SSHConfig) { c.PrivateKey = "" }, "one of private_key, password and agent is required"},
		{"password", func(c *SSHConfig) { c.PrivateKey, c.Password = "", "secret" }, ""},
		{"agent", func(c *SSHConfig) { c.PrivateKey, c.Agent, c.AgentIdentity = "", true, "x" }, ""},
		{"identity without agent", func(c *SSHConfig) { c.AgentIdentity = "x" }, "agent_identity has no meaning without agent = true"},
		{"no key", func(c *SSHConfig) { c.PrivateKey = "secret" }, "private_key is not a private key. "},
		{"broken key", func(c *SSHConfig) { c.PrivateKey = strings.Replace(private, "b3Bl", "secr", 1) }, `private_key is not a private key, though it has a block "OPENSSH PRIVATE KEY". `},
		{"indented key", func(c *SSHConfig) { c.PrivateKey = strings.ReplaceAll(private, "\n", "\n  ") }, `private_key is not a private key, though it has a block "OPENSSH PRIVATE KEY". `},
		{"key of Windows", func(c *SSHConfig) { c.PrivateKey = strings.ReplaceAll(private, "\n", "\r\n") }, ""},
		{"locked key in PKCS #8", func(c *SSHConfig) {
			c.PrivateKey = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----\n"
		}, "private_key is protected by a passphrase. "},
		{"locked key", func(c *SSHConfig) { c.PrivateKey = locked }, "private_key is protected by a passphrase. "},
		{"certificate", func(c *SSHConfig) { c.Certificate = certified(t, public, other, ssh.UserCert, "probe") }, ""},
		{"another's certificate", func(c *SSHConfig) {
			c.PrivateKey, c.Certificate = other, certified(t, public, other, ssh.UserCert, "probe")
		}, "certificate is not of private_key"},
		{"certificate of a host", func(c *SSHConfig) { c.Certificate = certified(t, public, other, ssh.HostCert, "a") }, "certificate is not a user's certificate. "},
		{"certificate alone", func(c *SSHConfig) {
			c.PrivateKey, c.Password, c.Certificate = "", "secret", certified(t, public, other, ssh.UserCert, "a")
		}, "certificate takes private_key or agent"},
		{"no host key", func(c *SSHConfig) { c.HostKey = " \n" }, "one of host_key and known_hosts is required. "},
		{"wrong host key", func(c *SSHConfig) { c.HostKey = "secret" }, "host_key is not a public key. "},
		{"private host key", func(c *SSHConfig) { c.HostKey = private }, "host_key is not a public key. "},
		{"two host keys", func(c *SSHConfig) { c.HostKey = "# both\n" + public + "\n@cert-authority " + public }, ""},
		{"known hosts", func(c *SSHConfig) { c.HostKey, c.KnownHosts = "", "bastion.example.com "+public }, ""},
		{"known hosts by pattern", func(c *SSHConfig) { c.HostKey, c.KnownHosts = "", "*.example.com "+public }, ""},
		{"known hosts of another port", func(c *SSHConfig) { c.HostKey, c.KnownHosts = "", "[bastion.example.com]:2222 "+public }, "known_hosts has no key of bastion.example.com"},
		{"known hosts of another", func(c *SSHConfig) { c.HostKey, c.KnownHosts = "", "other.example.com "+public }, "known_hosts has no key of bastion.example.com"},
		{"not known hosts", func(c *SSHConfig) { c.HostKey, c.KnownHosts = "", "secret" }, "known_hosts is not in the format of known_hosts: "},
		{"known hosts without a host", func(c *SSHConfig) { c.HostKey, c.KnownHosts = "", public }, "known_hosts is not in the format of known_hosts: "},
	}
	for _, tt := range tests {
		c := SSHConfig{Name: "a", Host: "bastion.example.com", User: "probe", PrivateKey: private, HostKey: public}
		tt.change(&c)
		_, err := NewSSH(c)
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)):
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		case err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "/") || strings.Contains(err.Error(), key)):
			t.Errorf("%s: the error has more than it should: %v", tt.name, err)
		}
	}
}

func TestNewProxies(t *testing.T) {
	long := strings.Repeat("x", 256)
	socks := []struct {
		c    SOCKS5Config
		want string
	}{
		{SOCKS5Config{Address: "proxy.example.com:1080"}, ""},
		{SOCKS5Config{Address: "[2001:db8::1]:1080", Username: "u", Password: "secret"}, ""},
		{SOCKS5Config{}, "address is missing. "},
		{SOCKS5Config{Address: "proxy.example.com"}, `address is "proxy.example.com". Expected a host and a port`},
		{SOCKS5Config{Address: "proxy.example.com:0"}, `address is "proxy.example.com:0". `},
		{SOCKS5Config{Address: "proxy.example.com:http"}, `address is "proxy.example.com:http". `},
		{SOCKS5Config{Address: "a b:1"}, `address is "a b": `},
		{SOCKS5Config{Address: "a:1", Username: "u"}, "username and password go together"},
		{SOCKS5Config{Address: "a:1", Username: "u", Password: long}, "password has 256 bytes. Expected at most 255"},
	}
	for _, tt := range socks {
		_, err := NewSOCKS5(tt.c)
		check(t, tt.want, err)
	}
	proxies := []struct {
		c    HTTPProxyConfig
		want string
	}{
		{HTTPProxyConfig{URL: "http://proxy.example.com:3128"}, ""},
		{HTTPProxyConfig{URL: "https://proxy.example.com/", Username: "u", Password: "secret"}, ""},
		{HTTPProxyConfig{}, "url is missing. "},
		{HTTPProxyConfig{URL: "proxy.example.com:3128"}, `url is "proxy.example.com:3128". `},
		{HTTPProxyConfig{URL: "http://a/path"}, `url is "http://a/path". `},
		{HTTPProxyConfig{URL: "http://u:secret@a:1"}, "url has credentials in it. "},
		{HTTPProxyConfig{URL: "http://u:secret@a:x"}, "url has credentials in it. "},
		{HTTPProxyConfig{URL: "http://:80"}, "url is missing"},
		{HTTPProxyConfig{URL: "http://a", Password: "secret"}, "username is missing, or has a colon"},
		{HTTPProxyConfig{URL: "http://a", Username: "a:b"}, "username is missing, or has a colon"},
	}
	for _, tt := range proxies {
		_, err := NewHTTPProxy(tt.c)
		check(t, tt.want, err)
	}
}

// check holds an error to its beginning, and to have no secret.
func check(t *testing.T, want string, err error) {
	t.Helper()
	switch {
	case want == "" && err != nil, want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)):
		t.Errorf("%v, want %s", err, want)
	case err != nil && strings.Contains(err.Error(), "secret"):
		t.Errorf("the error has the password: %v", err)
	}
}

// TestSees: all schemes over TCP, and no other.
func TestSees(t *testing.T) {
	for _, scheme := range endpoint.Schemes() {
		want := scheme.Transport() == endpoint.TCP
		if (&SSH{}).Sees(scheme) != want || (&SOCKS5{}).Sees(scheme) != want || (&HTTPProxy{}).Sees(scheme) != want {
			t.Errorf("%s is not seen alike, want %t", scheme, want)
		}
	}
}

// TestString: what a place is called for people has no credential.
func TestString(t *testing.T) {
	private, public := keyPair(t)
	s, err := NewSSH(SSHConfig{Host: "2001:db8::1", Port: 2222, User: "probe", Password: "secret", PrivateKey: private, HostKey: public})
	if err != nil {
		t.Fatal(err)
	}
	socks, err := NewSOCKS5(SOCKS5Config{Address: "proxy.example.com:1080", Username: "user", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := NewHTTPProxy(HTTPProxyConfig{URL: "https://proxy.example.com", Username: "user", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	got := s.String() + ", " + socks.String() + ", " + proxy.String()
	if want := "ssh probe@[2001:db8::1]:2222, socks5 proxy proxy.example.com:1080, http proxy proxy.example.com:443"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
