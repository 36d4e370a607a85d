package blackbox

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
)

// unreachable is the error of an exporter that gave no answer, and what to do.
func (e *Exporter) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", e, context.Cause(ctx))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: no answer in %s. Check that it runs, and that no firewall drops packets to it from here", e, openTry)
	}
	return fmt.Errorf("%s: %w. %s", e, err, cure(err))
}

// cure says what to do about an error of connecting to the exporter.
func cure(err error) string {
	_, isName := errors.AsType[x509.HostnameError](err)
	_, isCert := errors.AsType[*tls.CertificateVerificationError](err)
	_, isDNS := errors.AsType[*net.DNSError](err)
	op, isOp := errors.AsType[*net.OpError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case isName:
		return "Write the name that its certificate is for in url"
	case isCert:
		return "Set ca_pem to the authority that issued its certificate"
	case isOp && op.Op == "remote error" && strings.Contains(err.Error(), "certificate"):
		return "It wants a certificate of the client: set client_cert_pem and client_key_pem"
	case noTLS, strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "It does not speak TLS: write http:// in url"
	case isDNS:
		return "Check the name in url"
	case errors.Is(err, errTooLong):
		return "Check that url is that of a blackbox_exporter"
	}
	return "Check that it runs, and that it may be reached from here"
}

// refused is the error of an answer that is not the one to wait for, and what to
// do.
func (e *Exporter) refused(r reply) error {
	said := fmt.Sprintf("%s: GET %s: %s", e, e.config.Path, printable(r.status))
	switch {
	case r.code == http.StatusUnauthorized && e.header.Get("Authorization") == "":
		return permanent{fmt.Errorf("%s. Set bearer_token, or username and password", said)}
	case r.code == http.StatusUnauthorized, r.code == http.StatusForbidden:
		return permanent{fmt.Errorf("%s. It does not accept the credentials, or they do not permit this", said)}
	case r.code == http.StatusNotFound:
		return fmt.Errorf("%s. Check url: /probe is added only where it has no path of its own. Where probes alone are let through, name the modules for tcp and others in modules", said)
	case r.code >= 300 && r.code < 400:
		return fmt.Errorf("%s, to %s. Redirects are not followed: write in url where the exporter is, and check the credentials", said, hostOf(r.location))
	case strings.Contains(string(r.body), "HTTP request to an HTTPS server"):
		return fmt.Errorf("%s. It speaks TLS: write https:// in url", said)
	case r.code >= 500:
		return fmt.Errorf("%s, at each of %d tries. The exporter, or a proxy before it, is not well", said, retries+1)
	}
	return fmt.Errorf("%s. Check that url is that of a blackbox_exporter", said)
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
	return printable(u.Host)
}

// maxDetail is how long a Detail may be.
const maxDetail = 80

// printable makes text of the network fit for people: printable ASCII, not long.
func printable(text string) string {
	text = strconv.QuoteToASCII(text[:min(len(text), 4*maxDetail)])
	text = strings.ReplaceAll(text[1:len(text)-1], `\"`, `"`)
	if len(text) <= maxDetail {
		return text
	}
	return text[:maxDetail-3] + "..."
}
