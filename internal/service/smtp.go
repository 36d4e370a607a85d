package service

import (
	"bytes"
	"net"
	"net/netip"
	"regexp"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// SMTP (RFC 5321) greets first, and takes it ill if a client speaks before or
// leaves without a QUIT. STARTTLS: RFC 3207; submission: RFC 6409.

// Codes of SMTP (RFC 5321 section 4.2.3) and FTP (RFC 959 section 4.2.1) alike.
const (
	codeReady = 220
	codeOK    = 250

	codeNotLoggedIn = 530 // of FTP
)

func smtpTalk(s *session) error {
	if s.wantsTLS() {
		return submissionTalk(s)
	}
	if err := greeted(s, endpoint.SMTP); err != nil {
		return err
	}
	return quit(s)
}

// submissionTalk goes as far as the handshake: what comes after it takes a
// password.
func submissionTalk(s *session) error {
	if err := greeted(s, endpoint.SMTP); err != nil {
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
		return refused(s, endpoint.SMTP, lines)
	case !offersTLS(lines):
		_ = quit(s)
		return fault{reason: look.NoSTARTTLS, detail: printable(bytes.Join(lines, []byte("\n")))}
	}
	if err := s.upgrade("STARTTLS\r\n", codeReady); err != nil {
		return err
	}
	return quit(s)
}

// greeted reads a greeting of SMTP or FTP, which scheme says.
func greeted(s *session, scheme endpoint.Scheme) error {
	code, lines, err := s.reply()
	switch {
	case err != nil:
		return err
	case code != codeReady:
		return refused(s, scheme, lines)
	}
	if other := greets(lines); other != "" && other != scheme {
		return wrong(s.head())
	}
	return nil
}

// refused judges a reply that is an error. A code X.7.X (RFC 3463 section 3.8) is
// about the client and its rights, and so is 530 (RFC 959 section 4.2.1).
func refused(s *session, scheme endpoint.Scheme, lines [][]byte) error {
	last := lines[len(lines)-1]
	text := bytes.Join(lines, []byte(" "))
	switch {
	case scheme == endpoint.SMTP && len(last) > 7 && last[5] == '.' && last[6] == '7' && last[7] == '.',
		scheme == endpoint.FTP && replyCode(last) == codeNotLoggedIn,
		isTurnedAway(text):
		_ = quit(s)
		return errTurnedAway
	}
	return unavailable(last)
}

// quit leaves as SMTP, POP3 and FTP want it. Its answer comes before anything else,
// or Postfix logs "lost connection after QUIT" over TLS.
func quit(s *session) error { return s.leaveWith("QUIT\r\n") }

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
		if lines = append(lines, line); len(lines) == 1 && string(line[:min(4, len(line))]) == "220-" {
			s.wait()
		}
		if replyCode(line) == code && (len(line) == 3 || line[3] == ' ') {
			return code, lines, nil
		}
	}
}

// greeters are words of greetings with 220, in lower case, and who says them; other220
// are LMTP (RFC 2033), and VMware ESXi at 902. Some words have these within them:
// "swiftpost" is no FTP.
var greeters = []struct {
	scheme endpoint.Scheme
	words  *regexp.Regexp
}{
	{endpoint.SMTP, regexp.MustCompile(`smtp|\bpostfix|\bexim\b|\bsendmail`)},
	{endpoint.FTP, regexp.MustCompile(`\bftp|ftps?d?\b|ftp\d|ftpserver|\bsftpgo|\bfilezilla|\bserv-u`)},
	{other220, regexp.MustCompile(`\blmtp\b|vmware authentication daemon`)},
}

// other220 stands for services that greet with 220 and have no scheme.
const other220 endpoint.Scheme = "other"

// greets tells who greets with lines; empty if they name nobody, or several. A
// domain names nobody, whatever it is called.
func greets(lines [][]byte) endpoint.Scheme {
	var text []byte
	for _, word := range bytes.Fields(bytes.ToLower(bytes.Join(lines, []byte(" ")))) {
		if !isDomain(word) {
			text = append(append(text, word...), ' ')
		}
	}
	var found endpoint.Scheme
	for _, g := range greeters {
		if g.words.Match(text) {
			if found != "" {
				return ""
			}
			found = g.scheme
		}
	}
	return found
}

// isDomain tells whether word is a name with a dot in it, after the code of a reply
// perhaps.
func isDomain(word []byte) bool {
	if replyCode(word) != 0 && len(word) > 4 {
		word = word[4:]
	}
	for i := 1; i+1 < len(word); i++ {
		if word[i] == '.' && word[i+1] >= 'a' && word[i+1] <= 'z' {
			return true
		}
	}
	return false
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
