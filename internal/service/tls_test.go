package service_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
	"github.com/portcheck/terraform-provider-portcheck/internal/porttest"
	"github.com/portcheck/terraform-provider-portcheck/internal/probe"
)

// timeout is far above what a server on loopback takes.
const timeout = 10 * time.Second

// lookAt takes one look at a service on localhost whose certificate ca issued,
// nil if it has none.
func lookAt(t *testing.T, scheme endpoint.Scheme, addr netip.AddrPort, ca *porttest.CA) look.Result {
	t.Helper()
	at := look.Target{Scheme: scheme, Addr: addr, Host: "localhost"}
	if ca != nil {
		at.TLS = &look.TLS{Roots: ca.Pool}
	}
	return probe.Prober{}.Look(t.Context(), at, timeout)
}

// serveTLS is a server that completes handshakes and then waits for the client
// to go, or closes the connection when it says something.
func serveTLS(t *testing.T, config *tls.Config) netip.AddrPort {
	t.Helper()
	return serveEach(t, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) }, config)
}

func TestTLS(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Now()
	ca, other := porttest.NewCA(t), porttest.NewCA(t)
	good := ca.Certificate(t, now.Add(-day), now.Add(20*day+time.Hour), "localhost", "127.0.0.1")
	expired := ca.Certificate(t, now.Add(-20*day), now.Add(-day), "localhost", "127.0.0.1")
	of := func(cert tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{cert}} }
	strict := of(good)
	strict.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if hello.ServerName != "www.example.com" {
			return nil, nil
		}
		return of(ca.Certificate(t, now.Add(-day), now.Add(day), "www.example.com")), nil
	}
	old := of(good)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	weak := of(good)
	weak.MaxVersion, weak.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}
	rsaOnly := of(selfSignedRSA(t))
	rsaOnly.MaxVersion, rsaOnly.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_256_GCM_SHA384}
	sha1, sha1CA := signedSHA1(t)
	mutual13, mutual12 := of(good), of(good)
	mutual13.ClientAuth, mutual12.ClientAuth, mutual12.MaxVersion = tls.RequireAnyClientCert, tls.RequireAnyClientCert, tls.VersionTLS12
	mismatched := of(tls.Certificate{Certificate: good.Certificate, PrivateKey: expired.PrivateKey})
	damaged := of(tls.Certificate{Certificate: [][]byte{[]byte("none")}, PrivateKey: good.PrivateKey})
	nobody := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, net.ErrClosed }}

	tests := []struct {
		name   string
		server *tls.Config
		host   endpoint.Host
		tls    look.TLS
		want   string
	}{
		{"good", of(good), "localhost", look.TLS{Roots: ca.Pool}, "open service-response"},
		{"good by address", of(good), "127.0.0.1", look.TLS{Roots: ca.Pool, Verify: look.VerifyAlways}, "open service-response"},
		{"unknown authority", of(good), "localhost", look.TLS{Roots: other.Pool}, "unresponsive tls-unknown-authority issued by CN=portcheck test CA"},
		{"system's authorities", of(good), "localhost", look.TLS{}, "unresponsive tls-unknown-authority issued by CN=portcheck test CA"},
		{"address is not verified", of(good), "127.0.0.1", look.TLS{}, "open service-response"},
		{"never", of(expired), "localhost", look.TLS{Verify: look.VerifyNever}, "open service-response"},
		{"expired", of(expired), "localhost", look.TLS{Roots: ca.Pool}, "unresponsive tls-expired valid until " + now.Add(-day).UTC().Format(time.DateTime)},
		{"expired by address", of(expired), "127.0.0.1", look.TLS{Roots: ca.Pool}, "open service-response"},
		{"not yet valid", of(ca.Certificate(t, now.Add(day), now.Add(2*day), "localhost")), "localhost", look.TLS{Roots: ca.Pool}, "unresponsive tls-not-yet-valid valid from " + now.Add(day).UTC().Format(time.DateTime)},
		{"wrong name", of(good), "mail.example.com", look.TLS{Roots: ca.Pool}, "unresponsive tls-wrong-name for localhost, 127.0.0.1"},
		{"wrong address", of(ca.Certificate(t, now.Add(-day), now.Add(day), "localhost")), "127.0.0.1", look.TLS{Roots: ca.Pool, Verify: look.VerifyAlways}, "unresponsive tls-wrong-name for localhost"},
		{"server name", strict, "127.0.0.1", look.TLS{Roots: ca.Pool, ServerName: "www.example.com"}, "open service-response"},
		{"wrong server name", strict, "localhost", look.TLS{Roots: ca.Pool, ServerName: "api.example.com"}, "unresponsive tls-wrong-name for localhost, 127.0.0.1"},
		{"enough days", of(good), "localhost", look.TLS{Roots: ca.Pool, MinDays: 20}, "open service-response"},
		{"too few days", of(good), "localhost", look.TLS{Roots: ca.Pool, MinDays: 21}, "unresponsive tls-expires-soon valid until " + now.Add(20*day+time.Hour).UTC().Format(time.DateOnly)},
		{"too few days, unverified", of(good), "localhost", look.TLS{Verify: look.VerifyNever, MinDays: 21}, "unresponsive tls-expires-soon valid until " + now.Add(20*day+time.Hour).UTC().Format(time.DateOnly)},
		{"damaged", damaged, "localhost", look.TLS{Verify: look.VerifyNever}, "unresponsive tls-bad-certificate tls: failed to parse certificate from server: x509: malformed certificate"},
		{"for another key", mismatched, "localhost", look.TLS{Roots: ca.Pool}, "unresponsive tls-bad-certificate tls: invalid signature by the server certificate: ECDSA verification failure"},
		{"for another key, unverified", mismatched, "localhost", look.TLS{Verify: look.VerifyNever}, "unresponsive tls-bad-certificate tls: invalid signature by the server certificate: ECDSA verification failure"},
		{"TLS 1.1", old, "localhost", look.TLS{Roots: ca.Pool}, "unresponsive tls-protocol-version alert: protocol version not supported"},
		{"no cipher in common", weak, "localhost", look.TLS{Roots: ca.Pool}, "unresponsive tls-handshake-failure alert: handshake failure"},
		{"RSA key exchange", rsaOnly, "localhost", look.TLS{Verify: look.VerifyNever}, "open service-response"},
		{"any other alert", nobody, "localhost", look.TLS{Roots: ca.Pool}, "unresponsive tls-alert alert: internal error"},
		{"any other alert, and no name", nobody, "127.0.0.1", look.TLS{}, "unresponsive tls-alert alert: internal error, with no name sent: see server_name"},
		{"any other alert, and a name given", nobody, "127.0.0.1", look.TLS{ServerName: "localhost", Roots: ca.Pool}, "unresponsive tls-alert alert: internal error"},
		{"SHA-1", of(sha1), "localhost", look.TLS{Roots: sha1CA}, "unresponsive tls-insecure-signature ECDSA-SHA1, issued by CN=old"},
		{"SHA-1 of nobody", of(sha1), "localhost", look.TLS{Roots: other.Pool}, "unresponsive tls-unknown-authority issued by CN=old"},
		{"client certificates, TLS 1.3", mutual13, "localhost", look.TLS{Roots: ca.Pool}, "open service-response"},
		{"client certificates, TLS 1.2", mutual12, "localhost", look.TLS{Roots: ca.Pool}, "open service-response"},
		{"client certificates, wrong name", mutual12, "mail.example.com", look.TLS{Roots: ca.Pool}, "unresponsive tls-wrong-name for localhost, 127.0.0.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, scheme := range []endpoint.Scheme{endpoint.TLS, endpoint.HTTPS} {
				want := tt.want
				if scheme == endpoint.HTTPS && want == "open service-response" && tt.server.ClientAuth == tls.NoClientCert {
					want = "unresponsive closed-early" // it speaks no HTTP
				}
				r := probe.Prober{}.Look(t.Context(), look.Target{Scheme: scheme, Addr: serveTLS(t, tt.server), Host: tt.host, TLS: &tt.tls}, timeout)
				got := string(r.State) + " " + string(r.Reason)
				if r.Detail != "" {
					got += " " + r.Detail
				}
				if got != want {
					t.Errorf("%s is %s, want %s", scheme, got, want)
				}
			}
		})
	}
}

// selfSignedRSA makes a certificate with a key for RSA.
func selfSignedRSA(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// signedSHA1 makes a certificate that an authority signed with SHA-1, and the authority.
func signedSHA1(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	from, to := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "old"}, NotBefore: from, NotAfter: to,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	root, err := x509.CreateCertificate(rand.Reader, ca, ca, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if ca, err = x509.ParseCertificate(root); err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: to, DNSNames: []string{"localhost"}, SignatureAlgorithm: x509.ECDSAWithSHA1}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// TestClientCertificateOverHTTP2: a server that wants a certificate of ours says
// so after the handshake, while the request is on its way. One that asked for
// one and is gone is none, as a load balancer without a back end.
func TestClientCertificateOverHTTP2(t *testing.T) {
	t.Parallel()
	ca := porttest.NewCA(t)
	now := time.Now()
	for _, tt := range []struct {
		auth tls.ClientAuthType
		do   func(net.Conn)
		want look.Reason
	}{
		{tls.RequireAnyClientCert, func(net.Conn) {}, look.ServiceResponse},
		{tls.RequestClientCert, func(net.Conn) {}, look.ClosedEarly},
		{tls.RequestClientCert, func(conn net.Conn) { resets(conn.(*tls.Conn).NetConn()) }, look.ClosedEarly},
	} {
		addr := serveEach(t, tt.do, &tls.Config{
			Certificates: []tls.Certificate{ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "localhost")},
			NextProtos:   []string{"h2"},
			ClientAuth:   tt.auth,
		})
		for _, scheme := range []endpoint.Scheme{endpoint.HTTPS, endpoint.GRPCS} {
			for range 100 { // what is noticed first differs
				r := probe.Prober{}.Look(t.Context(), look.Target{Scheme: scheme, Addr: addr, Host: "localhost", TLS: &look.TLS{Roots: ca.Pool}}, timeout)
				if r.Reason != tt.want {
					t.Errorf("%s, %s: %s %s %q, want %s", scheme, tt.auth, r.State, r.Reason, r.Detail, tt.want)
				}
			}
		}
	}
}
