package service

import "github.com/portcheck/terraform-provider-portcheck/internal/endpoint"

// ftpTalk: FTP (RFC 959) greets first.
func ftpTalk(s *session) error {
	if err := greeted(s, endpoint.FTP); err != nil {
		return err
	}
	return quit(s)
}
