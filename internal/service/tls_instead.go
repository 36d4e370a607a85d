package service

import (
	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// Servers that want TLS first answer in many ways to who begins without: with an alert,
// with a status 400 of HTTP, each in words of its own, and those with OpenSSL often by
// closing without a word, as a load balancer without a back end does. So who gets no
// better answer in clear asks for TLS over another connection.

// tlsInstead finds out whether the service of a scheme that begins without TLS wants it
// first: who answers a ClientHello with a record of TLS speaks it.
func tlsInstead(s *session) error {
	s.target.TLS = &look.TLS{Verify: look.VerifyNever}
	below := s.tap
	s.hurry()           // a service without TLS may wait for a line to end
	_ = s.startTLS(nil) // what comes back counts, not how it ends
	s.close()
	s.secure = nil // what was said in clear is what there is to tell
	if recognise(below.beginning()) == endpoint.TLS {
		return fault{look.WrongProtocol, "refuses what comes in clear, and answers TLS", endpoint.TLS}
	}
	return errNothingNew
}
