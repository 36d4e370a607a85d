package service

import (
	"bytes"
	"net"
	"net/netip"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// SMTP (RFC 5321) greets first, and takes it ill if a client speaks before or
// leaves without a QUIT. STARTTLS: RFC 3207; submission: RFC 6409.

// Codes of SMTP (RFC 5321 section 4.2.3) and FTP (RFC 959 section 4.2.1) alike.
const (
	codeReady = 220
	codeOK    = 250
)

func smtpTalk(s *session) error {
	if err := greeted(s); err != nil {
		return err
	}
	return quit(s)
}

// submissionTalk goes as far as the handshake: what comes after it takes a
// password.
func submissionTalk(s *session) error {
	if err := greeted(s); err != nil {
		return err
	}
	if err := s.send("EHLO " + addressLiteral(s.conn) + "\r\n"); err != nil {
		return err
	}
	code, lines, err := s.reply()
	switch {
	case err != nil:
		return err
	case code != codeOK:
		return unavailable(lines[len(lines)-1])
	case !offersTLS(lines):
		_ = quit(s)
		return fault{reason: look.NoSTARTTLS, detail: printable(bytes.Join(lines, []byte("\n")))}
	}
	if err := s.send("STARTTLS\r\n"); err != nil {
		return err
	}
	code, lines, err = s.reply()
	switch {
	case err != nil:
		return err
	case code != codeReady:
		return unavailable(lines[len(lines)-1])
	case s.in.Buffered() > 0:
		// Bytes that came in clear must not pass for an answer over TLS.
		return wrong(s.head())
	}
	if err := s.startTLS(nil); err != nil {
		return err
	}
	return quit(s)
}

// greeted reads a greeting as SMTP and FTP have it.
func greeted(s *session) error {
	code, lines, err := s.reply()
	if err == nil && code != codeReady {
		return unavailable(lines[len(lines)-1])
	}
	return err
}

// quit leaves as SMTP, POP3 and FTP want it.
func quit(s *session) error {
	if err := s.send("QUIT\r\n"); err != nil {
		return err
	}
	s.leave()
	return nil
}

// reply reads a reply of SMTP or FTP: a code of three digits, and its lines, at
// least one. The lines between the first and the last may be anything (RFC 959
// section 4.2).
func (s *session) reply() (code int, lines [][]byte, err error) {
	for {
		line, err := s.line()
		if err != nil {
			return 0, nil, err
		}
		if len(lines) == 0 {
			if code = replyCode(line); code == 0 {
				return 0, nil, wrong(s.head())
			}
		}
		lines = append(lines, line)
		if replyCode(line) == code && (len(line) == 3 || line[3] == ' ') {
			return code, lines, nil
		}
	}
}

// replyCode is the code that a line begins with, 0 if it has none.
func replyCode(line []byte) int {
	if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0
	}
	code := 0
	for _, digit := range line[:3] {
		if digit < '0' || digit > '9' {
			return 0
		}
		code = code*10 + int(digit-'0')
	}
	return code
}

// offersTLS tells whether the answer to EHLO has STARTTLS (RFC 3207 section 4).
func offersTLS(lines [][]byte) bool {
	for _, line := range lines {
		if len(line) > 4 && bytes.EqualFold(bytes.TrimSpace(line[4:]), []byte("STARTTLS")) {
			return true
		}
	}
	return false
}

// addressLiteral is how a client without a name calls itself (RFC 5321 section
// 4.1.3).
func addressLiteral(conn net.Conn) string {
	local, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return "[127.0.0.1]"
	}
	addr := local.Addr().Unmap().WithZone("")
	if addr.Is6() {
		return "[IPv6:" + addr.String() + "]"
	}
	return "[" + addr.String() + "]"
}
