package look

// Verify says of which hosts a certificate is verified.
type Verify int

// The ways to verify.
const (
	VerifyNames Verify = iota // of those that are declared by name, or have a ServerName
	VerifyAlways
	VerifyNever
)

// TLS says how the certificate of a service is verified. The zero TLS is the
// default.
type TLS struct {
	Verify     Verify
	ServerName string // asked for and verified instead of the host; empty: the host
	Roots      Roots  // nil: those of the system
	MinDays    int    // for how many days the certificate must still be valid
}

// Roots are certificate authorities: an *x509.CertPool, known by one of its
// methods, since crypto/x509 would have words link sockets.
type Roots interface{ AppendCertsFromPEM(pem []byte) bool }

// Reasons of a TLS handshake that did not end well.
const (
	TLSExpired     Reason = "tls-expired"
	TLSExpiresSoon Reason = "tls-expires-soon" // in fewer days than TLS.MinDays
	TLSNotYetValid Reason = "tls-not-yet-valid"
	TLSWrongName   Reason = "tls-wrong-name"
	TLSUnknownCA   Reason = "tls-unknown-authority"
	TLSBadCert     Reason = "tls-bad-certificate" // not valid for another reason
	// TLSVersion: no version in common; those that are accepted are 1.2 and 1.3.
	TLSVersion Reason = "tls-protocol-version"
	// TLSHandshake: no cipher or other parameter in common (RFC 8446 section
	// 6.2, handshake_failure).
	TLSHandshake Reason = "tls-handshake-failure"
	// TLSName: the server knows no such name (RFC 6066 section 3).
	TLSName Reason = "tls-unrecognized-name"
	// TLSAlert: any other alert of the server's.
	TLSAlert Reason = "tls-alert"
)
