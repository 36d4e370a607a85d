package service

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// handshake is how a TLS handshake went.
type handshake struct {
	conn *tls.Conn // over TLS
	// asked: the server requested a client certificate. verified: we had accepted
	// its certificate before it could object to ours.
	asked, verified bool
	took            time.Duration // how long it took
}

// startTLS takes the conversation on over TLS 1.2 or 1.3 (RFC 5246, RFC 8446),
// offering the protocols of alpn; nil offers none.
func (s *session) startTLS(alpn []string) error {
	options := s.target.TLS
	if options == nil {
		options = &look.TLS{}
	}
	s.secure = &handshake{}
	config := &tls.Config{
		ServerName: options.ServerName,
		RootCAs:    trusted(options.Roots),
		NextProtos: alpn,
		MinVersion: tls.VersionTLS12,
		// In TLS 1.2 a server may ask for a certificate when it has heard for
		// what.
		Renegotiation: tls.RenegotiateOnceAsClient,
		CipherSuites:  ciphers,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			s.secure.asked = true
			if ours := options.Client; ours != nil {
				return &tls.Certificate{Certificate: ours.Chain, PrivateKey: ours.Key}, nil
			}
			return &tls.Certificate{}, nil
		},
		VerifyConnection: func(state tls.ConnectionState) error {
			s.secure.verified = true
			return expiry(state, options.MinDays)
		},
	}
	config.InsecureSkipVerify = !s.target.Verifies()
	if config.ServerName == "" {
		config.ServerName = string(s.target.Host)
	}
	s.secure.conn = tls.Client(s.conn, config)
	began := time.Now()
	if err := s.secure.conn.Handshake(); err != nil { //nolint:noctx // the deadline is the connection's
		return s.tlsFault(err)
	}
	s.secure.took = time.Since(began)
	s.switchTo(s.secure.conn)
	return s.awaitVerdict()
}

// trusted are the authorities to verify with, nil for those of the system. What
// is no pool of them trusts nobody.
func trusted(roots look.Roots) *x509.CertPool {
	if roots == nil {
		return nil
	}
	if pool, ok := roots.(*x509.CertPool); ok {
		return pool
	}
	return x509.NewCertPool()
}

// ciphers are those to offer in TLS 1.2: also those with AES that crypto/tls no
// longer offers by itself, as browsers and OpenSSL still take them. Whether they
// are safe is not asked here.
var ciphers = func() []uint16 {
	var ids []uint16
	for _, suite := range tls.CipherSuites() {
		ids = append(ids, suite.ID)
	}
	for _, suite := range tls.InsecureCipherSuites() {
		if strings.Contains(suite.Name, "_AES_") {
			ids = append(ids, suite.ID)
		}
	}
	return ids
}()

// tlsTalk waits a moment for the end of a connection whose handshake went well: a
// load balancer that has TLS itself and no back end ends it right after. A service
// that speaks first, or waits for the client, goes on. The handshake tells of the way
// there, unless much else was to do at once.
// A server that has nothing but HTTP/2, such as one of gRPC, ends it too if that was
// not offered (RFC 9113 section 3.2), and is asked again with it.
func tlsTalk(s *session) error {
	err := tlsOverALPN(s)
	if isEnd(err) {
		return nextWay{err}
	}
	return err
}

// tlsOverALPN is tlsTalk where protocols were offered.
func tlsOverALPN(s *session) error {
	return s.endedWithin(verdictTime + min(s.secure.took, 2*verdictTime))
}

// endedWithin is the error of a connection that ends within while, nil if it goes on.
func (s *session) endedWithin(while time.Duration) error {
	if err := s.await(while); !IsTimeout(err) {
		return err
	}
	return nil
}

// awaitVerdict waits for what a server says of the certificate that it asked for
// and did not get: in TLS 1.3 that comes after the handshake (RFC 8446 section
// 4.4.2.4), and would be lost if the server closed a connection with something
// unread in it. One that does not mind says nothing.
func (s *session) awaitVerdict() error {
	if !s.secure.asked || s.secure.conn.ConnectionState().Version < tls.VersionTLS13 || s.isHTTP2() {
		return nil
	}
	return s.endedWithin(max(4*s.secure.took, verdictTime))
}

// verdictTime is the least time to wait for what comes after a handshake.
const verdictTime = 100 * time.Millisecond

// encrypted tells whether the handshake is over.
func (s *session) encrypted() bool { return s.secure != nil && s.tap.Conn == net.Conn(s.secure.conn) }

// ended is how the other side ended the conversation over TLS, nil if it did not.
// An error that a library has swallowed is returned again by the next read; one
// still on its way gets while to arrive.
func (s *session) ended(while time.Duration) error {
	if soon := time.Now().Add(while); soon.Before(s.deadline) {
		_ = s.raw.SetReadDeadline(soon)
	}
	_, err := io.Copy(io.Discard, s.secure.conn)
	switch {
	case err == nil:
		return io.EOF
	case isEnd(err), alertText(err) != "":
		return err
	}
	return nil
}

// tlsFault says what an error of a handshake means.
func (s *session) tlsFault(err error) error {
	if f, ok := certificateFault(err); ok {
		return f
	}
	_, known := errors.AsType[fault](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	text := alertText(err)
	switch {
	case isEnd(err) && len(s.head()) == 0 && s.nameless():
		return fault{reason: look.ClosedEarly, detail: "in the TLS handshake" + noName}
	case known, IsTimeout(err), isEnd(err), errors.Is(err, errTooLong), s.mindsCertificate(err):
		return err
	case noTLS:
		return wrong(s.head())
	case text != "":
		return s.alertFault(text)
	case slices.ContainsFunc(badCertificates, func(words string) bool { return strings.Contains(err.Error(), words) }):
		return fault{reason: look.TLSBadCert, detail: printable([]byte(err.Error()))}
	case strings.Contains(err.Error(), "unsupported protocol version"):
		return fault{reason: look.TLSVersion, detail: printable([]byte(err.Error()))}
	}
	return fault{reason: look.WrongProtocol, detail: printable([]byte(err.Error()))}
}

// alertFault says what an alert of the server's means.
func (s *session) alertFault(text string) error {
	if text == noProtocol && s.target.Scheme == endpoint.TLS { // which ended a handshake without one
		return fault{reason: look.ClosedEarly, detail: "after the handshake; no HTTP is spoken either"}
	}
	f := fault{reason: cmp.Or(alertReasons[text], look.TLSAlert), detail: "alert: " + text}
	if s.nameless() {
		f.detail += noName
	}
	f.detail = printable([]byte(f.detail))
	return f
}

// nameless tells whether the handshake asks for no name (SNI), as for a host that is
// declared by address: servers with many names have no answer to that.
func (s *session) nameless() bool {
	_, isAddr := s.target.Host.Addr()
	return isAddr && (s.target.TLS == nil || s.target.TLS.ServerName == "")
}

// noName says so.
const noName = ", with no name sent: see server_name"

// alertReasons are the alerts that decide something, in the words of
// crypto/tls.
var alertReasons = map[string]look.Reason{
	"protocol version not supported": look.TLSVersion,
	"handshake failure":              look.TLSHandshake,
	"insufficient security level":    look.TLSHandshake,
	"unrecognized name":              look.TLSName,
}

// noProtocol is what a server says that has none of the protocols which are offered (RFC
// 7301 section 3.2), in the words of crypto/tls.
const noProtocol = "no application protocol"

// alertText is what the alert says that the server sent, empty if err is none.
func alertText(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return strings.TrimPrefix(op.Err.Error(), "tls: ")
	}
	return ""
}
