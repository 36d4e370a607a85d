package httpapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Unreachable is the error of a request that brought no answer, and what to do. each
// is how long one try took at most.
func (s *Server) Unreachable(ctx context.Context, err error, each time.Duration) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", s, context.Cause(ctx))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: no answer in %s. Check that it runs, and that no firewall drops packets to it from here", s, each)
	}
	return fmt.Errorf("%s: %w. %s", s, err, s.cure(err))
}

// cure says what to do about an error of connecting to the server.
func (s *Server) cure(err error) string {
	_, isName := errors.AsType[x509.HostnameError](err)
	_, isCert := errors.AsType[*tls.CertificateVerificationError](err)
	_, isDNS := errors.AsType[*net.DNSError](err)
	op, isOp := errors.AsType[*net.OpError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	_, tooLong := errors.AsType[tooLongError](err)
	switch {
	case isName:
		return "Write the name that its certificate is for in " + s.config.Argument
	case isCert:
		return "Set ca_pem to the authority that issued its certificate"
	case isOp && op.Op == "remote error" && strings.Contains(err.Error(), "certificate"):
		return "It wants a certificate of the client: set client_cert_pem and client_key_pem"
	case noTLS, strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "It does not speak TLS: write http:// in " + s.config.Argument
	case isDNS:
		return "Check the name in " + s.config.Argument
	case tooLong:
		return s.check()
	}
	return "Check that it runs, and that it may be reached from here"
}

// check is the advice where another server answers than the one to ask.
func (s *Server) check() string {
	return fmt.Sprintf("Check that %s is that of a %s", s.config.Argument, s.config.What)
}

// Refused is the error of an answer to a GET of path that is not the one to wait for,
// and what to do.
func (s *Server) Refused(path string, r Reply) error {
	said := s.Said(path, r)
	switch {
	case r.Code == http.StatusUnauthorized && s.Header.Get("Authorization") == "":
		return permanent{fmt.Errorf("%s. Set bearer_token, or username and password", said)}
	case r.Code == http.StatusUnauthorized, r.Code == http.StatusForbidden:
		return permanent{fmt.Errorf("%s. It does not accept the credentials, or they do not permit this", said)}
	case r.Code >= 300 && r.Code < 400:
		return fmt.Errorf("%s, to %s. Redirects are not followed: write in %s where it is, and check the credentials", said, hostOf(r.Location), s.config.Argument)
	case strings.Contains(string(r.Body), "HTTP request to an HTTPS server"):
		return fmt.Errorf("%s. It speaks TLS: write https:// in %s", said, s.config.Argument)
	case r.Code >= 500:
		return fmt.Errorf("%s, at each of %d tries. It, or a proxy before it, is not well", said, Tries)
	}
	return fmt.Errorf("%s. %s", said, s.check())
}

// Said is how an error about an answer to a GET of path begins.
func (s *Server) Said(path string, r Reply) string {
	return fmt.Sprintf("%s: GET %s: %s", s, path, Printable(r.Status))
}

// permanent is an error that trying again does not mend, such as that of wrong
// credentials.
type permanent struct{ error }

// Permanent is true. A scan does not open the place again then.
func (permanent) Permanent() bool { return true }

func (p permanent) Unwrap() error { return p.error }

// hostOf is the host that a redirect leads to: the rest may have a token in it.
func hostOf(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return "another path"
	}
	return Printable(u.Host)
}

// MaxPrinted is how many characters of a text of the network are shown.
const MaxPrinted = 80

// Printable makes text of the network fit for people: printable ASCII, not long.
func Printable(text string) string {
	text = strconv.QuoteToASCII(text[:min(len(text), 4*MaxPrinted)])
	text = strings.ReplaceAll(text[1:len(text)-1], `\"`, `"`)
	if len(text) <= MaxPrinted {
		return text
	}
	return text[:MaxPrinted-3] + "..."
}
