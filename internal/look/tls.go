package look

import "crypto"

// Verify says for which hosts a certificate is verified.
type Verify int

// The ways to verify.
const (
	// VerifyDefault: of hosts that are declared by name, or have a ServerName. Where
	// TLS is optional (endpoint.SchemeInfo), only if there are Roots or a ServerName:
	// clients of these protocols take any certificate by default.
	VerifyDefault Verify = iota
	VerifyNames          // of hosts that are declared by name, or have a ServerName
	VerifyAlways
	VerifyNever
)

// TLS says how the certificate of a service is verified, and what it is given. The
// zero TLS is the default.
type TLS struct {
	Verify     Verify
	ServerName string // asked for and verified instead of the host; empty: the host
	Roots      Roots  // nil: those of the system
	MinDays    int    // for how many days the certificate and its chain must still be valid
	// StartTLS tells that a service which begins without TLS goes over to it before
	// anything else.
	StartTLS bool
	// Client is the certificate to give to servers that ask for one; nil: none.
	Client *ClientCertificate
}

// Roots are certificate authorities: an *x509.CertPool, known by one of its
// methods, since crypto/x509 would have words link sockets.
type Roots interface{ AppendCertsFromPEM(pem []byte) bool }

// ClientCertificate is a certificate of ours, as tls.Certificate has it.
type ClientCertificate struct {
	Chain [][]byte // in DER, the leaf first
	Key   crypto.PrivateKey
}

// Verifies tells whether the certificate of t must be trusted, and be for the name
// that is asked for.
func (t Target) Verifies() bool {
	o := t.TLS
	if o == nil {
		o = &TLS{}
	}
	_, isAddr := t.Host.Addr()
	named := !isAddr || o.ServerName != ""
	switch o.Verify {
	case VerifyAlways:
		return true
	case VerifyNever:
		return false
	case VerifyNames:
		return named
	case VerifyDefault:
	}
	return named && (!t.Scheme.OptionalTLS() || o.Roots != nil || o.ServerName != "")
}
