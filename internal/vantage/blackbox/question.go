package blackbox

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/portcheck/terraform-provider-portcheck/internal/endpoint"
	"github.com/portcheck/terraform-provider-portcheck/internal/httpapi"
	"github.com/portcheck/terraform-provider-portcheck/internal/look"
)

// question is one look as the exporter is asked for it.
//
// A request can say these of the options of a target: [look.HTTP]'s Path, in the
// target's URL; its Host or [look.TLS]'s ServerName, as the hostname. By the answer
// go Status, which is held against the status that came, and MinDays. The module
// alone has the method, the authorities, and whether a certificate is verified: where
// that is not as asked for, the exporter would answer another question, and it is not
// asked.
type question struct {
	module module
	target string // an address and a port, or a URL
	host   string // what the service is asked for by; empty: the target
	asked  look.Target
}

// newQuestion makes the question of a look at t, where name is resolved by the
// exporter unless it is empty. The error is what module m cannot say, for people.
func newQuestion(m module, t look.Target, name endpoint.Host) (question, error) {
	if t.Addr.Addr().Zone() != "" {
		return question{}, fmt.Errorf("a zone is of this machine alone, and the exporter's links have others")
	}
	q := question{module: m, asked: t, target: t.Addr.String()}
	at := endpoint.Host(t.Addr.Addr().String())
	if name != "" {
		at = name
		q.target = net.JoinHostPort(string(at), strconv.Itoa(int(t.Addr.Port())))
	}
	if q.speaksHTTP() {
		q.target = fmt.Sprintf("%s://%s:%d%s", q.urlScheme(), at.InURL(), t.Addr.Port(), pathOf(t))
	}
	var err error
	if q.host, err = q.hostname(); err != nil {
		return question{}, err
	}
	return q, q.mismatch()
}

// speaksHTTP tells whether the module wants a URL. Where the module is not known
// the scheme tells.
func (q question) speaksHTTP() bool {
	if q.module.Prober == "" {
		return q.asked.Scheme == endpoint.HTTP || q.asked.Scheme == endpoint.HTTPS
	}
	return q.module.Prober == proberHTTP
}

func (q question) urlScheme() endpoint.Scheme {
	if q.asked.Scheme.HasCertificate() {
		return endpoint.HTTPS
	}
	return endpoint.HTTP
}

// pathOf is the path to ask for, with its query.
func pathOf(t look.Target) string {
	if t.HTTP == nil {
		return "/"
	}
	return cmp.Or(t.HTTP.Path, "/")
}

// hostname is what the exporter asks for instead of the target's address: the Host
// header and the name in TLS are one to it.
func (q question) hostname() (string, error) {
	t := q.asked
	if !t.Scheme.Service() {
		return "", nil
	}
	server := q.serverName()
	if t.HTTP == nil || t.HTTP.Host == "" {
		if _, isAddr := t.Host.Addr(); isAddr {
			return server, nil
		}
		return cmp.Or(server, string(t.Host)), nil
	}
	if t.Scheme.HasCertificate() && (strings.Contains(t.HTTP.Host, ":") || cmp.Or(server, t.HTTP.Host) != t.HTTP.Host) {
		return "", fmt.Errorf("host and server name are one to the exporter, and have no port")
	}
	return t.HTTP.Host, nil
}

// serverName is the name to ask for in TLS instead of the host, if there is one.
func (q question) serverName() string {
	if t := q.asked; t.TLS != nil && t.Scheme.HasCertificate() {
		return t.TLS.ServerName
	}
	return ""
}

// mismatch is an error if the module does not do as it is asked.
func (q question) mismatch() error {
	h, m := q.asked.HTTP, q.module
	if h == nil {
		h = &look.HTTP{}
	}
	method, wanted := cmp.Or(m.HTTP.Method, http.MethodGet), cmp.Or(h.Method, look.HTTPMethods()[0])
	if m.Prober == proberHTTP && method != wanted {
		return fmt.Errorf("module %q asks with %s, not %s", m.Name, httpapi.Printable(method), wanted)
	}
	switch {
	case q.speaksHTTP() && strings.ContainsAny(pathOf(q.asked), "%+"):
		return fmt.Errorf("a path with %% or + does not reach all versions of the exporter whole")
	case !q.speaksHTTP() && (cmp.Or(h.Path, h.Method, h.Host) != "" || len(h.Status) > 0):
		return fmt.Errorf("module %q does not speak HTTP, and options of it are set", m.Name)
	case beyond(q.asked) != "":
		return fmt.Errorf("the exporter cannot be asked for %s: its module has that", beyond(q.asked))
	case q.skipsVerification() && q.verifies():
		return fmt.Errorf("module %q does not verify certificates: insecure_skip_verify", m.Name)
	}
	return nil
}

// beyond names an option of t that no request can say; empty if there is none.
func beyond(t look.Target) string {
	h, tls := t.HTTP, t.TLS
	if h == nil {
		h = &look.HTTP{}
	}
	if tls == nil {
		tls = &look.TLS{}
	}
	for _, o := range []struct {
		name string
		set  bool
	}{
		{"request_headers", len(h.Headers) > 0},
		{"response_header", h.Header != nil},
		{"contains", h.Contains != ""},
		{"matches", h.Matches != nil},
		{"starttls", tls.StartTLS},
		{"client_cert_pem", tls.Client != nil},
		{"postgres", t.Postgres != nil},
		{"dns", t.DNS != nil},
		{"grpc", t.GRPC != nil},
	} {
		if o.set {
			return o.name
		}
	}
	return ""
}

// verifies tells whether the certificate is to be verified.
func (q question) verifies() bool { return q.asked.Scheme.HasCertificate() && q.asked.Verifies() }

// skipsVerification tells whether the module accepts any certificate.
func (q question) skipsVerification() bool {
	if q.module.Prober == proberHTTP {
		return q.module.HTTP.TLSConfig.Skip
	}
	return q.module.TCP.TLSConfig.Skip
}

// trusts tells whether the module has authorities of its own.
func (q question) trusts() bool {
	own := q.module.TCP.TLSConfig
	if q.module.Prober == proberHTTP {
		own = q.module.HTTP.TLSConfig
	}
	return own.File != "" || own.CA != ""
}

// wants tells whether the module passes a status.
func (q question) wants(status int) bool {
	if len(q.module.HTTP.Statuses) == 0 {
		return status >= 200 && status < 300
	}
	return slices.Contains(q.module.HTTP.Statuses, status)
}

// url is where the question is asked.
func (q question) url(probe *url.URL) *url.URL {
	u := *probe
	values := url.Values{"target": {q.target}, "module": {q.module.Name}, "debug": {"true"}}
	if q.host != "" {
		values.Set("hostname", q.host)
	}
	u.RawQuery = values.Encode()
	return &u
}

// allowance is what the header says for a time-out: the exporter takes half a second
// off (--timeout-offset) for its answer to arrive.
func allowance(timeout time.Duration) string {
	return strconv.FormatFloat((timeout + 500*time.Millisecond).Seconds(), 'f', -1, 64)
}
