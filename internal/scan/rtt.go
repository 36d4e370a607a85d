package scan

import "time"

// lowestTimeout is the floor of an adapted time-out (Nmap's min-rtt-timeout).
const lowestTimeout = 100 * time.Millisecond

// rtt estimates the round-trip time to one address as RFC 6298 section 2 does.
type rtt struct {
	known         bool
	smoothed, dev time.Duration
}

// synTimeout is when a system sends its SYN again (RFC 6298 section 2.1).
const synTimeout = time.Second

// observe takes in the time that one answer took, unless it may be that to a
// SYN which was sent again (RFC 6298 section 3, Karn's algorithm).
func (r *rtt) observe(d time.Duration) {
	if d >= synTimeout {
		return
	}
	if !r.known {
		r.known, r.smoothed, r.dev = true, d, d/2
		return
	}
	r.dev += ((d - r.smoothed).Abs() - r.dev) / 4
	r.smoothed += (d - r.smoothed) / 8
}

// timeout is how long to wait for an answer of the address: from lowestTimeout
// to most, which it is as long as no answer came.
func (r *rtt) timeout(most time.Duration) time.Duration {
	if !r.known {
		return most
	}
	return min(max(r.smoothed+4*r.dev, lowestTimeout), most)
}
