package service

import (
	"net/http"
	"slices"
	"strings"

	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// echoed is shown of an answer that has in it what it was sent: an echo, a debug page.
const echoed = "not shown: it repeats what it was sent, which may be a secret"

// withoutSecrets hides the detail of a fault if a secret of ours is in it. Its
// beginning is enough: details are cut.
func (s *session) withoutSecrets(f *fault) *fault {
	if f == nil {
		return nil
	}
	for _, secret := range secretsOf(s.target) {
		if strings.Contains(f.detail, printable([]byte(secret[:shortestSecret]))) {
			f.detail = echoed
			break
		}
	}
	return f
}

// shortestSecret is how much of a secret gives it away, in bytes.
const shortestSecret = 4

// authSchemes begin the values of headers, and are no secrets (RFC 9110 section 11.1).
var authSchemes = []string{"Bearer", "Basic", "Digest", "Token", "Negotiate"}

// publicHeaders say nothing about who asks (RFC 9110 section 12.5 and 10.1.5, RFC 9111
// section 5.2).
var publicHeaders = []string{"Accept", "Accept-Language", "Cache-Control", "User-Agent", "X-Forwarded-Proto"}

// secretsOf are texts of at least shortestSecret bytes in the options of t that may be
// secrets, and that a server was sent or should have.
func secretsOf(t look.Target) []string {
	if t.HTTP == nil {
		return nil
	}
	_, query, _ := strings.Cut(t.HTTP.Path, "?")
	texts := []string{t.HTTP.Path, query, t.HTTP.Contains}
	for _, h := range t.HTTP.Headers {
		if !slices.Contains(publicHeaders, http.CanonicalHeaderKey(h.Name)) {
			texts = append(texts, strings.Fields(h.Value)...)
		}
	}
	return slices.DeleteFunc(texts, func(text string) bool { return len(text) < shortestSecret || slices.Contains(authSchemes, text) })
}
