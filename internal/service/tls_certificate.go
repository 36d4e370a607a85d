package service

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// certificateFault classifies an error of verifying a certificate. It is false for
// any other error.
func certificateFault(err error) (fault, bool) {
	verification, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok {
		return fault{}, false
	}
	leaf := verification.UnverifiedCertificates[0]
	f := fault{reason: look.TLSBadCert, detail: printable([]byte(verification.Err.Error()))}
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	_, isName := errors.AsType[x509.HostnameError](err)
	_, isAuthority := errors.AsType[x509.UnknownAuthorityError](err)
	switch {
	case isInvalid && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		f = fault{reason: look.TLSNotYetValid, detail: printable([]byte("valid from " + invalid.Cert.NotBefore.UTC().Format(time.DateTime) + inChain(invalid.Cert, leaf)))}
	case isInvalid && invalid.Reason == x509.Expired:
		f = fault{reason: look.TLSExpired, detail: printable([]byte("valid until " + invalid.Cert.NotAfter.UTC().Format(time.DateTime) + inChain(invalid.Cert, leaf)))}
	case isName:
		f = fault{reason: look.TLSWrongName, detail: printable([]byte("for " + names(leaf)))}
	case strings.Contains(verification.Err.Error(), insecureAlgorithm):
		f = fault{reason: look.TLSInsecureSignature, detail: printable([]byte(leaf.SignatureAlgorithm.String() + ", issued by " + leaf.Issuer.String()))}
	case isAuthority:
		f = fault{reason: look.TLSUnknownCA, detail: printable([]byte("issued by " + leaf.Issuer.String()))}
	}
	return f, true
}

// badCertificates is what crypto/tls says of a certificate that cannot be used, whether
// or not it is verified: one that is broken, has a key of a kind or a size that crypto/tls
// has not, or is for another key than the server's.
var badCertificates = []string{
	"failed to parse certificate", "server sent certificate", "server's certificate contains", "invalid signature by the server certificate",
}

// insecureAlgorithm is how crypto/x509 says, within an error about the authority, that
// the authority is known and the signature is of a kind that is no longer accepted:
// SHA-1 or MD5.
const insecureAlgorithm = "cannot verify signature: insecure algorithm"

// names are those that a certificate is for.
func names(cert *x509.Certificate) string {
	all := cert.DNSNames
	for _, ip := range cert.IPAddresses {
		all = append(all, ip.String())
	}
	switch {
	case len(all) == 0 && cert.Subject.CommonName != "":
		return "no name: clients ignore the common name " + cert.Subject.CommonName
	case len(all) == 0:
		return "no name"
	}
	return strings.Join(all, ", ")
}

// expiry is the fault of a certificate that is not valid for minDays more, or whose chain
// is not. Of several chains the one that lasts longest counts. Where none was verified
// there is only the certificate itself.
func expiry(state tls.ConnectionState, minDays int) error {
	if minDays <= 0 {
		return nil
	}
	leaf := state.PeerCertificates[0]
	first := leaf
	for i, chain := range state.VerifiedChains {
		if ends := firstToExpire(chain); i == 0 || ends.NotAfter.After(first.NotAfter) {
			first = ends
		}
	}
	if time.Until(first.NotAfter) >= time.Duration(minDays)*24*time.Hour {
		return nil
	}
	return fault{reason: look.TLSExpiresSoon, detail: printable([]byte("valid until " + first.NotAfter.UTC().Format(time.DateOnly) + inChain(first, leaf)))}
}

func firstToExpire(chain []*x509.Certificate) *x509.Certificate {
	return slices.MinFunc(chain, func(a, b *x509.Certificate) int { return a.NotAfter.Compare(b.NotAfter) })
}

// inChain names a certificate that is not the server's own.
func inChain(cert, leaf *x509.Certificate) string {
	if cert.Equal(leaf) {
		return ""
	}
	return ": " + cert.Subject.String() + " in its chain"
}

// mindsCertificate tells whether the only thing wrong is the client certificate that
// the server asked for. That the connection just ended is not enough: so does one
// to a load balancer that asks for certificates and has no back end.
func (s *session) mindsCertificate(err error) bool {
	return err != nil && s.secure != nil && s.secure.asked && s.secure.verified && slices.Contains(certificateAlerts, alertText(err))
}

// clientVerdict says what it means that a server minds the client certificate, which it
// said: like a password, a service may demand one that we were not given, and
// speaks all the same. One that was given should do.
func (s *session) clientVerdict(said string) error {
	if s.target.TLS == nil || s.target.TLS.Client == nil {
		return errTurnedAway
	}
	return fault{reason: look.TLSClientCert, detail: printable([]byte(said))}
}

// mayRefuse tells whether an answer with status may be about the client certificate that
// the server asked for: nginx says with 400 that it minds the one it got, or that it got
// none, after a handshake that went well.
func (s *session) mayRefuse(status int) bool {
	return status == http.StatusBadRequest && s.secure != nil && s.secure.asked
}

// nginxMinds is in the pages that nginx has for that (its
// src/http/ngx_http_special_response.c, errors 495 and 496).
const nginxMinds = "SSL certificate"

// refusedInHTTP is what it means that an answer is about the client certificate, nil if it
// is not.
func (s *session) refusedInHTTP(response *http.Response) error {
	if !s.mayRefuse(response.StatusCode) {
		return nil
	}
	body, _ := io.ReadAll(response.Body) // however it ends
	response.Body = io.NopCloser(bytes.NewReader(body))
	if !bytes.Contains(body, []byte(nginxMinds)) {
		return nil
	}
	return s.clientVerdict(response.Proto + " " + response.Status)
}

// certificateAlerts are what servers say of a client certificate, or to who gave none
// (RFC 8446 section 6.2; RFC 5246 section 7.4.6), in the words of crypto/tls.
var certificateAlerts = []string{
	"certificate required", "bad certificate", "handshake failure", "access denied",
	"unsupported certificate", "revoked certificate", "expired certificate", "unknown certificate", "unknown certificate authority",
}
