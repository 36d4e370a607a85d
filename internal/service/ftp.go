package service

import "github.com/portcheck/terraform-provider-portcheck/internal/endpoint"

// codeAuthTLS agrees to AUTH TLS (RFC 4217 section 4, RFC 2228 section 5.4.1).
const codeAuthTLS = 234

// ftpTalk: FTP (RFC 959) greets first.
func ftpTalk(s *session) error {
	if err := greeted(s, endpoint.FTP); err != nil {
		return err
	}
	if s.wantsTLS() {
		if err := s.upgrade("AUTH TLS\r\n", codeAuthTLS); err != nil {
			return err
		}
	}
	return quit(s)
}
