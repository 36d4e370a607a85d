package service

// ftpTalk: FTP (RFC 959) greets first.
func ftpTalk(s *session) error {
	if err := greeted(s); err != nil {
		return err
	}
	return quit(s)
}
