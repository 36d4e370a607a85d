package look

// Verify says for which hosts a certificate is verified.
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
