package tunnel

// permanent is an error that trying again does not mend, such as that of a wrong
// key. A server may ban a client that goes on trying: OpenSSH from 9.8 on does
// (PerSourcePenalties), and fail2ban.
type permanent struct{ error }

// Permanent is true. A scan does not open the place again then.
func (permanent) Permanent() bool { return true }

func (p permanent) Unwrap() error { return p.error }
