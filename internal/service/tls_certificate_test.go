package service

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"testing"
	"time"
)

// TestNames: who a certificate is for. A common name is for nobody, whatever it says.
func TestNames(t *testing.T) {
	for want, cert := range map[string]x509.Certificate{
		"a.example.com, *.b.example.com, 192.0.2.1, 2001:db8::1": {
			Subject: pkix.Name{CommonName: "old"}, DNSNames: []string{"a.example.com", "*.b.example.com"},
			IPAddresses: []net.IP{net.ParseIP("192.0.2.1"), net.ParseIP("2001:db8::1")},
		},
		"no name: clients ignore the common name www.example.com": {Subject: pkix.Name{CommonName: "www.example.com"}, EmailAddresses: []string{"a@example.com"}},
		"no name": {},
	} {
		if got := names(&cert); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestChains: a certificate is valid for as long as its chain is, and who reads that it
// is not is told which certificate to look at.
func TestChains(t *testing.T) {
	now := time.Now().UTC()
	days := func(n int) time.Time { return now.Add(time.Duration(n) * 24 * time.Hour) }
	day := func(n int) string { return days(n).Format(time.DateOnly) }
	root, rootKey := signed(t, "root", now.Add(-time.Hour), days(100), nil, nil)
	other, otherKey := signed(t, "other root", now.Add(-time.Hour), days(200), nil, nil)
	roots := x509.NewCertPool()
	roots.AddCert(root)
	roots.AddCert(other)
	for _, tt := range []struct {
		name        string
		from        time.Time
		inter, leaf int  // how many days they are valid
		crossed     bool // signed by the other root too, for 90 days
		minDays     int
		want        string
	}{
		{"long enough", now, 60, 60, false, 50, ""},
		{"not asked", now, 5, 60, false, 0, ""},
		{"the leaf", now, 60, 40, false, 50, "tls-expires-soon: valid until " + day(40)},
		{"the intermediate", now, 30, 60, false, 50, "tls-expires-soon: valid until " + day(30) + ": CN=intermediate in its chain"},
		{"the root", now, 150, 150, false, 120, "tls-expires-soon: valid until " + day(100) + ": CN=root in its chain"},
		{"another way to a root", now, 30, 60, true, 50, ""},
		{"expired", now, 60, -1, false, 50, "tls-expired: valid until " + days(-1).Format(time.DateTime)},
		{"expired intermediate", now, -1, 60, false, 50, "tls-expired: valid until " + days(-1).Format(time.DateTime) + ": CN=intermediate in its chain"},
		{"expired intermediate, and another way", now, -1, 60, true, 50, ""},
		{"intermediate of tomorrow", days(1), 60, 60, false, 50, "tls-not-yet-valid: valid from " + days(1).Format(time.DateTime) + ": CN=intermediate in its chain"},
	} {
		key := newKey(t)
		inter := sign(t, "intermediate", key, tt.from.Add(-48*time.Hour), days(tt.inter), root, rootKey)
		if tt.from.After(now) {
			inter = sign(t, "intermediate", key, tt.from, days(tt.inter), root, rootKey)
		}
		between := x509.NewCertPool()
		between.AddCert(inter)
		if tt.crossed {
			between.AddCert(sign(t, "intermediate", key, now.Add(-time.Hour), days(90), other, otherKey))
		}
		leaf, _ := signed(t, "localhost", now.Add(-48*time.Hour), days(tt.leaf), inter, key)
		state := tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf, inter}}
		var err error
		if state.VerifiedChains, err = leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, DNSName: "localhost"}); err != nil {
			err, _ = certificateFault(&tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err})
		} else {
			err = expiry(state, tt.minDays)
		}
		if got := fmt.Sprint(err); got != cmp.Or(tt.want, "<nil>") {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// signed makes a certificate and its key, signed by itself if parent is nil.
func signed(t *testing.T, name string, from, to time.Time, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key := newKey(t)
	return sign(t, name, key, from, to, parent, cmp.Or(by, key)), key
}

func sign(t *testing.T, name string, key *ecdsa.PrivateKey, from, to time.Time, parent *x509.Certificate, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: from, NotAfter: to,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, cmp.Or(parent, template), &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
